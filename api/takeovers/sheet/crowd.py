"""Among how many establishments a blind sheet leaves its reader, as far as the house can count them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from api.confidentiality import queries
from api.confidentiality.crowd import K_ANONYMITY
from api.confidentiality.facts import facts_of, step_values
from api.confidentiality.teaser import Teaser, teaser_of
from api.takeovers.sheet.bands import Band, splits_first
from models.opportunities import Opportunity


@dataclass(frozen=True)
class SheetCrowd:
    """Who could be meant by the line of a case.

    turnovers: those that the desk knows of its public establishments that the line fits, in euros. register_day: of the
    oldest extract that was counted, None where the desk's own establishments are counted.
    """

    teaser: Teaser
    turnovers: tuple[float, ...]
    register_day: date | None

    @property
    def splits_first(self) -> bool:
        return splits_first(self.turnovers)

    def in_band(self, band: Band) -> int:
        """Return how many of the known turnovers lie in a band."""
        return sum(band.holds(amount) for amount in self.turnovers)

    @property
    def least(self) -> int:
        """Return how many make a crowd."""
        return K_ANONYMITY


def crowd_of(session: Session, case: Opportunity, departments: Collection[str]) -> SheetCrowd:
    """Return the crowd of a case as of this moment. departments: codes of the desk's."""
    establishments = queries.public_establishments(session)
    teaser = teaser_of(session, case, departments, establishments)
    cell = teaser.line.cell
    turnovers = tuple(
        row.turnover_eur
        for row in establishments
        if row.turnover_eur is not None and cell.holds(step_values(facts_of(row, row.headcount, row.headcount_band)))
    )
    days = [extract.day for extract in queries.register_extracts(session) if extract.department in departments]
    return SheetCrowd(teaser, turnovers, min(days, default=None))
