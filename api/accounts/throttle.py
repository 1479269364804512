"""Throttling of sign-ins, in the tables, hence over all processes: by the e-mail that is tried, and by address.

An attempt is counted before its password is looked at, and given back if it was right: a hundred at once are a hundred.
"""

import hashlib
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from api.accounts import queries
from api.core.errors import TooManyError
from models.accounts import Throttle

# How many failures are free. Many may sit behind one address, and one address may try many accounts.
FREE_BY_EMAIL, FREE_BY_ADDRESS = 5, 20
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
# Failures so far apart are not of one series.
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Attempt:
    """Who tries: an e-mail, whether it is an account's or not, from a network address."""

    email: str
    address: str

    @property
    def by_email(self) -> str:
        return _digest("email", self.email)

    @property
    def by_address(self) -> str:
        return _digest("address", _network(self.address))

    def counters(self) -> Iterator[tuple[str, int]]:
        yield self.by_email, FREE_BY_EMAIL
        yield self.by_address, FREE_BY_ADDRESS


def charge(session: Session, attempt: Attempt, now: datetime) -> None:
    """Count an attempt as failed. Raises TooManyError, counting nothing, while it must wait."""
    rows = []
    for key, free in attempt.counters():
        row = queries.throttle_held(session, key) or Throttle(id=key, failed_at=now)
        if row.blocked_until and row.blocked_until > now:
            minutes = -((now - row.blocked_until) // timedelta(minutes=1))
            raise TooManyError(f"Trop d’essais. Réessayez dans {minutes} minute{'s' if minutes > 1 else ''}.")
        rows.append((row, free))
    for row, free in rows:
        if now - row.failed_at > FORGOTTEN_AFTER:
            row.failures = 0
        row.failures, row.failed_at = row.failures + 1, now
        row.blocked_until = now + _wait(row.failures - free) if row.failures >= free else None
        session.add(row)


def give_back(session: Session, attempt: Attempt) -> None:
    """The password was right: forget the failures of the account, and this attempt of the address."""
    if by_email := queries.throttle_held(session, attempt.by_email):
        session.delete(by_email)
    if by_address := queries.throttle_held(session, attempt.by_address):
        # Not all of them: who has an account could else try others for ever.
        by_address.failures, by_address.blocked_until = max(0, by_address.failures - 1), None
        session.add(by_address)


def _wait(doublings: int) -> timedelta:
    wait: timedelta = FIRST_WAIT * 2 ** min(doublings, 10)
    return min(wait, LONGEST_WAIT)


def _digest(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}\x1f{value}".encode("utf-8", "surrogatepass")).hexdigest()


def _network(address: str) -> str:
    """One subscriber has a whole /64 of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
