"""A financing plan as rows of a spreadsheet: numbers as numbers."""

from collections.abc import Sequence
from decimal import Decimal

from api.core.table_files import Cell
from api.takeovers.financing.plan import Plan, PlanLine
from api.takeovers.financing.ratios import ratios_of
from api.takeovers.financing.typed import ACCOUNT_FIELDS
from api.takeovers.financing.wording import RATIOS, SOURCES, USES

COLUMNS = ("Partie", "Ligne", "Précision", "Valeur", "Taux (%)", "Durée (mois)", "Différé (mois)")
USES_PART, SOURCES_PART, USUAL_YEAR, JOBS, RATIOS_PART = (
    "Emplois (€)", "Ressources (€)", "Année courante", "Emploi des salariés", "Ratios",
)  # fmt: skip


def plan_rows(plan: Plan) -> list[Sequence[Cell]]:
    """Return a plan as rows, the first of which is the heading."""
    rows: list[Sequence[Cell]] = [COLUMNS]
    rows += [_line(USES_PART, USES[one][0], plan.uses[one]) for one in USES if one in plan.uses]
    rows.append(_figure(USES_PART, "Total des emplois", plan.total_uses))
    rows += [
        _line(SOURCES_PART, SOURCES[source][0], plan.sources[source]) for source in SOURCES if source in plan.sources
    ]
    rows.append(_figure(SOURCES_PART, "Total des ressources", plan.total_sources))
    rows.append(_figure(SOURCES_PART, "Écart, ressources moins emplois", plan.gap))
    for field in ACCOUNT_FIELDS:
        figure = getattr(plan.accounts, field.attribute)
        reason = plan.accounts.restatement_reason if field.attribute == "restatement" else ""
        if figure is not None:
            rows.append(_figure(USUAL_YEAR, field.label, figure, reason))
    for name, count in (("Emplois gardés", plan.jobs_kept), ("Emplois créés", plan.jobs_created)):
        if count is not None:
            rows.append(_figure(JOBS, name, count))
    for ratio in ratios_of(plan):
        words = RATIOS[ratio.kind]
        if ratio.value is not None:
            value = round(ratio.value * 100, 1) if words.is_share else round(ratio.value, 2)
            rows.append(_figure(RATIOS_PART, words.name + (" (%)" if words.is_share else ""), value, words.formula))
    return rows


def _line(part: str, name: str, line: PlanLine) -> Sequence[Cell]:
    rate = None if line.rate is None else float(line.rate)
    return (part, name, line.words, line.amount, rate, line.months, line.deferral)


def _figure(part: str, name: str, figure: int | Decimal, words: str = "") -> Sequence[Cell]:
    value = float(figure) if isinstance(figure, Decimal) else figure
    return (part, name, words, value, None, None, None)
