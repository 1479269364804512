"""Throttling of sign-ins, in the tables, hence shared by all processes. docs/threats.md has the rule and its reasons.

A browser that the account knows has a counter of its own, and no other counts for it. Strangers are counted by account
and network, by network, and by account over all networks; of the last, one network fills only a part, so that nobody
alone can make an account's owner wait elsewhere.

Failures are counted before the password is checked (refunded on success), so parallel attempts cannot bypass the limit.
"""

import hmac
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete
from sqlmodel import Session, col

from api.accounts import queries
from api.core.errors import TooManyError
from models.accounts import Throttle
from models.database import reading, writing

# Failures without a wait. Many people may share a network, and a network may try many accounts.
FREE_BY_DEVICE, FREE_BY_ACCOUNT_HERE, FREE_BY_NETWORK, FREE_BY_ACCOUNT = 5, 5, 20, 50
# How many failures of one network count for the account over all networks.
MOST_OF_A_NETWORK = 10
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
# Between two guesses at one account, from wherever they come, once FREE_BY_ACCOUNT are used up.
SLOWED_WAIT = timedelta(minutes=1)
# A failure after such a pause starts a new series, and the counter is deleted.
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Attempt:
    """A sign-in attempt: an e-mail, of an account or not, a network address, and the browser if it is known.

    key: hashes what is counted, so that the tables tell neither an address nor a network.
    """

    email: str
    address: str
    key: bytes
    device: str | None = None

    @property
    def by_device(self) -> str:
        return self._id("device", self.email, self.device or "")

    @property
    def by_account_here(self) -> str:
        return self._id("account here", self.email, network_of(self.address))

    @property
    def by_network(self) -> str:
        return self._id("network", network_of(self.address))

    @property
    def by_account(self) -> str:
        return self._id("account", self.email)

    def counters(self) -> Iterator[tuple[str, int]]:
        """Yield the ids of the counters that an attempt waits for, with the failures that are free."""
        if self.device:
            yield self.by_device, FREE_BY_DEVICE
            return
        yield self.by_account_here, FREE_BY_ACCOUNT_HERE
        yield self.by_network, FREE_BY_NETWORK
        yield self.by_account, FREE_BY_ACCOUNT

    def _id(self, kind: str, *values: str) -> str:
        return counter_id(self.key, kind, *values)


def counter_id(key: bytes, *values: str) -> str:
    """Return the keyed hash by which something is counted."""
    return hmac.digest(key, "\x1f".join(values).encode("utf-8", "surrogatepass"), "sha256").hex()


def check(session: Session, attempt: Attempt, now: datetime) -> None:
    """Raises TooManyError during a wait. It only reads."""
    for throttle_id, _ in attempt.counters():
        _check(session.get(Throttle, throttle_id), now)


def record_failure(session: Session, attempt: Attempt, now: datetime, *, account_id: str | None = None) -> None:
    """Count an attempt, about an account or none, as failed. During a wait, raises TooManyError and counts nothing."""
    session.execute(delete(Throttle).where(col(Throttle.failed_at) < now - FORGOTTEN_AFTER))
    rows = {
        throttle_id: queries.throttle_held(session, throttle_id) or Throttle(id=throttle_id, failed_at=now)
        for throttle_id, _ in attempt.counters()
    }
    for row in rows.values():
        _check(row, now)
    for throttle_id, free_failures in attempt.counters():
        row = rows[throttle_id]
        row.failed_at = now
        if throttle_id != attempt.by_account:
            row.failures += 1
            row.blocked_until = (
                now + _wait_after(row.failures - free_failures) if row.failures >= free_failures else None
            )
        else:
            row.failures += rows[attempt.by_account_here].failures <= MOST_OF_A_NETWORK
            row.blocked_until = now + SLOWED_WAIT if row.failures >= free_failures else None
        if throttle_id != attempt.by_network:
            row.account_id = account_id
        session.add(row)


def count_request(engine: Engine, address: str, key: bytes, now: datetime) -> None:
    """Count a request for a mailed link from a network, whether its address has an account or not.

    Raises TooManyError during a wait, which begins after as many requests as failed sign-ins.
    """
    with reading(engine) as session:
        _check(session.get(Throttle, counter_id(key, "link", network_of(address))), now)
    with writing(engine) as session:
        count_use(session, "link", address, key, now, free=FREE_BY_NETWORK)


def count_use(session: Session, use: str, address: str, key: bytes, now: datetime, *, free: int) -> None:
    """Count what a network asks for without an account, in the caller's unit of work.

    use: counted apart from others. free: how often before there is a wait. Raises TooManyError during a wait.
    """
    throttle_id = counter_id(key, use, network_of(address))
    row = queries.throttle_held(session, throttle_id) or Throttle(id=throttle_id, failed_at=now)
    _check(row, now)
    is_new_series = now - row.failed_at > FORGOTTEN_AFTER
    row.failures, row.failed_at = 1 if is_new_series else row.failures + 1, now
    row.blocked_until = now + _wait_after(row.failures - free) if row.failures >= free else None
    session.add(row)


def clear_failures(session: Session, attempt: Attempt) -> None:
    """After a success, clear the failures of this browser, or of the account here; refund this attempt elsewhere."""
    for throttle_id, _ in attempt.counters():
        row = queries.throttle_held(session, throttle_id)
        if row is None:
            continue
        if throttle_id in (attempt.by_device, attempt.by_account_here):
            session.delete(row)
        else:
            # Not all: with an account of one's own, one could otherwise try others without limit.
            row.failures, row.blocked_until = max(0, row.failures - 1), None
            session.add(row)


def network_of(address: str) -> str:
    """Return the network to count by: an IPv4 address, or the /64 of an IPv6 subscriber."""
    try:
        ip_address = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip_address.version == 4:
        return str(ip_address)
    return str(ip_address.ipv4_mapped or ipaddress.ip_network((ip_address, 64), strict=False))


def _check(row: Throttle | None, now: datetime) -> None:
    if row is None or row.blocked_until is None or row.blocked_until <= now:
        return
    wait = row.blocked_until - now
    wait_minutes = -(-wait // timedelta(minutes=1))
    raise TooManyError(
        f"Trop d’essais. Réessayez dans {wait_minutes} minute{'s' if wait_minutes > 1 else ''}.",
        retry_after_s=-(-wait // timedelta(seconds=1)),
    )


def _wait_after(doublings: int) -> timedelta:
    wait_time: timedelta = FIRST_WAIT * 2 ** min(doublings, 10)
    return min(wait_time, LONGEST_WAIT)
