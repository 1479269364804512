"""Order: the best unit of each candidate, then the best candidates by score; ties by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.types import FloatArray, IntArray

# Owner that keeps its place → owners that share it, best first.
SharedPlaces: TypeAlias = Mapping[int, tuple[int, ...]]


def best_units(logits: FloatArray, eligible: NDArray[np.bool_], owner: IntArray) -> IntArray:
    """Return the row of the best eligible unit of each owner that has one, best owner first.

    logits, eligible, owner: `(n_rows,)`. Owners are numbered in the order of their ids; rows come by role, then by
    unit: an owner's own unit comes before those of its members, which come by id. Ties go to the lower row.
    """
    rows = np.flatnonzero(eligible)
    order = rows[np.lexsort((rows, owner[rows], -logits[rows]))]
    _, first = np.unique(owner[order], return_index=True)
    best: IntArray = order[np.sort(first)]
    return best


def one_place(
    best: IntArray, owner: IntArray, via: Mapping[int, int], members: Mapping[int, frozenset[int]]
) -> tuple[IntArray, SharedPlaces]:
    """Return the rows of a list in which a network and its member fill one place, and who shares a place with whom.

    best: rows, best first. owner: `(n_units,)`. via: row → owner number of the member that it is compared through; an
    owner's own unit is left out. members: owner → its members, for those that carry any.

    A network shares the place of the member that it is listed through, and of every member where it is listed by what
    it says of itself; the one that scores higher stays. A network listed through one member leaves the others theirs.
    """
    if not members:
        return best, {}
    carriers: dict[int, list[int]] = {}
    for network, own_members in members.items():
        for member in own_members:
            carriers.setdefault(member, []).append(network)
    kept: dict[int, int] = {}  # owner → its row, best first
    shared: dict[int, list[int]] = {}

    def relatives(row: int) -> Iterator[int]:
        candidate = int(owner[row])
        for network in carriers.get(candidate, ()):
            if network in kept and via.get(kept[network], candidate) == candidate:
                yield network
        for member in members.get(candidate, ()):
            if member in kept and via.get(row, member) == member:
                yield member

    places = {candidate: place for place, candidate in enumerate(owner[best].tolist())}
    tied = np.array([*members, *carriers], np.int64)
    dropped: set[int] = set()
    for row in best[np.isin(owner[best], tied)].tolist():
        keeper = min(relatives(row), key=lambda candidate: places[candidate], default=None)
        if keeper is None:
            kept[int(owner[row])] = row
        else:
            dropped.add(row)
            shared.setdefault(keeper, []).append(int(owner[row]))
    rows = best[~np.isin(best, list(dropped))] if dropped else best
    return rows, {candidate: tuple(sharers) for candidate, sharers in shared.items()}
