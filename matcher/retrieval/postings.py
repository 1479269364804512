"""Sparse rows by column: only the columns of a question are read (inverted lists)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matcher.types import FloatArray


@dataclass(frozen=True)
class Postings:
    """The same rows, stored column after column: `(n, width)`."""

    columns: sparse.csc_matrix

    @classmethod
    def build(cls, matrix: sparse.csr_matrix) -> Postings:
        return cls(matrix.tocsc())

    def products(self, question: sparse.csr_matrix) -> FloatArray:
        """Return the products `(n,)` of all rows with a single row, up to rounding."""
        products: FloatArray = self.columns[:, question.indices] @ question.data
        return products.astype(np.float32, copy=False)
