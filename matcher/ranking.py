"""Order: the best unit of each candidate, then the best candidates, trades taking turns; ties by id."""

from __future__ import annotations

import heapq
import math

import numpy as np
from numpy.typing import NDArray

from matcher.types import FloatArray, IntArray

# The n-th actor of one trade in a list counts as if its odds were divided by n to this power: where the trade is sure,
# the order hardly moves; where several trades might do, each is seen among the first (docs/quality.md).
VARIETY = 0.8


def best_units(logits: FloatArray, eligible: NDArray[np.bool_], owner: IntArray) -> IntArray:
    """Return, for each owner that has an eligible unit, the row of its best one, best owner first.

    Arrays are `(n_units,)`. Owners are numbered in the order of their ids, units of one owner from its own to its
    members by id: that breaks ties.
    """
    rows = np.flatnonzero(eligible)
    order = rows[np.lexsort((rows, owner[rows], -logits[rows]))]
    _, first = np.unique(owner[order], return_index=True)
    best: IntArray = order[np.sort(first)]
    return best


def take_turns(best: IntArray, logits: FloatArray, trades: IntArray, k: int, variety: float = VARIETY) -> list[int]:
    """Return the first k of `best` (rows, best first), each trade losing a little with each of its actors taken.

    logits, trades: `(n_units,)`; trade -1 is unknown and never penalised. The first k of a longer list are the shorter
    list. Scores are not changed, only the order. It is the greedy form of diversification by aspects (Santos et al.
    2010, xQuAD) with a logarithmic gain.
    """
    queues: dict[int, list[int]] = {}
    for place, trade in enumerate(trades[best].tolist()):
        queues.setdefault(trade if trade >= 0 else -1 - place, []).append(place)

    def head(trade: int, taken: int) -> tuple[float, int, int, int]:
        place = queues[trade][taken]
        return (variety * math.log1p(taken) - float(logits[best[place]]), place, trade, taken)

    heads = [head(trade, 0) for trade in queues]
    heapq.heapify(heads)
    chosen: list[int] = []
    while heads and len(chosen) < k:
        _, place, trade, taken = heapq.heappop(heads)
        chosen.append(int(best[place]))
        if taken + 1 < len(queues[trade]):
            heapq.heappush(heads, head(trade, taken + 1))
    return chosen
