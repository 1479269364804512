"""Outcome of one attempt at a mail, for the message and for its partner, and when it is tried again.

The cost of a failure depends on its cause:
- refused (5xx, the address): the message fails and the partner is suspended; rejected (5xx, the mail or the sender):
  the message fails;
- deferred (4xx): counts as one of `mail_tries`, with exponential backoff. A message given up this way is one soft
  bounce of its partner, however often it was tried; `soft_bounces` of them in a row suspend the partner, a sent message
  resets the count;
- uncertain (connection lost after the data, before the answer): counts as a try, and may become a duplicate;
- lost (connection lost earlier), unsettled (the gate let it pass in no form yet): counts as no try.
Pending messages of a suspended partner are cancelled.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from api.core.settings import Settings
from api.mailing import queries
from api.mailing.mail_errors import Deferred, Lost, MailError, Refused
from models.alerts import OutboxMessage
from models.partners import Partner

# Statuses of a partner whose pending messages are cancelled.
FORBIDDING = ("pending", "suspended", "unsubscribed")
# Purposes of mails that let the owner of an account choose a password: they need not have subscribed to anything.
INVITATION, FORGOTTEN = "invitation", "password"
PASSWORD_MAILS = (INVITATION, FORGOTTEN)
# « Ma journée » by mail, which the owner of an account of the house chose there.
MORNING = "morning"
LONGEST_WAIT = timedelta(hours=4)
# The request to confirm a need that was stated on the public page: whoever typed the address asked for it.
STATED_NEED = "need"
# What may go to somebody who confirmed no subscription: the request to do so, and what a facilitator writes.
UNASKED = ("confirmation", "letter")


@dataclass(frozen=True)
class Outcome:
    """reason: sent, refused, rejected, deferred, uncertain, lost, unsettled; or one of FORBIDDING.

    code: the SMTP answer, or 0.
    """

    reason: str
    code: int = 0

    @property
    def log_text(self) -> str:
        """Text for the log and `last_error`, without the server's words, which may repeat the address."""
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


def may_receive(message: OutboxMessage, partner_status: str) -> bool:
    """Return whether a message may go to a partner of this status."""
    if message.purpose in (*PASSWORD_MAILS, MORNING, STATED_NEED):
        return partner_status != "suspended"
    return partner_status == "active" or (partner_status == "pending" and message.purpose in UNASKED)


def cancel_message(message: OutboxMessage, partner_status: str) -> None:
    """Cancel a message because of its partner's status."""
    message.status, message.last_error = "cancelled", partner_status
    message.lease_owner = message.leased_until = None


@dataclass(frozen=True)
class Moment:
    """now: the end of an attempt. started: the start of the delivery; later messages are not due in it."""

    now: datetime
    started: datetime


def record_outcome(
    session: Session, message: OutboxMessage, partner: Partner, outcome: Outcome, moment: Moment, options: Settings
) -> Counter[str]:
    """Apply an outcome to a message and its partner, and return the counts to add: sent, failed, suspended…"""
    outcome_counts = Counter({outcome.reason: 1})
    if outcome.reason in FORBIDDING:
        cancel_message(message, outcome.reason)
        return outcome_counts
    message.lease_owner = message.leased_until = None
    message.last_error = "" if outcome.reason == "sent" else outcome.log_text
    if outcome.reason in ("lost", "unsettled"):
        # Not counted as a try, yet delayed: this message may be what the server fails on.
        message.next_attempt_at = _next_attempt_at(message, moment, options)
        return outcome_counts + Counter(waiting=1)
    message.attempts += 1
    message.uncertain |= outcome.reason == "uncertain"
    if outcome.reason == "sent":
        message.status, message.sent_at = "sent", moment.now
        partner.soft_bounces = 0
    elif outcome.reason in ("refused", "rejected"):
        message.status = "failed"
        if outcome.reason == "refused":
            outcome_counts += _suspend_partner(session, message, partner, "refused", moment)
    elif message.attempts < options.mail_tries:
        message.next_attempt_at = _next_attempt_at(message, moment, options)
        return outcome_counts + Counter(waiting=1)
    else:
        message.status = "failed"
        outcome_counts["tries"] += 1
        if outcome.reason == "deferred":
            partner.soft_bounces += 1
            if partner.soft_bounces >= options.soft_bounces:
                outcome_counts += _suspend_partner(session, message, partner, "soft_bounces", moment)
    return outcome_counts + Counter(failed=int(message.status == "failed"))


def _next_attempt_at(message: OutboxMessage, moment: Moment, options: Settings) -> datetime:
    """Return the moment of the next try: after this delivery, with jitter between messages."""
    backoff_wait = min(
        timedelta(seconds=options.mail_backoff_s) * float(2 ** max(message.attempts - 1, 0)), LONGEST_WAIT
    )
    jitter = hashlib.sha256(f"{message.id} {message.attempts}".encode()).digest()[0] / 255
    return max(moment.now + backoff_wait * (0.75 + 0.25 * jitter), moment.started + timedelta(microseconds=1))


def _suspend_partner(
    session: Session, message: OutboxMessage, partner: Partner, reason: str, moment: Moment
) -> Counter[str]:
    outcome_counts: Counter[str] = Counter()
    if partner.status == "unsubscribed":
        return outcome_counts
    partner.status, partner.status_reason, partner.updated_at = "suspended", reason, moment.now
    outcome_counts["partners"] += 1
    for other_message in queries.pending_messages_of(session, partner.id):
        if other_message.id != message.id:
            cancel_message(other_message, "suspended")
            session.add(other_message)
            outcome_counts["suspended"] += 1
    return outcome_counts
