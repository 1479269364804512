"""The facts of a takeover case beside its card, as they are stored: years, premises, people, the reason of the sale."""

from collections.abc import Sequence

from sqlmodel import Session

from api.takeovers.company import queries
from api.takeovers.company.company_facts import CompanyFacts, NotedFacts, Premises, YearFigures
from models.takeover_facts import TakeoverFacts, TakeoverYear


def read_facts(session: Session, opportunity_id: str) -> NotedFacts:
    """Return the last version of the facts of a case."""
    row = queries.last_facts(session, opportunity_id)
    if row is None:
        return NotedFacts()
    return _noted(row, queries.years_of(session, opportunity_id, row.version))


def facts_history(session: Session, opportunity_id: str) -> list[NotedFacts]:
    """Return every version, the oldest first."""
    years: dict[int, list[TakeoverYear]] = {}
    for year in queries.all_years(session, opportunity_id):
        years.setdefault(year.version, []).append(year)
    return [_noted(row, years.get(row.version, [])) for row in queries.all_facts(session, opportunity_id)]


def _noted(row: TakeoverFacts, years: Sequence[TakeoverYear]) -> NotedFacts:
    facts = CompanyFacts(
        reason=row.reason,
        premises=Premises(row.premises) if row.premises else None,
        premises_note=row.premises_note,
        key_roles=tuple(row.key_roles),
        years=tuple(
            YearFigures(year.year, year.turnover_eur, year.result_eur, year.ebitda_eur)
            for year in sorted(years, key=lambda year: -year.year)
        ),
    )
    return NotedFacts(facts, row.version, row.at, row.by)
