"""Deliver: send the pending messages of the outbox to the mail server.

Each message is leased in one short unit of work, passes the gate (`departure`), is sent, and marked in another, durable
unit. If the process dies in between, the lease expires and the message is sent again under the same Message-ID.
Parallel processes lease different messages. `outcomes` says what each failure costs.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from api.core.settings import Settings
from api.mailing import queries
from api.mailing.compose import LINK_AT_DEPARTURE
from api.mailing.departure import Gate, LinkMaker, put_right
from api.mailing.mail_errors import MailError
from api.mailing.message import Outgoing
from api.mailing.retrying import Moment, Outcome, cancel_message, may_receive, outcome_of, record_outcome
from api.mailing.transport import Transport
from models.alerts import OutboxMessage
from models.database import reading, writing
from models.partners import Partner

BATCH = 20
# How often a message is composed anew at once: what it is about may change while it is being composed.
COMPOSED_ANEW_AT_MOST = 2
# After so many lost connections in a row the delivery stops: each further mail could become a duplicate.
LOST_IN_A_ROW = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """Counts of messages; `suspended` counts partners.

    reasons, each with its count: refused (the address), rejected (the mail, or the sender), deferred, tries (given up),
    uncertain, lost, server_down; unsubscribed, suspended, pending: cancelled because of the partner's status;
    composed_anew, withheld (nothing of it may leave), unsettled (it waits): what the gate did, beside its own reasons.
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
    gate: Gate,
    links: Mapping[str, LinkMaker] | None = None,
    now: Callable[[], datetime],
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    options: Settings,
) -> Delivery:
    """Send the messages that are due, each at most once in this call. progress: called with (done, total).

    gate: asked about each message just before it is handed to the server. links: by purpose, of messages that wait
    without theirs.

    If nothing is due, nothing is written and no connection is opened. Database errors (a full disk, for instance) are
    raised and stop the delivery.
    """
    return _Delivering(engine, transport, gate, links or {}, now, options).run(limit, progress)


