"""Where texts stand in a table, found by their hashes: the texts themselves need not be at hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.types import IntArray


class TextRows(NamedTuple):
    """Texts by hashes of 128 bits. keys, checks: `(n_texts,)`, their halves, by `keys`. rows: of each, its row."""

    keys: NDArray[np.uint64]
    checks: NDArray[np.uint64]
    rows: IntArray

    @classmethod
    def build(cls, texts: Sequence[str]) -> TextRows:
        """texts: different ones, in the order of their rows."""
        halves = np.frombuffer(b"".join(map(_hash, texts)), "<u8").reshape(len(texts), 2)
        rows = np.argsort(halves[:, 0], kind="stable")
        return cls(halves[rows, 0].copy(), halves[rows, 1].copy(), rows)

    def find(self, text: str) -> int | None:
        """Return the row of a text, None where it is not there."""
        key, check = np.frombuffer(_hash(text), "<u8")
        for place in range(int(self.keys.searchsorted(key)), len(self.keys)):
            if self.keys[place] != key:
                break
            if self.checks[place] == check:
                return int(self.rows[place])
        return None


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
