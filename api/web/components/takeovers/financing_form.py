"""The form of a financing plan: its lines as they were typed, what is wrong, and what follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from api.accounts.accounts import account_names
from api.catalogue.records import OpportunityFile
from api.core.french import sentence, spaced
from api.takeovers.company.company_facts import YearFigures
from api.takeovers.company.records import read_facts
from api.takeovers.financing.plan import LOANS, Accounts, Plan, Source, Use
from api.takeovers.financing.products import offered_products
from api.takeovers.financing.records import StoredPlan, plan_versions
from api.takeovers.financing.typed import (
    ACCOUNT_FIELDS,
    COMMENT,
    GUARANTEES,
    REASON,
    WORDS,
    PlanField,
    field_labels,
    read_plan,
    source_name,
    typed_of,
    use_name,
)
from api.takeovers.financing.wording import DEALS, SOURCES, USES
from api.takeovers.roles.finance_fit import CaseSize
from api.takeovers.roles.wording import MISFITS, ProductLine, product_line
from api.web.components.facts import about_takeover
from api.web.components.journal import actor_in_words, moment_in_words
from api.web.components.takeovers.financing_tables import (
    LOSS_COLUMNS,
    YEAR_COLUMNS,
    PlanTables,
    balance_in_words,
    plan_tables,
)

LIMITS = {"words": WORDS, "reason": REASON, "guarantees": GUARANTEES, "comment": COMMENT}


@dataclass(frozen=True)
class FormLine:
    """A line of the form. name: of the field of its amount, which those of its other fields begin with."""

    name: str
    label: str
    hint: str
    is_loan: bool = False


@dataclass(frozen=True)
class OfferedLine:
    """What an actor offers. against: what speaks against it, in words."""

    address: str
    actor: str
    product: ProductLine
    against: str


@dataclass(frozen=True)
class FinancingView:
    """The form of a plan, and what follows from it. number: the version that it was made of, 0 for none.

    typed: by field; problems: by field, the one of no field under an empty name; versions: (number, words), newest
    first.
    """

    case_id: str
    title: str
    address: str
    facts: Sequence[tuple[str, str]]
    typed: Mapping[str, str]
    number: int
    tables: PlanTables
    versions: Sequence[tuple[int, str]]
    products: Sequence[OfferedLine]
    problems: Mapping[str, str]
    notice: str
    is_restored: bool

    uses: Sequence[FormLine] = tuple(FormLine(use_name(use), *USES[use]) for use in Use)
    sources: Sequence[FormLine] = tuple(
        FormLine(source_name(source), *SOURCES[source], source in LOANS) for source in Source
    )
    accounts: Sequence[PlanField] = ACCOUNT_FIELDS
    deals: Sequence[tuple[str, str]] = tuple((deal.value, words) for deal, words in DEALS.items())
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    year_columns: Sequence[str] = YEAR_COLUMNS
    loss_columns: Sequence[str] = LOSS_COLUMNS

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Return what is wrong as (name of the field, sentence that names it), for the top of the page."""
        labels = dict(field_labels())
        return [
            (name, f"{labels[name]} : {why[:1].lower()}{why[1:]}" if name in labels else why)
            for name, why in self.problems.items()
        ]


def financing_address(opportunity_id: str) -> str:
    return f"/opportunites/{opportunity_id}/reprise/financement"


def first_form(session: Session, case: OpportunityFile) -> dict[str, str]:
    """Return the form of a case without a plan: the last year that is noted of the company is filled in."""
    years = read_facts(session, case.opportunity.id).facts.years
    last = years[0] if years else YearFigures(0)
    turnover = last.turnover_eur
    if turnover is None and case.takeover and case.takeover.turnover_eur is not None:
        turnover = round(case.takeover.turnover_eur)
    return typed_of(Plan(accounts=Accounts(turnover=turnover, ebe=last.ebitda_eur, net_result=last.result_eur)))


def financing_view(
    session: Session,
    case: OpportunityFile,
    typed: Mapping[str, str],
    number: int,
    today: date,
    problems: Mapping[str, str] | None = None,
    *,
    notice: str = "",
    is_restored: bool = False,
) -> FinancingView:
    """Return the page of what is typed; `problems` in the words of the trade, by field."""
    row, names = case.opportunity, account_names(session)
    plan, _ = read_plan(typed)
    return FinancingView(
        case_id=row.id,
        title=row.title,
        address=financing_address(row.id),
        facts=[fact for fact in about_takeover(case.takeover) if fact[1]] if case.takeover else [],
        typed=typed,
        number=number,
        tables=plan_tables(plan),
        versions=[
            (stored.number, f"{version_in_words(stored, names)} : {balance_in_words(stored.plan)}")
            for stored in plan_versions(session, row.id)
        ],
        products=_products(session, case, plan, today),
        problems={name: sentence(why) for name, why in (problems or {}).items()},
        notice=spaced(notice),
        is_restored=is_restored,
    )


def version_in_words(stored: StoredPlan, names_by_account: Mapping[str, str]) -> str:
    """Return when a version was saved, and by whom."""
    who = actor_in_words(stored.by, dict(names_by_account))
    return f"version {stored.number}, le {moment_in_words(stored.at.isoformat())}, par {who}"


def _products(session: Session, case: OpportunityFile, plan: Plan, today: date) -> list[OfferedLine]:
    """Return what actors offer for the price of the plan, or of the case where the plan has none."""
    takeover = case.takeover
    price = plan.use(Use.PRICE) or (takeover.price_max_eur if takeover else None)
    size = CaseSize(price, takeover.headcount if takeover else None, case.opportunity.department)
    return [
        OfferedLine(
            f"/acteurs/{offered.actor_id}",
            offered.actor_name,
            product_line(offered.product, today),
            ", ".join(MISFITS[misfit] for misfit in offered.misfits),
        )
        for offered in offered_products(session, size)
    ]
