"""Limits of requests a minute, by API key, account and network, over all processes.

Requests are counted in memory. A thread adds what was counted to the database every second and reads there what other
processes counted: no request waits for the tables. A request is refused by what the tables said last and what this
process counted since, so that several processes together let through at most a second's worth more.

The rate is the usual approximation of a sliding window: the requests of this minute, and of the minute before as much
as is still within the last sixty seconds.
"""

import hmac
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from api.accounts.api_keys import note_uses
from api.accounts.throttle import network_of
from api.core.chunks import in_chunks
from api.core.errors import TooManyError
from api.core.settings import RateSettings
from models.accounts import RequestCount
from models.base import table_of
from models.database import LockedError, writing

logger = logging.getLogger(__name__)

EVERY_S = 1.0
MINUTE_S = 60
# New counters a second; who comes beyond them is counted together. It bounds the memory and the table.
MOST_COUNTERS = 20_000
# Counters read at a time.
KEY, ACCOUNT, NETWORK = "key", "account", "network"

# Of a counter and a minute.
Slot = tuple[str, int]


@dataclass
class _Counts:
    """known: what the tables said last. fresh: what was counted here since."""

    known: dict[Slot, int]
    fresh: Counter[Slot]
    key_days: dict[str, date]


class RateLimits:
    """Counts requests and refuses those beyond the limits. now: the clock of the application."""

    def __init__(self, engine: Engine, key: bytes, options: RateSettings, clock: Callable[[], datetime]) -> None:
        self._engine, self._key, self._clock = engine, key, clock
        self._limits: Mapping[str, int] = {
            KEY: options.rate_per_key,
            ACCOUNT: options.rate_per_account,
            NETWORK: options.rate_per_network,
        }
        self._counts = _Counts({}, Counter(), {})
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._merge_often, name="rate limits", daemon=True)

    def start(self) -> None:
        """Begin to share counts with other processes."""
        self._thread.start()

    def stop(self) -> None:
        """Write what was counted, and stop."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self._merge_safely()

    def count(self, kind: str, name: str) -> None:
        """Count a request of a key, an account or a network. Raises TooManyError beyond the limit."""
        limit = self._limits[kind]
        if not limit:
            return
        seconds = self._clock().timestamp()
        minute = int(seconds // MINUTE_S)
        counter_id = hmac.digest(
            self._key, f"requests\x1f{kind}\x1f{name}".encode("utf-8", "surrogatepass"), "sha256"
        ).hex()
        with self._lock:
            slot = (counter_id, minute)
            if slot not in self._counts.fresh and len(self._counts.fresh) >= MOST_COUNTERS:
                slot = (f"others {kind}", minute)
            part_left = 1 - seconds % MINUTE_S / MINUTE_S
            if self._seen(slot) + part_left * self._seen((slot[0], minute - 1)) >= limit:
                wait_s = MINUTE_S - int(seconds % MINUTE_S)
                raise TooManyError("Trop de requêtes en une minute. Réessayez un peu plus tard.", retry_after_s=wait_s)
            self._counts.fresh[slot] += 1

    def count_network(self, address: str) -> None:
        """Count a request of a client's address. Raises TooManyError. This machine itself is no network."""
        network = network_of(address)
        # What is no address is a socket of this machine.
        if network.startswith(("127.", "::1/", "::/")) or not any(mark in network for mark in ".:"):
            return
        self.count(NETWORK, network)

    def note_key(self, key_id: str, day: date) -> None:
        """Note that a key was used on a day; it is written with the next counts."""
        with self._lock:
            self._counts.key_days[key_id] = day

    def merge(self) -> None:
        """Add what was counted to the tables, and read what others counted."""
        with self._lock:
            fresh, key_days = dict(self._counts.fresh), dict(self._counts.key_days)
        if not fresh and not key_days:
            return
        minute = int(self._clock().timestamp() // MINUTE_S)
        with writing(self._engine) as session:
            session.execute(delete(RequestCount).where(col(RequestCount.minute) < minute - 1))
            _add(session, {slot: count for slot, count in fresh.items() if slot[1] >= minute - 1})
            note_uses(session, key_days)
            read = _read(session, {slot[0] for slot in fresh}, minute - 1)
        with self._lock:
            kept = {slot: count for slot, count in self._counts.known.items() if slot[1] >= minute - 1}
            self._counts.known = kept | read
            self._counts.fresh.subtract(fresh)
            self._counts.fresh = +self._counts.fresh
            for key_id, day in key_days.items():
                if self._counts.key_days.get(key_id) == day:
                    del self._counts.key_days[key_id]

    def _seen(self, slot: Slot) -> int:
        return self._counts.known.get(slot, 0) + self._counts.fresh.get(slot, 0)

    def _merge_often(self) -> None:
        while not self._stopped.wait(EVERY_S):
            self._merge_safely()

    def _merge_safely(self) -> None:
        try:
            self.merge()
        except (LockedError, SQLAlchemyError):
            # Another process writes: what was counted is kept, and goes with the next.
            logger.warning("counts of requests could not be written; trying again")


def _read(session: Session, counter_ids: Set[str], since_minute: int) -> dict[Slot, int]:
    """Return what all processes counted for these counters: not for all, of which a flood makes very many."""
    known: dict[Slot, int] = {}
    for some_ids in in_chunks(sorted(counter_ids)):
        own_ids = col(RequestCount.id).in_(some_ids)
        # Both minutes by name: each row is then found by its key.
        minutes = col(RequestCount.minute).in_((since_minute, since_minute + 1))
        question = select(RequestCount).where(minutes, own_ids)
        known |= {(row.id, row.minute): row.requests for row in session.exec(question)}
    return known


def _add(session: Session, counts: Mapping[Slot, int]) -> None:
    if not counts:
        return
    table: Any = table_of(RequestCount)
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=[table.c.id, table.c.minute],
        set_={"requests": table.c.requests + statement.excluded.requests},
    )
    rows = [{"id": slot[0], "minute": slot[1], "requests": count} for slot, count in sorted(counts.items())]
    session.execute(statement, rows)
