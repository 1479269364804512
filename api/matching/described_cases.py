"""What outsiders are told of cases, and among which establishments, from one state of the desk to the next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from api.confidentiality.facts import Facts, facts_of, step_values
from api.confidentiality.queries import RegisterGroup
from api.confidentiality.teaser import Teasers, establishment_key
from api.confidentiality.told_lines import ToldLine
from api.matching.desk_actors import DeskActors


class Described(NamedTuple):
    """A case as it is told: its facts, the line, how many establishments fit it, and the words for its trade."""

    facts: Facts
    line: ToldLine
    fits: int
    activity: str


@dataclass(frozen=True)
class Establishments:
    """The public establishments of the desk, or of a register. They are counted when a case is to be described.

    known: cases that were described among these very ones, or others that the line of the case fits as well.
    """

    actors: DeskActors
    register: Sequence[RegisterGroup]
    departments: Collection[str]
    known: dict[str, Described]

    def describe(self, case_id: str, facts: Facts, last_line: ToldLine | None, names: Mapping[str, str]) -> Described:
        """Return what is told of a case; its line is `last_line` itself where that says it still.

        last_line: that was told of it last, if any. names: of communes, by code.
        """
        known = self.known.get(case_id)
        if known is None or known.facts != facts or known.line != last_line:
            teaser = self.counted.of(facts, names, last_line)
            known = self.known[case_id] = Described(facts, teaser.line, teaser.fits, teaser.activity)
        return known._replace(line=last_line) if last_line is not None and known.line == last_line else known

    def followed_by(
        self, actors: DeskActors, register: Sequence[RegisterGroup], before: DeskActors, changed: Collection[str]
    ) -> "Establishments":
        """Return the establishments of the next state of the desk. before: its actors until now.

        changed: the actors of which something counts otherwise than before.
        """
        if register is not self.register:
            return Establishments(actors, register, self.departments, {})
        if not changed:
            return self
        gone, came = _moves(before, actors, changed)
        # A case that was told is divided on among those alone that its line fits.
        moved = {step_values(facts) for facts in (*gone, *came)}
        kept = {name: case for name, case in self.known.items() if not any(map(case.line.cell.holds, moved))}
        following = Establishments(actors, register, self.departments, kept)
        if "counted" in vars(self) and (teasers := self.counted.moved(gone, came)):
            vars(following)["counted"] = teasers
        return following

    @cached_property
    def counted(self) -> Teasers:
        """What the establishments allow to be told."""
        establishments = [row for actor_id in self.actors if (row := self.actors.establishment(actor_id))]
        return Teasers(establishments, self.departments, self.register)


def _moves(before: DeskActors, after: DeskActors, changed: Collection[str]) -> tuple[list[Facts], list[Facts]]:
    """Return the facts of the establishments that count no more, and of those that count now."""
    rows = [row for actor_id in changed for state in (before, after) if (row := state.establishment(actor_id))]
    gone: list[Facts] = []
    came: list[Facts] = []
    for key in sorted(set(map(establishment_key, rows))):
        then, now = before.first_establishment(key), after.first_establishment(key)
        facts_then, facts_now = (row and facts_of(row, row.headcount, row.headcount_band) for row in (then, now))
        if facts_then != facts_now:
            gone += [facts_then] if facts_then else []
            came += [facts_now] if facts_now else []
    return gone, came