class _Delivering:
    """State of one call of `deliver`; its identifier owns the leases."""

    def __init__(
        self,
        engine: Engine,
        transport: Transport,
        gate: Gate,
        links: Mapping[str, LinkMaker],
        now: Callable[[], datetime],
        options: Settings,
    ) -> None:
        self._engine = engine
        self._transport = transport
        self._gate, self._links = gate, links
        self._now = now
        self._options = options
        self._owner = str(uuid.uuid4())
        self._started = self._leased_until = now()
        self._lost_in_a_row = 0
        self._outcome_counts: Counter[str] = Counter()

    def run(self, limit: int | None, progress: Callable[[int, int], None] | None) -> Delivery:
        with reading(self._engine) as session:
            due_total = queries.due_count(session, self._started)
        due_total = due_total if limit is None else min(due_total, limit)
        done_count, server_down = 0, False
        while done_count < due_total and not server_down:
            # None: other processes hold the rest.
            if (batch_ids := self._claim_batch(min(BATCH, due_total - done_count))) is None:
                break
            for message_id in batch_ids:
                if server_down := not self._attempt_delivery(message_id):
                    self._release_leases()
                    break
                done_count += 1
                if progress:
                    progress(done_count, due_total)
        return self._report(server_down)

    def _report(self, server_down: bool) -> Delivery:
        reasons = dict(self._outcome_counts)
        sent_count, deferred_count, failed_count, suspended_partners = (
            reasons.pop(status, 0) for status in ("sent", "waiting", "failed", "partners")
        )
        return Delivery(sent_count, deferred_count, failed_count, suspended_partners, server_down, reasons)

    def _claim_batch(self, claim_limit: int) -> Sequence[str] | None:
        """Lease due messages; cancel those whose partner may no longer be written to. None if none is free."""
        claimed_ids = []
        with writing(self._engine) as session:
            now = self._now()
            leased_until = now + timedelta(seconds=self._options.mail_lease_s)
            due_rows = queries.due_messages(session, self._started, now, claim_limit)
            for message, partner_status in due_rows:
                if may_receive(message, partner_status):
                    # The previous lease holder crashed; the mail may already have been sent.
                    message.uncertain |= message.lease_owner is not None
                    message.lease_owner, message.leased_until = self._owner, leased_until
                    claimed_ids.append(message.id)
                else:
                    cancel_message(message, partner_status)
                    self._outcome_counts[partner_status] += 1
                session.add(message)
        self._leased_until = leased_until
        return claimed_ids if due_rows else None

    def _attempt_delivery(self, message_id: str) -> bool:
        """Send one message and record the outcome; False if the delivery should stop."""
        if self._leased_until - self._now() <= timedelta(seconds=self._transport.longest_s):
            self._renew_leases()
        outcome = self._send(message_id)
        if outcome is None:
            return True
        if outcome.reason == "server_down":
            logger.warning("message %s: %s", message_id, outcome.log_text)
        else:
            self._record_outcome(message_id, outcome)
        self._lost_in_a_row = self._lost_in_a_row + 1 if outcome.reason in ("lost", "uncertain") else 0
        if outcome.reason == "server_down" or self._lost_in_a_row >= LOST_IN_A_ROW:
            self._outcome_counts["server_down"] += 1
            return False
        return True

    def _send(self, message_id: str) -> Outcome | None:
        """Send one message as it may leave now; None if the lease was lost, or if nothing of it may leave."""
        for turn in range(COMPOSED_ANEW_AT_MOST + 1):
            with reading(self._engine) as session:
                message_row = self._held_message(session, message_id)
                if message_row is None:
                    return None
                message, partner = message_row
                if not may_receive(message, partner.status):
                    return Outcome(partner.status)
                reasons = self._gate.reasons_to_stay(session, message, self._now())
                link = "" if reasons else self._link(session, message)
            if not reasons:
                return self._hand_over(message, partner.email, link)
            if turn < COMPOSED_ANEW_AT_MOST and not self._compose_anew(message, reasons):
                return None
        return Outcome("unsettled")

    def _held_message(self, session: Session, message_id: str) -> tuple[OutboxMessage, Partner] | None:
        """Return a message and its partner, if it is still to be sent by this process."""
        message_row = queries.message_with_partner(session, message_id)
        if message_row is None or message_row[0].status != "pending" or message_row[0].lease_owner != self._owner:
            return None
        return message_row

    def _compose_anew(self, message: OutboxMessage, reasons: Mapping[str, int]) -> bool:
        """Compose a message from what may be told now; False if nothing is left of it, or if its lease was lost."""
        recompose = self._gate.compose_anew(message, self._now())
        with writing(self._engine, durable=True) as session:
            message_row = self._held_message(session, message.id)
            if message_row is None:
                return False
            held_message, _ = message_row
            mail = recompose(session)
            new_counts = put_right(held_message, mail, reasons)
            session.add(held_message)
        self._outcome_counts += new_counts
        logger.info("message %s: %s", message.id, "composed anew" if mail else "withheld")
        # Composing may take most of a lease.
        self._renew_leases()
        return mail is not None

    def _link(self, session: Session, message: OutboxMessage) -> str:
        make = self._links.get(message.purpose)
        return make(session, message, self._now()) if make else LINK_AT_DEPARTURE

    def _hand_over(self, message: OutboxMessage, email: str, link: str) -> Outcome:
        """Send a message to its partner's present address."""
        text, html = (part.replace(LINK_AT_DEPARTURE, link) for part in (message.text, message.html))
        outgoing = Outgoing(message.message_id, message.subject, text, html, message.headers, at=self._now())
        try:
            self._transport.send(email, outgoing)
        except MailError as error:
            return outcome_of(error)
        return Outcome("sent")

    def _record_outcome(self, message_id: str, outcome: Outcome) -> None:
        with writing(self._engine, durable=True) as session:
            message_row = queries.message_with_partner(session, message_id)
            if message_row is None:
                return
            message, partner = message_row
            # A sent message is recorded in any case; a failure only by the holder of the lease.
            if outcome.reason != "sent" and message.lease_owner != self._owner:
                return
            moment = Moment(self._now(), self._started)
            new_counts = record_outcome(session, message, partner, outcome, moment, self._options)
            session.add_all((message, partner))
        self._outcome_counts += new_counts
        log_level = logging.INFO if outcome.reason == "sent" else logging.WARNING
        logger.log(log_level, "message %s: %s, attempt %d", message_id, outcome.log_text, message.attempts)

    def _renew_leases(self) -> None:
        """Extend the leases of the rest of a slow batch."""
        with writing(self._engine) as session:
            self._leased_until = self._now() + timedelta(seconds=self._options.mail_lease_s)
            for message in queries.held_messages(session, self._owner):
                message.leased_until = self._leased_until
                session.add(message)

    def _release_leases(self) -> None:
        with writing(self._engine) as session:
            for message in queries.held_messages(session, self._owner):
                message.lease_owner = message.leased_until = None
                session.add(message)
