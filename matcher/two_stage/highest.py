"""The highest of many values."""

from __future__ import annotations

import numpy as np

from matcher.types import BoolArray, FloatArray

# Neighbours of which the highest is found first.
BLOCK = 256
# Fewer of them where more than a few are asked for: this by how many, not by how many there are in all.
MANY = 1 << 15


def first_of(values: FloatArray, count: int) -> BoolArray:
    """Return the highest `count` values above -inf as a mask `(n,)`; of equal ones the first."""
    if count <= 0 or not len(values):
        return np.zeros(len(values), np.bool_)
    # So many blocks have a value that is at least the `count`-th highest of the blocks' highest ones.
    size = max(1, min(BLOCK, MANY // count))
    highest = np.maximum.reduceat(values, np.arange(0, len(values), size))
    least = np.partition(highest, -count)[-count] if count <= len(highest) else np.float32(-np.inf)
    first: BoolArray = values > least
    above = int(np.count_nonzero(first))
    if above > count:
        least = np.partition(values[first], above - count)[above - count]
        first = values > least
        above = int(np.count_nonzero(first))
    if least > -np.inf:
        first[np.flatnonzero(values == least)[: count - above]] = True
    return first
