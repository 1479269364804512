"""A plan as it is typed, field by field, and what is wrong with it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from api.core.digits import is_digits, plain_digits
from api.core.french import number as number_in_french
from api.core.french import plural
from api.core.french_numbers import decimal, euros, number
from api.takeovers.financing.plan import LOANS, Accounts, Deal, Plan, PlanLine, Source, Use
from api.takeovers.financing.wording import SOURCES, USES

MOST = 1_000_000_000
LONGEST_MONTHS = 360
WORDS, REASON, GUARANTEES, COMMENT = 120, 300, 500, 2_000

Typed = Mapping[str, str]
Problems = dict[str, str]


def amount(cell: str) -> int:
    """Read an amount in whole euros, as people write it: « 12 500 », « 430 k€ ». Raises ValueError, in French."""
    whole = signed_amount(cell)
    if whole < 0:
        raise ValueError("ce montant ne peut pas être négatif")
    return whole


def signed_amount(cell: str) -> int:
    """Read an amount in whole euros that may be below 0. Raises ValueError, in French."""
    try:
        value = number(cell)
    except ValueError:
        raise ValueError("montant attendu, par exemple 12 500") from None
    try:
        euros(cell)
    except ValueError:
        raise ValueError("montant ambigu : écrivez 12 500") from None
    if not isfinite(value) or abs(value) > MOST:
        raise ValueError("montant trop grand")
    if abs(value - round(value)) > 1e-6:
        raise ValueError("le plan se compte à l’euro près, sans centimes")
    return round(value)


def percentage(most: int) -> Callable[[str], Decimal]:
    """Return a parser of percentages from 0 to `most`, with three decimals at most."""

    def parse(cell: str) -> Decimal:
        value = decimal(cell.replace("%", " "))
        if not isfinite(value) or not 0 <= value <= most:
            raise ValueError(f"pourcentage attendu, de 0 à {most}")
        read = Decimal(repr(value)).normalize()
        exponent = read.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -3:
            raise ValueError("trois décimales au plus")
        return Decimal(f"{read:f}")

    return parse


def months(cell: str) -> int:
    """Read a length: « 84 », « 84 mois », « 7 ans ». Raises ValueError, in French."""
    words = plain_digits(cell).lower().replace("mois", " ").strip()
    for ending in ("années", "annees", "ans", "an"):
        if words.endswith(ending):
            words, scale = words.removesuffix(ending).strip(), 12
            break
    else:
        scale = 1
    if not is_digits(words) or len(words) > 3:
        raise ValueError("durée attendue, en mois ou en années, par exemple 84 ou 7 ans")
    if (count := int(words) * scale) > LONGEST_MONTHS:
        raise ValueError("30 ans au plus")
    return count


def jobs(cell: str) -> int:
    """Read a number of jobs. Raises ValueError, in French."""
    digits = "".join(plain_digits(cell).split())
    if not is_digits(digits) or len(digits) > 5:
        raise ValueError("nombre d’emplois attendu, sans décimale")
    return int(digits)


@dataclass(frozen=True)
class PlanField:
    """A field of the figures: its name in the form, in `Accounts`, its label, a hint, how it is read."""

    name: str
    attribute: str
    label: str
    hint: str
    read: Callable[[str], object]


ACCOUNT_FIELDS = (
    PlanField("ca", "turnover", "Chiffre d’affaires (€)", "", amount),
    PlanField(
        "marge", "margin", "Marge sur coûts variables (%)",
        "ce qui reste de 100 € de ventes une fois payé ce qui varie avec elles", percentage(100),
    ),
    PlanField("ebe", "ebe", "Excédent brut d’exploitation, EBE (€)", "tel qu’il est dans les comptes", signed_amount),
    PlanField(
        "retraitement", "restatement", "Retraitement de l’EBE (€)",
        "en plus ou en moins : rémunération du dirigeant, loyer…", signed_amount,
    ),
    PlanField("resultat", "net_result", "Résultat net après impôt (€)", "", signed_amount),
    PlanField("amortissements", "depreciation", "Dotations aux amortissements (€)", "", amount),
    PlanField("impot", "tax", "Impôt sur les bénéfices d’une année (€)", "0 s’il n’y en a pas", amount),
    PlanField("entretien", "upkeep", "Investissements courants d’une année (€)", "0 s’il n’y en a pas", amount),
    PlanField("dette", "debt", "Dettes financières gardées (€)", "vide : aucune", amount),
    PlanField("echeances", "instalments", "Échéances annuelles de ces dettes (€)", "vide : aucune", amount),
)  # fmt: skip
REASON_FIELD = "retraitement_motif"
_TEXTS = {"garanties": GUARANTEES, "commentaire": COMMENT, REASON_FIELD: REASON}


def use_name(use: Use) -> str:
    return f"emploi_{use.value}"


def source_name(source: Source) -> str:
    return f"ressource_{source.value}"


def read_plan(typed: Typed) -> tuple[Plan, Problems]:
    """Return the plan that was typed, without what is wrong, and why that is, by field."""
    problems: Problems = {}

    def read(name: str, parse: Callable[[str], object]) -> object:
        cell = typed.get(name, "").strip()
        try:
            return parse(cell) if cell else None
        except ValueError as error:
            problems[name] = str(error)
            return None

    def text(name: str, longest: int) -> str:
        words = typed.get(name, "").strip()
        if len(words) > longest:
            problems[name] = f"{plural(longest, 'caractère')} au plus"
        return words[:longest]

    figures = {field.attribute: read(field.name, field.read) for field in ACCOUNT_FIELDS}
    texts = {name: text(name, longest) for name, longest in _TEXTS.items()}
    if figures["restatement"] and not texts[REASON_FIELD]:
        problems.setdefault(REASON_FIELD, "dites pourquoi l’EBE est retraité")
    share = read("part", percentage(100))
    if share == 0:
        problems["part"] = "pourcentage attendu, plus de 0"
    uses: dict[Use, PlanLine] = {}
    for use in Use:
        uses[use] = PlanLine.model_validate(
            {"amount": read(use_name(use), amount), "words": text(f"{use_name(use)}_mots", WORDS)}
        )
    sources: dict[Source, PlanLine] = {}
    for source in Source:
        name = source_name(source)
        line = {"amount": read(name, amount), "words": text(f"{name}_mots", WORDS)}
        if source in LOANS:
            line |= {"rate": read(f"{name}_taux", percentage(25)), "months": read(f"{name}_duree", months)}
            line["deferral"] = read(f"{name}_differe", months)
        sources[source] = PlanLine.model_validate(line)
        problems |= _loan_problems(name, sources[source])
    plan = Plan.model_validate(
        {
            "deal": _deal(typed.get("objet", ""), problems),
            "share": share or Decimal(100),
            "is_mainly_property": bool(typed.get("immobilier")),
            "uses": {use: line for use, line in uses.items() if line != PlanLine()},
            "sources": {source: line for source, line in sources.items() if line != PlanLine()},
            "accounts": Accounts.model_validate(figures | {"restatement_reason": texts[REASON_FIELD]}),
            "jobs_kept": read("emplois_gardes", jobs),
            "jobs_created": read("emplois_crees", jobs),
            "guarantees": texts["garanties"],
            "comment": texts["commentaire"],
        }
    )
    return plan, problems


def typed_of(plan: Plan) -> dict[str, str]:
    """Return the form of a plan: every field, empty where nothing is known."""
    accounts = plan.accounts
    typed = {field.name: _written(getattr(accounts, field.attribute)) for field in ACCOUNT_FIELDS}
    typed |= {
        REASON_FIELD: accounts.restatement_reason,
        "objet": plan.deal.value,
        "part": _written(plan.share),
        "immobilier": "oui" if plan.is_mainly_property else "",
        "emplois_gardes": _written(plan.jobs_kept),
        "emplois_crees": _written(plan.jobs_created),
        "garanties": plan.guarantees,
        "commentaire": plan.comment,
    }
    for use in Use:
        line = plan.uses.get(use, PlanLine())
        typed |= {use_name(use): _written(line.amount), f"{use_name(use)}_mots": line.words}
    for source in Source:
        name, line = source_name(source), plan.sources.get(source, PlanLine())
        typed |= {name: _written(line.amount), f"{name}_mots": line.words}
        if source in LOANS:
            typed |= {
                f"{name}_taux": _written(line.rate),
                f"{name}_duree": "" if line.months is None else str(line.months),
                f"{name}_differe": "" if line.deferral is None else str(line.deferral),
            }
    return typed


def field_labels() -> Iterator[tuple[str, str]]:
    """Yield each field of the form with the words that call it in a list of problems, in the order of the page."""
    yield from (("objet", "Ce qui est vendu"), ("part", "Part achetée"), ("immobilier", "Surtout de l’immobilier"))
    for use in Use:
        yield use_name(use), USES[use][0]
        yield f"{use_name(use)}_mots", f"{USES[use][0]}, précision"
    for source in Source:
        name, words = source_name(source), SOURCES[source][0]
        yield name, words
        yield f"{name}_mots", f"{words}, précision"
        if source in LOANS:
            yield f"{name}_taux", f"{words}, taux"
            yield f"{name}_duree", f"{words}, durée"
            yield f"{name}_differe", f"{words}, différé"
    for field in ACCOUNT_FIELDS:
        yield field.name, field.label.partition(" (")[0]
        if field.attribute == "restatement":
            yield REASON_FIELD, "Motif du retraitement"
    yield from (("emplois_gardes", "Emplois gardés"), ("emplois_crees", "Emplois créés"))
    yield from (("garanties", "Garanties"), ("commentaire", "Commentaire"))


def _loan_problems(name: str, line: PlanLine) -> Problems:
    if line.months == 0:
        return {f"{name}_duree": "un mois au moins"}
    if line.deferral and line.months is not None and line.deferral >= line.months:
        return {f"{name}_differe": "le différé doit finir avant le prêt"}
    return {}


def _deal(value: str, problems: Problems) -> Deal:
    try:
        return Deal(value)
    except ValueError:
        problems["objet"] = "choisissez dans la liste"
        return Deal.UNDECIDED


def _written(value: int | Decimal | None) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    return number_in_french(value)
