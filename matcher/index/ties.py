"""Who carries whom among the actors of an index, in arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matcher.types import Actor, IntArray, StrArray


@dataclass(frozen=True)
class Ties:
    """One row for each member of each actor that has members, by carrier, then by the member's id.

    carriers, members: `(n_ties,)`, positions among the actors; -1: that member is not there. member_ids: same shape.
    """

    carriers: IntArray
    members: IntArray
    member_ids: StrArray

    @classmethod
    def build(cls, carriers: IntArray, actors: Iterable[Actor]) -> Ties:
        """List the members of carriers by their positions, ascending; `members` are still to be found."""
        own = [sorted(member.id for member in actor.members) for actor in actors]
        ids = np.array([member_id for each in own for member_id in each], np.str_)
        return cls(np.repeat(carriers, [len(each) for each in own]).astype(np.int64), np.full(len(ids), -1), ids)

    @classmethod
    def joined(cls, *parts: Ties) -> Ties:
        """Put tables together; no two have ties of one carrier."""
        together = cls(
            np.concatenate([each.carriers for each in parts]),
            np.concatenate([each.members for each in parts]),
            np.concatenate([each.member_ids for each in parts]),
        )
        return together.of_rows(np.argsort(together.carriers, kind="stable"))

    def of_rows(self, rows: IntArray) -> Ties:
        """Return some rows `(n,)`, in their order."""
        return Ties(self.carriers[rows], self.members[rows], self.member_ids[rows])

    def families(self, count: int) -> IntArray:
        """Return which family `(count,)` each actor is of, over any number of steps; -1 alone."""
        # With it come the solvers of linear systems, which nothing else needs.
        from scipy.sparse import csgraph

        listed = self.members >= 0
        carriers, members = self.carriers[listed], self.members[listed]
        tied = np.zeros(count, np.bool_)
        tied[carriers] = tied[members] = True
        numbers = np.cumsum(tied) - 1
        shape = (int(np.count_nonzero(tied)),) * 2
        ties = sparse.coo_matrix((np.ones(len(carriers), np.bool_), (numbers[carriers], numbers[members])), shape=shape)
        families = np.full(count, -1, np.int64)
        families[tied] = csgraph.connected_components(ties, directed=False)[1]
        return families

    def of_carriers(self, carriers: IntArray) -> list[list[str]]:
        """Return the ids of the members of each of some actors, by their positions."""
        starts, stops = self.carriers.searchsorted(carriers), self.carriers.searchsorted(carriers, "right")
        spans = zip(starts.tolist(), stops.tolist(), strict=True)
        return [self.member_ids[start:stop].tolist() for start, stop in spans]

    def places(self) -> IntArray:
        """Return which of its carrier's members, from 0, each row is of `(n_ties,)`."""
        firsts = np.flatnonzero(np.diff(self.carriers, prepend=-1))
        return np.arange(len(self.carriers)) - np.repeat(firsts, np.diff(firsts, append=len(self.carriers)))


class MembersByCarrier(Mapping[int, frozenset[int]]):
    """The positions of the members of each carrier of which one is there, by its position."""

    def __init__(self, ties: Ties) -> None:
        listed = ties.of_rows(np.flatnonzero(ties.members >= 0))
        self._members = listed.members
        self._carriers, self._starts = np.unique(listed.carriers, return_index=True)

    def __getitem__(self, carrier: int) -> frozenset[int]:
        place = int(self._carriers.searchsorted(carrier))
        if place == len(self._carriers) or self._carriers[place] != carrier:
            raise KeyError(carrier)
        stop = self._starts[place + 1] if place + 1 < len(self._starts) else None
        return frozenset(self._members[self._starts[place] : stop].tolist())

    def __iter__(self) -> Iterator[int]:
        return iter(self._carriers.tolist())

    def __len__(self) -> int:
        return len(self._carriers)
