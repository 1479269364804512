"""What one attempt at a message means for the message and for its partner.

Whose fault a failure is decides what it costs:
- refused, the address (5xx): one try, and the partner is suspended; rejected, the mail or us (5xx): one try;
- deferred, the address for now (4xx): one of `mail_tries`, the next one later and later. A message given up so is one
  soft bounce of its partner, however often it was tried; `soft_bounces` of them in a row suspend the partner, and one
  message that arrives sets them back to none;
- uncertain, the connection once all was said and before the answer: one try, and perhaps a duplicate;
- lost, the connection earlier: no try at all.
What was already written to a suspended partner is cancelled.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from api.core.settings import Settings
from api.mailing import queries
from api.mailing.transport import Deferred, Lost, MailError, Refused
from models.alerts import OutboxMessage
from models.partners import Partner

# Statuses of a partner: what is not yet sent to them is cancelled.
FORBIDDING = ("pending", "suspended", "unsubscribed")
LONGEST_WAIT = timedelta(hours=4)


@dataclass(frozen=True)
class Outcome:
    """reason: sent, refused, rejected, deferred, uncertain, lost; or a partner's status that forbids to send."""

    reason: str
    code: int = 0

    @property
    def words(self) -> str:
        """What is kept of it, and logged: never what the server said, which may repeat the address."""
        return f"{self.reason}, SMTP {self.code}" if self.code else self.reason


def outcome_of(error: MailError) -> Outcome:
    match error:
        case Refused():
            return Outcome("refused" if error.of_address else "rejected", error.code)
        case Deferred():
            return Outcome("deferred", error.code)
        case Lost():
            return Outcome("uncertain" if error.uncertain else "lost")
        case _:
            return Outcome("server_down", error.code)


def may_get(message: OutboxMessage, status: str) -> bool:
    """Whether a partner of this status is written to."""
    # Before a first confirmation, the request to confirm is all that may be written to anyone.
    return status == "active" or (status == "pending" and message.purpose == "confirmation")


def cancel(message: OutboxMessage, status: str) -> None:
    """Never send a message; its partner's status says why."""
    message.status, message.last_error = "cancelled", status
    message.lease_owner = message.leased_until = None


@dataclass(frozen=True)
class Moment:
    """When an attempt ended; and the moment after which nothing is due in this delivery."""

    now: datetime
    started: datetime


def record(
    session: Session, message: OutboxMessage, partner: Partner, outcome: Outcome, moment: Moment, options: Settings
) -> Counter[str]:
    """Note what an attempt at a message came to, and return what has happened: sent, deferred, failed, suspended…"""
    happened = Counter({outcome.reason: 1})
    if outcome.reason in FORBIDDING:
        cancel(message, outcome.reason)
        return happened
    message.lease_owner = message.leased_until = None
    message.last_error = "" if outcome.reason == "sent" else outcome.words
    if outcome.reason == "lost":
        # No try of this message, yet the others come first: it may be what the server stumbles over.
        message.next_attempt_at = _later(message, moment, options)
        return happened + Counter(waiting=1)
    message.attempts += 1
    message.uncertain |= outcome.reason == "uncertain"
    if outcome.reason == "sent":
        message.status, message.sent_at = "sent", moment.now
        partner.soft_bounces = 0
    elif outcome.reason in ("refused", "rejected"):
        message.status = "failed"
        if outcome.reason == "refused":
            happened += _suspend(session, message, partner, "refused", moment)
    elif message.attempts < options.mail_tries:
        message.next_attempt_at = _later(message, moment, options)
        return happened + Counter(waiting=1)
    else:
        message.status = "failed"
        happened["tries"] += 1
        if outcome.reason == "deferred":
            partner.soft_bounces += 1
            if partner.soft_bounces >= options.soft_bounces:
                happened += _suspend(session, message, partner, "soft_bounces", moment)
    return happened + Counter(failed=int(message.status == "failed"))


def _later(message: OutboxMessage, moment: Moment, options: Settings) -> datetime:
    """When to try again: not in this same delivery, and not all messages at once."""
    wait = min(timedelta(seconds=options.mail_backoff_s) * float(2 ** max(message.attempts - 1, 0)), LONGEST_WAIT)
    spread = hashlib.sha256(f"{message.id} {message.attempts}".encode()).digest()[0] / 255
    return max(moment.now + wait * (0.75 + 0.25 * spread), moment.started + timedelta(microseconds=1))


def _suspend(session: Session, message: OutboxMessage, partner: Partner, reason: str, moment: Moment) -> Counter[str]:
    happened: Counter[str] = Counter()
    if partner.status == "unsubscribed":
        return happened
    partner.status, partner.status_reason, partner.updated_at = "suspended", reason, moment.now
    happened["partners"] += 1
    for other in queries.pending_messages_of(session, partner.id):
        if other.id != message.id:
            cancel(other, "suspended")
            session.add(other)
            happened["suspended"] += 1
    return happened
