"""Counts companies into cells, and stores the groups that may be shown."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import delete, func, insert
from sqlmodel import Session, col, select

from api.catalogue.places.intercommunalities import intercommunality_of_communes
from api.core.official_codes import HEADCOUNT_BANDS
from api.open_data.handovers.grouping import Cell, Counts, both_sides, divide
from api.open_data.sources.handovers import Company
from models.base import table_of
from models.handovers import HandoverGroup, HandoverTally
from models.open_data import Provenance

OLD_YEARS = 20
MANY_EMPLOYEES = 10


class Traits(NamedTuple):
    """Where a company is, its division, whether it is `OLD_YEARS` old, whether it has `MANY_EMPLOYEES`."""

    territory: str
    division: str
    older: bool
    larger: bool

    @property
    def cell(self) -> Cell:
        return Cell(self.territory, self.division)


def traits_of(company: Company, day: date) -> Traits:
    """Return the traits of a company as of a day. A company without a known birthday is not old."""
    territory = intercommunality_of_communes().get(company.commune_code, "")
    founded = company.founded
    is_old = founded is not None and (founded.year + OLD_YEARS, founded.month, founded.day) <= (
        *(day.year, day.month, day.day),
    )
    least_employees = HEADCOUNT_BANDS[company.headcount_band][0] or 0
    return Traits(territory, company.division, is_old, least_employees >= MANY_EMPLOYEES)


def sold_among(session: Session, sirens: Iterable[str]) -> set[str]:
    """Return the companies of which BODACC published a sale, as far as it was read."""
    by_source_id = {f"siren:{siren}": siren for siren in sirens}
    statement = select(Provenance.source_id).where(
        Provenance.source == "bodacc",
        col(Provenance.source_id).in_(list(by_source_id)),
        Provenance.closed_as == "closed",
    )
    return {by_source_id[source_id] for source_id in session.exec(statement).all()}


def add_to_tallies(session: Session, run_number: int, counted: Counter[Traits]) -> None:
    """Add the companies of a page to the counts of a run."""
    for traits, companies in sorted(counted.items()):
        tally = session.get(HandoverTally, (run_number, *traits))
        if tally is None:
            session.add(HandoverTally(number=run_number, **traits._asdict(), companies=companies))
        else:
            tally.companies += companies
            session.add(tally)


def tallied(session: Session, run_number: int) -> int:
    """Return how many companies a run has counted."""
    statement = select(func.sum(HandoverTally.companies)).where(HandoverTally.number == run_number)
    return session.exec(statement).one() or 0


def forget_tallies(session: Session, *, but: int | None = None) -> None:
    """Delete the counts of all runs, or of all but one."""
    session.execute(delete(HandoverTally).where(col(HandoverTally.number) != but) if but else delete(HandoverTally))


def store_groups(session: Session, run_number: int, seniors: Counter[Cell]) -> int:
    """Replace the groups that are shown by those of a run; return their number.

    seniors: companies with a director of 60 or more. They are nowhere but in memory until they are in a group.
    """
    cells: dict[Cell, Counts] = {}
    for tally in session.exec(select(HandoverTally).where(HandoverTally.number == run_number)).all():
        cell = Cell(tally.territory, tally.division)
        older, larger = (tally.companies if flag else 0 for flag in (tally.older, tally.larger))
        cells[cell] = cells.get(cell, Counts()) + Counts(tally.companies, 0, older, larger)
    for cell, counts in cells.items():
        # A company that came between the two readings was counted only in the second.
        cells[cell] = counts + Counts(seniors=min(seniors[cell], counts.companies))
    groups = divide(cells)
    session.execute(delete(HandoverGroup))
    if groups:
        session.execute(
            insert(table_of(HandoverGroup)),
            [
                {
                    "territory": group.territory,
                    "section": group.section,
                    "division": group.division,
                    "companies": group.counts.companies,
                    "seniors": group.counts.seniors,
                    "older": _shown(group.counts.older, group.counts.companies),
                    "larger": _shown(group.counts.larger, group.counts.companies),
                }
                for group in groups
            ],
        )
    return len(groups)


def _shown(part: int, whole: int) -> int | None:
    return part if both_sides(part, whole) else None
