"""What is open to a partner's actors whatever the score: proposals of facilitators, consents, lines that reach them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session

from api.confidentiality.disclosure import DisclosureLevel, consented_cases
from api.takeovers.reach.line_reach import lines_reaching
from api.takeovers.reach.proposals import proposed_cases


@dataclass(frozen=True)
class Granted:
    """By actor: the cases that a facilitator proposed, those with a consent in force, the lines that reach it.

    Ids of cases, and lines as they are read; not all of them are on the public desk.
    """

    proposed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    consented: Mapping[str, Mapping[str, DisclosureLevel]] = field(default_factory=dict)
    lines: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, session: Session, actor_ids: Collection[str]) -> "Granted":
        """Return what stands at this moment for these actors."""
        return cls(
            proposed_cases(session, actor_ids), consented_cases(session, actor_ids), lines_reaching(session, actor_ids)
        )
