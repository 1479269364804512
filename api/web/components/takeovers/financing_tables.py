"""A financing plan as pages, the note and the file show it: its lines, its ratios, its years, a loss of turnover."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from api.core.french import NBSP, number, plural
from api.takeovers.financing.duties import duties_of
from api.takeovers.financing.loans import Loan, monthly_instalment
from api.takeovers.financing.plan import LOANS, Deal, Plan, Source
from api.takeovers.financing.ratios import (
    Ratio,
    bearable_loss,
    debt_years,
    loan_of,
    losses_of,
    ratios_of,
    unscheduled_loans,
)
from api.takeovers.financing.typed import ACCOUNT_FIELDS
from api.takeovers.financing.wording import DEALS, FIGURES, RATIOS, SOURCES, USES

UNKNOWN = "–"


@dataclass(frozen=True)
class ShownLine:
    """A use or a source that has an amount. terms: of a loan, with its instalment."""

    name: str
    words: str
    amount: str
    share: str
    terms: str = ""


@dataclass(frozen=True)
class ShownRatio:
    """A ratio, with its formula; value: what is missing, where it is not known. seen: what others give."""

    name: str
    value: str
    formula: str
    seen: str


@dataclass(frozen=True)
class PlanTables:
    """A plan in words and figures. balance: what is missing, or left over; years, losses: rows of cells."""

    uses: Sequence[ShownLine]
    sources: Sequence[ShownLine]
    total_uses: str
    total_sources: str
    balance: str
    is_balanced: bool
    deal: str
    duties: str
    accounts: Sequence[tuple[str, str]]
    jobs: Sequence[tuple[str, str]]
    ratios: Sequence[ShownRatio]
    years: Sequence[Sequence[str]]
    unscheduled: Sequence[str]
    losses: Sequence[Sequence[str]]
    bearable: str


YEAR_COLUMNS = ("Année", "Capital", "Intérêts", "Échéances", "Couverture", "Prêts d’honneur")
LOSS_COLUMNS = ("Chiffre d’affaires", "EBE", "CAF", "Reste avant dettes", "Couverture", "Dette sur EBE")


def plan_tables(plan: Plan) -> PlanTables:
    """Return a plan as it is shown."""
    bearable = bearable_loss(plan)
    return PlanTables(
        uses=[
            ShownLine(USES[use][0], line.words, whole_euros(line.amount), _percent_of(line.amount, plan.total_uses))
            for use in USES
            if (line := plan.uses.get(use)) and line.amount is not None
        ],
        sources=[
            ShownLine(
                SOURCES[source][0],
                line.words,
                whole_euros(line.amount),
                _percent_of(line.amount, plan.total_sources),
                _terms(plan, source),
            )
            for source in SOURCES
            if (line := plan.sources.get(source)) and line.amount is not None
        ],
        total_uses=whole_euros(plan.total_uses),
        total_sources=whole_euros(plan.total_sources),
        balance=balance_in_words(plan),
        is_balanced=plan.is_balanced,
        deal=_deal(plan),
        duties=_duties(plan),
        accounts=_accounts(plan),
        jobs=[
            (name, plural(count, "emploi"))
            for name, count in (("Emplois gardés", plan.jobs_kept), ("Emplois créés", plan.jobs_created))
            if count is not None
        ],
        ratios=[_shown_ratio(ratio) for ratio in ratios_of(plan)],
        years=_years(plan),
        unscheduled=[SOURCES[source][0] for source in unscheduled_loans(plan, LOANS)],
        losses=[
            (
                f"{whole_euros(line.turnover)} ({'comme aujourd’hui' if not line.loss else f'−{line.loss} %'})",
                *(whole_euros(figure) for figure in (line.ebe, line.cash_flow, line.cash_before_debt)),
                *(_multiple(figure) for figure in (line.cover, line.debt_to_ebe)),
            )
            for line in losses_of(plan)
        ],
        bearable="" if bearable is None else _bearable(bearable),
    )


def balance_in_words(plan: Plan) -> str:
    """Return whether a plan balances, or by how much it does not."""
    if plan.is_balanced:
        return "Le plan est équilibré."
    if not plan.total_uses and not plan.total_sources:
        return "Aucun montant n’est encore écrit."
    if plan.gap < 0:
        return f"Il manque {whole_euros(-plan.gap)} de ressources."
    return f"Les ressources dépassent les emplois de {whole_euros(plan.gap)}."


def whole_euros(amount: int | Decimal | None) -> str:
    """Return an amount to the euro: « 12 500 € »; a dash where it is not known."""
    return UNKNOWN if amount is None else f"{number(round(amount))}{NBSP}€"


def percent(value: Decimal | float, digits: int = 1) -> str:
    """Return a share: 0.3 is « 30,0 % »."""
    return f"{number(float(value) * 100, digits)}{NBSP}%"


def _percent_of(amount: int | None, total: int) -> str:
    return percent((amount or 0) / total) if total else ""


def _multiple(value: Decimal | None) -> str:
    return UNKNOWN if value is None else number(float(value), 2)


def _shown_ratio(ratio: Ratio) -> ShownRatio:
    words = RATIOS[ratio.kind]
    if ratio.value is not None:
        value = percent(ratio.value) if words.is_share else _multiple(ratio.value)
    elif ratio.missing:
        value = "à compléter : " + ", ".join(FIGURES[name] for name in ratio.missing)
    else:
        value = "ne se calcule pas : on ne divise que par un nombre positif"
    return ShownRatio(words.name, value, words.formula, words.seen)


def _terms(plan: Plan, source: Source) -> str:
    line, loan = plan.sources[source], loan_of(plan, source)
    if source not in LOANS:
        return ""
    parts = [f"{number(float(line.rate), 2)}{NBSP}%" if line.rate is not None else ""]
    parts.append(plural(line.months, "mois", "mois") if line.months else "")
    parts.append(f"dont {plural(line.deferral, 'mois', 'mois')} d’intérêts seuls" if line.deferral else "")
    parts.append(f"{_cents(_instalment(loan))} par mois" if loan else "")
    return ", ".join(part for part in parts if part)


def _instalment(loan: Loan) -> Decimal:
    return monthly_instalment(Decimal(loan.amount), loan.rate, loan.months - loan.deferral)


def _cents(amount: Decimal) -> str:
    return f"{number(float(amount), 2)}{NBSP}€"


def _deal(plan: Plan) -> str:
    if plan.deal in (Deal.UNDECIDED, Deal.BUSINESS):
        return DEALS[plan.deal]
    share = f"{plan.share.normalize():f}".replace(".", ",")
    return DEALS[plan.deal] if plan.share == 100 else f"{share}{NBSP}% de ce que sont {DEALS[plan.deal]}"


def _duties(plan: Plan) -> str:
    duties = duties_of(plan)
    if duties is None:
        return ""
    parts = [f"{number(float(part.rate), 1)}{NBSP}% sur {whole_euros(part.base)}" for part in duties.slices]
    return f"{whole_euros(duties.total)}" + (f" ({' + '.join(parts)})" if duties.total else "")


def _accounts(plan: Plan) -> list[tuple[str, str]]:
    accounts = plan.accounts
    shown = []
    for field in ACCOUNT_FIELDS:
        figure = getattr(accounts, field.attribute)
        if figure is None:
            continue
        name, _, unit = field.label.partition(" (")
        shown.append((name, percent(figure / 100) if unit.startswith("%") else whole_euros(figure)))
        if field.attribute == "restatement" and accounts.restatement_reason:
            shown.append(("Motif du retraitement", accounts.restatement_reason))
    for name, figure in (("EBE retraité", accounts.restated_ebe), ("CAF", accounts.cash_flow)):
        if figure is not None:
            shown.append((name, whole_euros(figure)))
    return shown


def _years(plan: Plan) -> list[Sequence[str]]:
    """Return a row for each year in which something is paid back; older loans that the company keeps are in each."""
    company, honour = debt_years(plan), debt_years(plan, [Source.HONOUR_LOAN])
    kept, cash = Decimal(plan.accounts.instalments or 0), plan.accounts.cash_before_debt
    rows: list[Sequence[str]] = []
    for year in range(max(len(company), len(honour))):
        own = company[year] if year < len(company) else None
        due = (own.total if own else Decimal(0)) + kept
        cover = None if cash is None or not due or unscheduled_loans(plan) else cash / due
        rows.append(
            (
                str(year + 1),
                whole_euros(own.principal if own else Decimal(0)),
                whole_euros(own.interest if own else Decimal(0)),
                whole_euros(due),
                _multiple(cover),
                whole_euros(honour[year].total if year < len(honour) else Decimal(0)),
            )
        )
    return rows


def _bearable(loss: Decimal) -> str:
    if loss < 0:
        return "Avec ces chiffres, une année courante ne couvre pas l’année la plus lourde."
    return (
        f"L’année la plus lourde reste couverte jusqu’à {number(float(loss), 1)}{NBSP}% de chiffre d’affaires en moins."
    )
