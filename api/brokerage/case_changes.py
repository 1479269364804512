"""Changes of a case, applied to its standing: transition, jobs, reminder, facilitator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from api.brokerage import transitions
from api.brokerage.transitions import Standing, State
from api.core.errors import InvalidError
from matcher.learning.observations import Objection


class Keep(Enum):
    """Marks a field that a change leaves alone; None would clear it."""

    KEEP = "keep"


@dataclass(frozen=True)
class Change:
    """A change of a case: transition, note, reasons, jobs, reminder, facilitator."""

    to: State | None = None
    note: str = ""
    reasons: Sequence[Objection] = ()
    jobs: tuple[int | None, int | None] | Keep = Keep.KEEP  # created, kept
    remind_on: date | Keep | None = Keep.KEEP
    facilitator_id: str | Keep = Keep.KEEP


def apply_change(standing: Standing, change: Change, *, today: date) -> Standing:
    """Return the standing of a case after a change. Raises the errors of `transitions`."""
    if change.to is not None:
        standing = transitions.apply_transition(standing, change.to, change.reasons)
    elif change.reasons:
        raise InvalidError([("raisons", "elles accompagnent un refus ou une perte")])
    if not isinstance(change.jobs, Keep):
        standing = transitions.record_jobs(standing, *change.jobs)
    # A form that closes a case may still carry its reminder, which is ignored.
    if not isinstance(change.remind_on, Keep) and (standing.is_open or change.to is None):
        standing = transitions.set_reminder(standing, change.remind_on, today=today)
    if isinstance(change.facilitator_id, str):
        standing = transitions.reassign(standing, change.facilitator_id)
    return standing
