"""Rough columns that follow an index from one state to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.retrieval.rough_columns import Exact, RoughColumns
from matcher.types import BoolArray, IntArray

Scalar = TypeVar("Scalar", bound=np.generic)

# So many rows may be without rough columns, or a hundredth of all; then columns are made anew.
FEW_FRESH, FRESH_SHARE = 64, 0.01


@dataclass(frozen=True)
class Retrieval:
    """Rough columns of an older state of an index, and which of its rows are which of today's.

    row_of: `(n,)`, the row of `columns` that each row still is, -1 where it changed since or came; None where all are
    what they were. A changed row costs no more than that: it has no rough columns, and is always compared exactly.
    """

    columns: RoughColumns
    row_of: IntArray | None = None

    @classmethod
    def build(cls, exact: Exact) -> Retrieval:
        return cls(RoughColumns.build(exact))

    def following(self, kept: BoolArray, kept_then: BoolArray) -> Retrieval | None:
        """Return the same for the next state of the index; None where too many rows changed.

        kept: rows of the next state that are as before, in the same order; kept_then: the same rows in this state.
        """
        rows = np.arange(len(kept_then)) if self.row_of is None else self.row_of
        row_of = np.full(len(kept), -1, np.int64)
        row_of[kept] = rows[kept_then]
        if np.count_nonzero(row_of < 0) > max(FEW_FRESH, FRESH_SHARE * len(row_of)):
            return None
        return Retrieval(self.columns, row_of)

    @property
    def fresh(self) -> IntArray:
        """The rows without rough columns."""
        return np.flatnonzero(self.row_of < 0) if self.row_of is not None else np.zeros(0, np.int64)

    def of_rows(self, values: NDArray[Scalar], fresh: Any) -> NDArray[Scalar]:
        """Return values of the rough columns' rows as values of today's rows `(n,)`; `fresh` where there are none."""
        if self.row_of is None:
            return values
        spread = values[self.row_of]
        spread[self.row_of < 0] = fresh
        return spread
