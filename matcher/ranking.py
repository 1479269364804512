"""Order: the best unit of each candidate, then the best candidates; ties by id."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.types import FloatArray, IntArray


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
