"""The gate that every message passes at the moment of leaving: may it leave as it was composed, by what is true now?

Mails do not know what they are about: whoever composes them decides, each for its own purpose.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from sqlmodel import Session

from api.mailing.compose import Mail
from models.alerts import OutboxMessage

# A unit of work that puts right what is stored about a message, and returns its mail as it may leave; None: nothing of
# it may be told any more.
Recomposition = Callable[[Session], Mail | None]

# Makes the link of a message that leaves now: for purposes whose link no table keeps.
LinkMaker = Callable[[Session, OutboxMessage, datetime], str]

# Of messages whose purpose nobody answers for.
UNKNOWN_PURPOSE = "unknown_purpose"
# `last_error` of a message of which nothing may be told.
WITHHELD = "withheld"


class Gate(Protocol):
    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: datetime) -> Mapping[str, int]:
        """Return why a message may not leave as it is, with the number of things concerned; empty: it may leave."""

    def compose_anew(self, message: OutboxMessage, now: datetime) -> Recomposition:
        """Compose a message from what may be told now. Called outside any unit of work: it may read and encode."""


class GateByPurpose:
    """Asks the gate of a message's purpose; a message of any other purpose never leaves."""

    def __init__(self, gates: Mapping[str, Gate]) -> None:
        self._gates = gates

    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: datetime) -> Mapping[str, int]:
        gate = self._gates.get(message.purpose)
        return gate.reasons_to_stay(session, message, now) if gate else {UNKNOWN_PURPOSE: 1}

    def compose_anew(self, message: OutboxMessage, now: datetime) -> Recomposition:
        gate = self._gates.get(message.purpose)
        return gate.compose_anew(message, now) if gate else nothing_left


def nothing_left(_session: Session) -> None:
    """Be the recomposition of a message of which nothing may be told."""


def put_right(message: OutboxMessage, mail: Mail | None, reasons: Mapping[str, int]) -> Counter[str]:
    """Give a message its new mail, under its old Message-ID, or cancel it; return the counts of a delivery to add."""
    message.withheld = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))[:200]
    if mail:
        message.subject, message.text, message.html, message.headers = mail.subject, mail.text, mail.html, mail.headers
    else:
        # The former text tells what may not be told: no row keeps it.
        message.subject = message.text = message.html = ""
        message.headers = {}
        message.status, message.last_error = "cancelled", WITHHELD
        message.lease_owner = message.leased_until = None
    return Counter(reasons) + Counter({"composed_anew" if mail else WITHHELD: 1})
