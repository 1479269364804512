"""What outsiders are told of cases, as long as nothing changes of the establishments among which they are described."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from api.confidentiality.facts import Facts
from api.confidentiality.queries import RegisterGroup
from api.confidentiality.teaser import Teasers
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
    """The public establishments of the desk, or of a register. They are looked through when a case is to be described.

    known: cases that were described among these very ones.
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
            teaser = self._teasers.of(facts, names, last_line)
            known = self.known[case_id] = Described(facts, teaser.line, teaser.fits, teaser.activity)
        return known._replace(line=last_line) if last_line is not None and known.line == last_line else known

    def followed_by(self, actors: DeskActors, register: Sequence[RegisterGroup], *, changed: bool) -> "Establishments":
        """Return the establishments of the next state of the desk. changed: whether those of the desk did."""
        if not changed and register is self.register:
            return self
        return replace(self, actors=actors, register=register, known={})

    @cached_property
    def _teasers(self) -> Teasers:
        establishments = [row for actor_id in self.actors if (row := self.actors.establishment(actor_id))]
        return Teasers(establishments, self.departments, self.register)
