"""Sparse rows by column: only the columns of a question are read (inverted lists)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matcher.types import FloatArray, IntArray


@dataclass(frozen=True)
class Postings:
    """Rows and their values, column after column. starts: `(width + 1,)`; rows, values: `(n_entries,)`."""

    starts: IntArray
    rows: NDArray[np.int32]
    values: FloatArray
    count: int

    @classmethod
    def build(cls, matrix: sparse.csr_matrix) -> Postings:
        by_column = matrix.tocsc()
        return cls(by_column.indptr.astype(np.int64), by_column.indices, by_column.data, matrix.shape[0])

    def products(self, question: sparse.csr_matrix) -> FloatArray:
        """Return the products `(count,)` of all rows with a single row, up to rounding."""
        total = np.zeros(self.count, np.float32)
        for column, weight in zip(question.indices.tolist(), question.data, strict=True):
            own = slice(int(self.starts[column]), int(self.starts[column + 1]))
            total[self.rows[own]] += weight * self.values[own]
        return total
