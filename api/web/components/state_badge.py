"""The state of a case or an opportunity as pages show it: words, and a tone that stands for a colour and a drawing."""

from dataclasses import dataclass
from typing import Literal

from api.brokerage.wording import STATES
from api.catalogue.wording import STATUSES
from api.core.french import plural
from api.stated_needs.kinds import STATES as NEED_STATES
from api.stated_needs.kinds import StatedStatus, state_for_sender
from api.takeovers.stages.transitions import Stage
from api.takeovers.stages.wording import STAGES
from models.accounts import Account
from models.alerts import OutboxMessage

Tone = Literal["open", "waiting", "won", "lost", "closed"]

_OF_CASES: dict[str, Tone] = {
    "proposed": "waiting",
    "contacted": "waiting",
    "interested": "open",
    "introduced": "open",
    "won": "won",
    "lost": "lost",
    "refused": "lost",
    "cancelled": "closed",
}
_OF_NEEDS: dict[StatedStatus, Tone] = {
    StatedStatus.WAITING: "waiting",
    StatedStatus.IN_PROGRESS: "open",
    StatedStatus.PUBLISHED: "won",
}
_OF_CORRECTIONS: dict[str, Tone] = {"waiting": "waiting", "accepted": "won"}
_OF_STAGES: dict[Stage, Tone] = {Stage.DONE: "won", Stage.LOST: "lost", Stage.WITHDRAWN: "closed"}
_OF_MAILS: dict[str, Tone] = {"sent": "open", "pending": "waiting", "failed": "lost"}
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


def need_badge(status: str) -> StateBadge:
    """Return the badge of a need that came in by itself."""
    return StateBadge(NEED_STATES[StatedStatus(status)], _OF_NEEDS.get(StatedStatus(status), "closed"))


def correction_badge(status: str, words: str) -> StateBadge:
    """Return the badge of a correction that a partner proposed. words: the state as the partner reads it."""
    return StateBadge(words, _OF_CORRECTIONS.get(status, "closed"))


def own_need_badge(kind: str, status: StatedStatus) -> StateBadge:
    """Return the badge of a need as its sender reads it: words and colour are the same whatever it is."""
    return need_badge(state_for_sender(kind, status))


def stage_badge(stage: Stage) -> StateBadge:
    """Return the badge of a takeover's stage."""
    return StateBadge(STAGES[stage], _OF_STAGES.get(stage, "open"))


def mail_badge(message: OutboxMessage | None, words: str) -> StateBadge:
    """Return the badge of a mail to a contact. words: what the outbox knows of it."""
    return StateBadge(words, _OF_MAILS.get(message.status, "closed") if message else "closed")


def account_badge(account: Account, sessions: int = 0) -> StateBadge:
    """Return the badge of an account. sessions: how many of them are open, where this is told."""
    if account.disabled_at:
        return StateBadge("désactivé", "closed")
    if not account.password_hash:
        return StateBadge("lien pas encore utilisé", "waiting")
    if sessions:
        return StateBadge(plural(sessions, "session ouverte", "sessions ouvertes"), "open")
    return StateBadge("actif", "open")
