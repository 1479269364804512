"""Sparse rows by column: only the columns of a question are read (inverted lists)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matcher.types import FloatArray


@dataclass(frozen=True)
class Postings:
    """The same rows, whose values are 0 or above, stored column after column: `(n, width)`.

    highest: `(width,)`, each column's highest value.
    """

    columns: sparse.csc_matrix
    highest: FloatArray

    @classmethod
    def build(cls, matrix: sparse.csr_matrix) -> Postings:
        columns = matrix.tocsc()
        highest = np.zeros(columns.shape[1], np.float32)
        used = np.diff(columns.indptr) > 0
        if used.any():
            highest[used] = np.maximum.reduceat(columns.data, columns.indptr[:-1][used])
        return cls(columns, highest)

    def products(self, question: sparse.csr_matrix, spare: float) -> tuple[FloatArray, float]:
        """Return upper bounds of the products `(n,)` of all rows with a single row of values above 0, and their width.

        Up to rounding, each product lies within the width, at most `spare`, below its bound. The longest columns, which
        say the least, are not read as long as all that they can add is no more (MaxScore: Turtle & Flood 1995).
        """
        starts = self.columns.indptr
        adds = question.data * self.highest[question.indices]
        longest = np.argsort(starts[question.indices] - starts[question.indices + 1], kind="stable")
        left = np.cumsum(adds[longest], dtype=np.float64)
        unread = int(np.searchsorted(left, spare, "right"))
        width = float(left[unread - 1]) if unread else 0.0
        read = longest[unread:]
        products: FloatArray = self.columns[:, question.indices[read]] @ question.data[read]
        return products.astype(np.float32, copy=False) + np.float32(width), width
