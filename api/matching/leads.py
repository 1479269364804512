"""How many leads an opportunity has: actors whose score in its ranking is « bonne piste » or better."""

import time
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
# Between two counts that nobody waits for: requests that come meanwhile go first.
PAUSE_S = 0.05


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

    def __init__(self, most_pairs: int = MOST_PAIRS, pause_s: float = PAUSE_S) -> None:
        self._most_pairs, self._pause_s = most_pairs, pause_s
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

        Where much is to be counted, on a large desk, it is counted aside, soon after: until then a facilitator is given
        the count of a moment ago, and what never was counted is left out.
        """
        stamp = self._stamp_of(snapshot, today)
        keys = {row.id: (row.id, audience.confidential) for row in rows}
        bases = {
            row.id: _Basis(tuple(snapshot.opportunities.opportunities[place] for place in row.positions), stamp)
            for row in rows
        }
        stale = [row for row in rows if not self._is_current(keys[row.id], bases[row.id])]
        former = {row.id: self._kept[keys[row.id]][1] for row in rows if keys[row.id] in self._kept}
        if sum(len(row.positions) for row in stale) * len(snapshot.actors) <= self._most_pairs:
            return former | {row.id: self._count(keys[row.id], bases[row.id], snapshot, row, today) for row in stale}
        for row in stale:
            self._count_aside(keys[row.id], bases[row.id], snapshot, row, today)
        late = set() if audience.confidential else {row.id for row in stale}
        return {row_id: count for row_id, count in former.items() if row_id not in late}

    def _is_current(self, key: _Key, basis: _Basis) -> bool:
        kept = self._kept.get(key)
        return kept is not None and kept[0].is_as(basis)

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
        time.sleep(self._pause_s)

    def _count(self, key: _Key, basis: _Basis, snapshot: Snapshot, row: OpenOpportunity, today: date) -> int:
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
        return len(leads)
