"""The state of a case or an opportunity as pages show it: words, and a tone that stands for a colour and a drawing."""

from dataclasses import dataclass
from typing import Literal

from api.brokerage.wording import STATES
from api.catalogue.wording import STATUSES

Tone = Literal["open", "waiting", "won", "lost", "closed"]

_OF_CASES: dict[str, Tone] = {
    "proposed": "waiting",
    "contacted": "waiting",
    "interested": "open",
    "introduced": "open",
    "won": "won",
    "lost": "lost",
    "refused": "lost",
}
_OF_OPPORTUNITIES: dict[str, Tone] = {"open": "open", "expected": "waiting", "closed": "closed", "cancelled": "lost"}


@dataclass(frozen=True)
class StateBadge:
    """A state in words; it prints as them."""

    words: str
    tone: Tone

    def __str__(self) -> str:
        return self.words


def case_badge(state: str) -> StateBadge:
    """Return the badge of a case's state."""
    return StateBadge(STATES.get(state, state), _OF_CASES.get(state, "closed"))


def opportunity_badge(status: str) -> StateBadge:
    """Return the badge of an opportunity's status."""
    return StateBadge(STATUSES.get(status, status), _OF_OPPORTUNITIES.get(status, "closed"))
