"""Deliver: what waits in the outbox goes to the mail server.

Each message is taken by lease in a short unit of work, sent, and marked in another, which survives a power cut. A
process that dies between the two leaves a lease that expires: the message goes again, under the same Message-ID. Two
processes at once take different messages. What a failure costs is said in `outcomes`.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from api.core.settings import Settings
from api.mailing import queries
from api.mailing.message import Outgoing
from api.mailing.outcomes import Moment, Outcome, cancel, may_get, outcome_of, record
from api.mailing.transport import MailError, Transport
from models.database import reading, writing

BATCH = 20
# Connections lost one after the other: the server is ill, and what is handed over now may become a duplicate.
LOST_IN_A_ROW = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """What a delivery did, in messages; `suspended` is in partners.

    reasons, each with its count: refused (the address), rejected (the mail, or us), deferred, tries (given up),
    uncertain, lost, server_down; and unsubscribed, suspended, pending: cancelled, for that is their partner's status.
    """

    sent: int
    deferred: int
    failed: int
    suspended: int
    server_down: bool
    reasons: Mapping[str, int]


def deliver(
    engine: Engine,
    transport: Transport,
    *,
    now: Callable[[], datetime],
    limit: int | None = None,
    told: Callable[[int, int], None] | None = None,
    options: Settings,
) -> Delivery:
    """Send what is due at this moment, each message at most once in this call; tell how many of how many.

    Where nothing is due, nothing is written and nobody is called. Raises what the database raises, of a full disk for
    one: then nothing more is sent.
    """
    return _Delivering(engine, transport, now, options).run(limit, told)


class _Delivering:
    """One call of `deliver`, and the owner of its leases."""

    def __init__(self, engine: Engine, transport: Transport, now: Callable[[], datetime], options: Settings) -> None:
        self._engine = engine
        self._transport = transport
        self._now = now
        self._options = options
        self._owner = str(uuid.uuid4())
        self._started = self._leased_until = now()
        self._lost_in_a_row = 0
        self._happened: Counter[str] = Counter()

    def run(self, limit: int | None, told: Callable[[int, int], None] | None) -> Delivery:
        with reading(self._engine) as session:
            total = queries.due_count(session, self._started)
        total = total if limit is None else min(total, limit)
        done, server_down = 0, False
        while done < total and not server_down:
            # None: what was left is in other hands.
            if (batch := self._claim(min(BATCH, total - done))) is None:
                break
            for message_id in batch:
                if server_down := not self._attempt(message_id):
                    self._give_back()
                    break
                done += 1
                if told:
                    told(done, total)
        return self._told(server_down)

    def _told(self, server_down: bool) -> Delivery:
        reasons = dict(self._happened)
        sent, deferred, failed, partners = (reasons.pop(n, 0) for n in ("sent", "waiting", "failed", "partners"))
        return Delivery(sent, deferred, failed, partners, server_down, reasons)

    def _claim(self, most: int) -> Sequence[str] | None:
        """Take messages that are due and free; those whose partner may not be written to any more are cancelled."""
        taken = []
        with writing(self._engine) as session:
            now = self._now()
            until = now + timedelta(seconds=self._options.mail_lease_s)
            found = queries.due_messages(session, self._started, now, most)
            for message, status in found:
                if may_get(message, status):
                    # Whoever held it has died: perhaps before it was sent, perhaps just after.
                    message.uncertain |= message.lease_owner is not None
                    message.lease_owner, message.leased_until = self._owner, until
                    taken.append(message.id)
                else:
                    cancel(message, status)
                    self._happened[status] += 1
                session.add(message)
        self._leased_until = until
        return taken if found else None

    def _attempt(self, message_id: str) -> bool:
        """Send one message and mark it; False where no more should be tried for now."""
        if self._leased_until - self._now() <= timedelta(seconds=self._transport.longest_s):
            self._renew()
        outcome = self._send(message_id)
        if outcome is None:
            return True
        if outcome.reason == "server_down":
            logger.warning("message %s: %s", message_id, outcome.words)
        else:
            self._mark(message_id, outcome)
        self._lost_in_a_row = self._lost_in_a_row + 1 if outcome.reason in ("lost", "uncertain") else 0
        if outcome.reason == "server_down" or self._lost_in_a_row >= LOST_IN_A_ROW:
            self._happened["server_down"] += 1
            return False
        return True

    def _send(self, message_id: str) -> Outcome | None:
        """Send one message to where its partner is reached now; None where it is no more ours to send."""
        with reading(self._engine) as session:
            found = queries.message_with_partner(session, message_id)
        if found is None:
            return None
        message, partner = found
        if message.status != "pending" or message.lease_owner != self._owner:
            return None
        if not may_get(message, partner.status):
            return Outcome(partner.status)
        outgoing = Outgoing(
            message.message_id, message.subject, message.text, message.html, message.headers, at=self._now()
        )
        try:
            self._transport.send(partner.email, outgoing)
        except MailError as error:
            return outcome_of(error)
        return Outcome("sent")

    def _mark(self, message_id: str, outcome: Outcome) -> None:
        with writing(self._engine, durable=True) as session:
            found = queries.message_with_partner(session, message_id)
            if found is None:
                return
            message, partner = found
            # It has left, whatever has become of it meanwhile; of the rest, only the one who holds it may say so.
            if outcome.reason != "sent" and message.lease_owner != self._owner:
                return
            moment = Moment(self._now(), self._started)
            happened = record(session, message, partner, outcome, moment, self._options)
            session.add_all((message, partner))
        self._happened += happened
        level = logging.INFO if outcome.reason == "sent" else logging.WARNING
        logger.log(level, "message %s: %s, attempt %d", message_id, outcome.words, message.attempts)

    def _renew(self) -> None:
        """Hold on to the rest of a batch that takes long."""
        with writing(self._engine) as session:
            self._leased_until = self._now() + timedelta(seconds=self._options.mail_lease_s)
            for message in queries.held_messages(session, self._owner):
                message.leased_until = self._leased_until
                session.add(message)

    def _give_back(self) -> None:
        with writing(self._engine) as session:
            for message in queries.held_messages(session, self._owner):
                message.lease_owner = message.leased_until = None
                session.add(message)
