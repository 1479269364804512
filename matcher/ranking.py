"""Order: the best unit of each candidate, then the best candidates, diversified over trades; ties by id."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.types import FloatArray, IntArray

# The n-th actor of one trade in a list is placed as if its odds were divided by n to this power. Where one trade
# clearly fits, the order hardly moves; where several might, each is seen among the first (docs/quality.md).
DIVERSITY_EXPONENT = 0.8


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


def one_place_each(best: IntArray, places: Sequence[str]) -> IntArray:
    """Return the rows `best` (best first) without those whose place a better one takes.

    places: whom each row is about. A network proposed through a member and that member fill one place.
    """
    first: dict[str, int] = {}
    for row, place in zip(best.tolist(), places, strict=True):
        first.setdefault(place, row)
    return np.array(list(first.values()), np.int64)


def diversify(
    best: IntArray, logits: FloatArray, trades: IntArray, k: int, exponent: float = DIVERSITY_EXPONENT
) -> list[int]:
    """Return the first k of `best` (rows, best first) in an order that spreads them over trades.

    logits, trades: `(n_units,)`. Each pick takes the highest logit − exponent · ln(1 + n), n the picks already made of
    that trade; trade -1 is unknown and never penalised. A shorter list is a prefix of a longer one. Scores stay as they
    are. Greedy diversification by aspects with a logarithmic gain (Santos et al. 2010, xQuAD).
    """
    queues: dict[int, list[int]] = {}
    for place, trade in enumerate(trades[best].tolist()):
        queues.setdefault(trade if trade >= 0 else -1 - place, []).append(place)

    def head(trade: int, taken: int) -> tuple[float, int, int, int]:
        place = queues[trade][taken]
        return (exponent * math.log1p(taken) - float(logits[best[place]]), place, trade, taken)

    heads = [head(trade, 0) for trade in queues]
    heapq.heapify(heads)
    chosen: list[int] = []
    while heads and len(chosen) < k:
        _, place, trade, taken = heapq.heappop(heads)
        chosen.append(int(best[place]))
        if taken + 1 < len(queues[trade]):
            heapq.heappush(heads, head(trade, taken + 1))
    return chosen
