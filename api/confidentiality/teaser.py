"""The teaser of a confidential case: the finest line that, with all its former lines, still fits ten establishments.

How it is found: `api.confidentiality.crowd`. What was told before: `api.confidentiality.told_lines`. What is counted:
the public establishments of the desk, or of a register that was read whole; neither knows more than there are, so that
the true numbers are never smaller.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from api.catalogue import queries as catalogue_queries
from api.confidentiality import queries
from api.confidentiality.crowd import K_ANONYMITY, UNCONDITIONAL, Cell, Condition, Crowd, Description
from api.confidentiality.facts import DEPARTMENT, Facts, StepValues, facts_of, step_values
from api.confidentiality.queries import PublicEstablishment, RegisterGroup
from api.confidentiality.told_lines import ToldLine, last_lines
from api.confidentiality.wording import HOME, activity_text, teaser_text
from api.core import official_codes
from matcher.types import OpportunityKind
from models.opportunities import Opportunity
from models.places import Commune
from models.tables import Opportunity as OpportunityRow


@dataclass(frozen=True)
class Teaser:
    """What outsiders read of a case. activity: the words for the trade alone, empty if unspecified.

    line: what is told by it, with what was told before. fits: how many establishments fit all that; sure: there are
    K_ANONYMITY or more. faithful: the facts of the case still fit it; else it was told before they were changed.
    """

    line: ToldLine
    activity: str
    fits: int
    sure: bool
    faithful: bool

    @property
    def text(self) -> str:
        return self.line.text


class Teasers:
    """Writes teasers of cases among the public establishments of one moment."""

    def __init__(
        self,
        establishments: Iterable[Any],
        home_departments: Collection[str],
        register: Sequence[RegisterGroup] = (),
    ) -> None:
        """establishments: rows of public actors; rows of the same SIRET count once. home_departments: the desk's.

        register: an extract's groups; in a département that it covers, they alone are counted: it holds the desk's.
        """
        self._home = frozenset(home_departments)
        facts_by_establishment: dict[str, Facts] = {}
        for row in establishments:
            facts_by_establishment.setdefault(establishment_key(row), facts_of(row, row.headcount, row.headcount_band))
        by_register = self._home & {group.department for group in register}
        self._counted = self._home - by_register
        counts = Counter(self._values(facts_by_establishment.values()))
        for group in register:
            if group.department in by_register:
                counts[step_values(group_facts(group))] += group.establishments
        self._crowd = Crowd(counts, self._home)
        self._all = len(facts_by_establishment)
        self._cells: dict[tuple[Cell, StepValues], tuple[Cell, int]] = {}

    def of(self, case: Facts, commune_names: Mapping[str, str], last_line: ToldLine | None = None) -> Teaser:
        """Return the teaser of a case; commune_names: by code; last_line: the last that was told of it, if any."""
        values = step_values(case)
        start = last_line.cell if last_line else self._first_cell(case)
        cell, fits = self._refined(start, values)
        if last_line is None:
            line = ToldLine(1, cell, teaser_text(cell.description, self._home, commune_names))
        elif cell == last_line.cell:
            line = last_line
        else:
            text = last_line.text
            if cell.description != last_line.cell.description:
                text = teaser_text(cell.description, self._home, commune_names)
            line = ToldLine(last_line.number + 1, cell, text)
        activity = activity_text(*cell.description.activity)
        return Teaser(line, activity, fits, sure=fits >= K_ANONYMITY, faithful=cell.holds(values))

    def moved(self, gone: Collection[Facts], came: Collection[Facts]) -> "Teasers | None":
        """Return the teasers among other establishments; None where all must be counted anew.

        gone, came: facts of establishments that count no more, and of those that count now.
        """
        crowd = self._crowd.moved(self._values(gone), self._values(came))
        if crowd is None:
            return None
        moved = copy(self)
        moved._crowd, moved._all, moved._cells = crowd, self._all - len(gone) + len(came), {}
        return moved

    def _values(self, establishments: Iterable[Facts]) -> list[StepValues]:
        return [step_values(facts) for facts in establishments if facts.department in self._counted]

    def describe(self, facts: Facts) -> Description:
        """Return the description of anything with these facts of which nothing was told yet."""
        return self._refined(self._first_cell(facts), step_values(facts))[0].description

    def _first_cell(self, facts: Facts) -> Cell:
        """Return what anybody may know of a case with these facts."""
        if facts.department not in self._home:
            return Cell()
        if len(self._crowd) >= K_ANONYMITY:
            return Cell(Description(place=(HOME, "")))
        # A département has thousands of establishments, known to the desk or not.
        conditions = list(UNCONDITIONAL)
        conditions[DEPARTMENT] = Condition(facts.department)
        return Cell(Description(place=("department", facts.department or "")), tuple(conditions))

    def _refined(self, start: Cell, values: StepValues) -> tuple[Cell, int]:
        """Return the finest cell for these values, and how many establishments are in it."""
        if start.description == Description():
            return start, self._all
        if (start, values) not in self._cells:
            cell = self._crowd.refine(start, values)
            self._cells[start, values] = (cell, self._crowd.count(cell))
        return self._cells[start, values]


def establishment_key(row: Any) -> str:
    """Return by what an actor's row counts as one establishment with others."""
    key: str = row.siret or row.id
    return key


def group_facts(group: RegisterGroup) -> Facts:
    """Return the facts that the establishments of a group share."""
    headcount = official_codes.HEADCOUNT_BANDS.get(group.headcount_band, (None, None))[0]
    return Facts(group.naf, group.commune_code, group.department, headcount)


def teaser_of(
    session: Session,
    opportunity: Opportunity,
    home_departments: Collection[str],
    establishments: Sequence[PublicEstablishment] | None = None,
) -> Teaser:
    """Return what outsiders read of a confidential case, or would read once it is announced, as of this moment.

    establishments: the public ones, where the caller has read them already.
    """
    takeover_case = catalogue_queries.takeover_case_of(session, opportunity.id)
    case_facts = facts_of(opportunity, takeover_case.headcount if takeover_case else None)
    commune = session.get(Commune, case_facts.commune) if case_facts.commune else None
    commune_names = {commune.code: commune.name} if commune else {}
    if establishments is None:
        establishments = queries.public_establishments(session)
    teasers = Teasers(establishments, home_departments, queries.register_groups(session))
    return teasers.of(case_facts, commune_names, last_lines(session, [opportunity.id]).get(opportunity.id))


def is_announced(row: OpportunityRow) -> bool:
    """Return whether outsiders may know of a confidential case: a facilitator wrote a teaser for it.

    They read the teaser that this module makes, never the facilitator's words.
    """
    return row.confidential and bool(row.teaser) and row.kind == OpportunityKind.TAKEOVER
