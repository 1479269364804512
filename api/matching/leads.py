"""How many leads an opportunity has: actors whose score in its ranking is « bonne piste » or better."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import TypeAlias

from api.accounts.audience import Audience
from api.matching.open_opportunities import OpenOpportunity
from api.matching.snapshot import Snapshot
from matcher.index import ActorIndex
from matcher.matching import Matcher
from matcher.sections import FLOORS, Section
from matcher.types import Opportunity

# Pairs of a lot and an actor that a request compares itself: more would be felt. Small desks stay below.
MOST_PAIRS = 20_000


@dataclass(frozen=True)
class _Basis:
    """What a count was made of: the lots, and the number of the actors, weights and day."""

    parts: tuple[Opportunity, ...]
    stamp: int

    def is_as(self, other: "_Basis") -> bool:
        """Return whether the other is of the very same rows."""
        return (
            self.stamp == other.stamp
            and len(self.parts) == len(other.parts)
            and all(part is same for part, same in zip(self.parts, other.parts, strict=True))
        )


# The id of an opportunity, and whether what is confidential is counted too.
_Key: TypeAlias = tuple[str, bool]


class LeadCounts:
    """Counts the leads of opportunities, keeps the counts, and brings them up to date aside; threads may share it."""

    def __init__(self, most_pairs: int = MOST_PAIRS) -> None:
        self._most_pairs = most_pairs
        self._lock = Lock()
        # Former actors are not kept: their counts only need to know that others came.
        self._newest: tuple[ActorIndex, Matcher, date] | None = None
        self._stamp = 0
        self._kept: dict[_Key, tuple[_Basis, int]] = {}
        self._awaited: dict[_Key, _Basis] = {}
        self._thread = ThreadPoolExecutor(1, "lead-counter")

    def close(self) -> None:
        """Count nothing more, and wait until nothing is."""
        self._thread.shutdown(cancel_futures=True)

    def drain(self) -> None:
        """Wait until all that was to be counted aside is."""
        self._thread.submit(lambda: None).result()

    def counted(
        self, snapshot: Snapshot, rows: Sequence[OpenOpportunity], audience: Audience, today: date
    ) -> dict[str, int]:
        """Return the counts of opportunities by their ids, of actors that the reader may see.

        Of a large desk only the first few are counted at once. The others are counted aside, soon after: until then
        a facilitator is given the count of a moment ago, and what never was counted is left out.
        """
        stamp, pairs_left, counts = self._stamp_of(snapshot, today), self._most_pairs, {}
        for row in rows:
            key = (row.id, audience.confidential)
            parts = tuple(snapshot.opportunities.opportunities[position] for position in row.positions)
            basis = _Basis(parts, stamp)
            kept = self._kept.get(key)
            is_current = kept is not None and kept[0].is_as(basis)
            if not is_current and pairs_left > 0:
                pairs_left -= len(parts) * len(snapshot.actors)
                self._count(key, basis, snapshot, row, today)
                kept, is_current = self._kept[key], True
            if not is_current:
                self._count_aside(key, basis, snapshot, row, today)
            if kept is not None and (is_current or audience.confidential):
                counts[row.id] = kept[1]
        return counts

    def _stamp_of(self, snapshot: Snapshot, today: date) -> int:
        """Return the number of a state of actors, weights and day; another state than the last has another number."""
        state = (snapshot.actors, snapshot.matcher, today)
        with self._lock:
            if self._newest is None or self._newest[0] is not state[0] or self._newest[1:] != state[1:]:
                self._newest, self._stamp = state, self._stamp + 1
            return self._stamp

    def _count_aside(self, key: _Key, basis: _Basis, snapshot: Snapshot, row: OpenOpportunity, today: date) -> None:
        with self._lock:
            awaited = self._awaited.get(key)
            if awaited is not None and awaited.is_as(basis):
                return
            self._awaited[key] = basis
        self._thread.submit(self._count_awaited, key, basis, snapshot, row, today)

    def _count_awaited(self, key: _Key, basis: _Basis, snapshot: Snapshot, row: OpenOpportunity, today: date) -> None:
        with self._lock:
            if self._awaited.get(key) is not basis:
                return  # a newer one is counted instead
        try:
            self._count(key, basis, snapshot, row, today)
        finally:
            with self._lock:
                if self._awaited.get(key) is basis:
                    del self._awaited[key]

    def _count(self, key: _Key, basis: _Basis, snapshot: Snapshot, row: OpenOpportunity, today: date) -> None:
        leads: set[str] = set()
        for position in row.positions:
            leads |= snapshot.matcher.actors_above(
                snapshot.opportunities.row(position),
                snapshot.actors,
                today=today,
                least=FLOORS[Section.GOOD_LEAD],
                among=None if key[1] else snapshot.public_actors,
            )
        with self._lock:
            self._kept[key] = (basis, len(leads))
