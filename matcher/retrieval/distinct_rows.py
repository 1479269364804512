"""Rows that many share, kept once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.types import IntArray

_MIXER = 0x9E3779B97F4A7C15


def distinct_rows(columns: NDArray[Any]) -> tuple[IntArray, IntArray]:
    """Return where each distinct row of `(n, m)` first stands, and for each row which distinct one it is `(n,)`.

    Rows are compared by their bits, so that two NaN are alike.
    """
    rows = np.ascontiguousarray(columns)
    if not rows.size:
        return np.arange(min(len(rows), 1)), np.zeros(len(rows), np.int64)
    octets = rows.view(np.uint8).reshape(len(rows), -1)
    words = np.ascontiguousarray(np.pad(octets, ((0, 0), (0, -octets.shape[1] % 8)))).view(np.uint64)
    keys = np.zeros(len(rows), np.uint64)
    for column in words.T:
        keys = (keys ^ column) * np.uint64(_MIXER)
        keys ^= keys >> np.uint64(29)
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    if not np.array_equal(words[first][which], words):
        # Two rows share a key, once in 10^9 tables: then none is shared.
        return np.arange(len(rows)), np.arange(len(rows))
    return first.astype(np.int64), which.astype(np.int64)
