"""Throttling of sign-ins, by e-mail and by network address; in the tables, hence shared by all processes.

Failures are counted before the password is checked (refunded on success), so parallel attempts cannot bypass the limit.
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

# Failures without a wait. Many people may share an address, and an address may try many accounts.
FREE_BY_EMAIL, FREE_BY_ADDRESS = 5, 20
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
# A failure after such a pause starts a new series.
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Attempt:
    """A sign-in attempt: an e-mail, of an account or not, and a network address."""

    email: str
    address: str

    @property
    def by_email(self) -> str:
        return _counter_id("email", self.email)

    @property
    def by_address(self) -> str:
        return _counter_id("address", _network_of(self.address))

    def counters(self) -> Iterator[tuple[str, int]]:
        yield self.by_email, FREE_BY_EMAIL
        yield self.by_address, FREE_BY_ADDRESS


def record_failure(session: Session, attempt: Attempt, now: datetime) -> None:
    """Count an attempt as failed. During a wait, raises TooManyError and counts nothing."""
    throttle_rows = []
    for throttle_id, free_failures in attempt.counters():
        throttle_row = queries.throttle_held(session, throttle_id) or Throttle(id=throttle_id, failed_at=now)
        if throttle_row.blocked_until and throttle_row.blocked_until > now:
            wait_minutes = -((now - throttle_row.blocked_until) // timedelta(minutes=1))
            raise TooManyError(f"Trop d’essais. Réessayez dans {wait_minutes} minute{'s' if wait_minutes > 1 else ''}.")
        throttle_rows.append((throttle_row, free_failures))
    for throttle_row, free_failures in throttle_rows:
        if now - throttle_row.failed_at > FORGOTTEN_AFTER:
            throttle_row.failures = 0
        throttle_row.failures, throttle_row.failed_at = throttle_row.failures + 1, now
        throttle_row.blocked_until = (
            now + _wait_after(throttle_row.failures - free_failures) if throttle_row.failures >= free_failures else None
        )
        session.add(throttle_row)


def clear_failures(session: Session, attempt: Attempt) -> None:
    """After a success, clear the failures of the e-mail and refund this attempt of the address."""
    if by_email := queries.throttle_held(session, attempt.by_email):
        session.delete(by_email)
    if by_address := queries.throttle_held(session, attempt.by_address):
        # Not all: with an account of one's own, one could otherwise try others without limit.
        by_address.failures, by_address.blocked_until = max(0, by_address.failures - 1), None
        session.add(by_address)


def _wait_after(doublings: int) -> timedelta:
    wait_time: timedelta = FIRST_WAIT * 2 ** min(doublings, 10)
    return min(wait_time, LONGEST_WAIT)


def _counter_id(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}\x1f{value}".encode("utf-8", "surrogatepass")).hexdigest()


def _network_of(address: str) -> str:
    """Return the network to count by: an IPv4 address, or the /64 of an IPv6 subscriber."""
    try:
        ip_address = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip_address.version == 4:
        return str(ip_address)
    return str(ip_address.ipv4_mapped or ipaddress.ip_network((ip_address, 64), strict=False))
