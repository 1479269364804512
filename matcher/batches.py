"""Cosines of many questions at once: one matrix product, of which each comparison then reads its rows.

Vectors lie on a grid (`matcher.embedding`), so that the products are exact: the bits are those of a product apiece.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from matcher.columns import PhraseTable
from matcher.embedding import GRID
from matcher.types import FloatArray, IntArray


@dataclass(frozen=True)
class BatchedPhrases(PhraseTable):
    """A phrase table with its products with the phrases of a batch of questions.

    batch: text of a question → its row of `products` `(n_batch_texts, n_texts)`. Other texts are compared apiece.
    """

    batch: Mapping[str, int]
    products: FloatArray

    @classmethod
    def of(cls, table: PhraseTable, questions: Iterable[PhraseTable]) -> BatchedPhrases:
        """Compare a table with the phrases of all questions, each text once."""
        batch: dict[str, int] = {}
        rows: list[FloatArray] = []
        for question in questions:
            for phrase, text in zip(question.phrases, question.text_of.tolist(), strict=True):
                if phrase.text not in batch:
                    batch[phrase.text] = len(rows)
                    rows.append(question.vectors[text])
        vectors = np.stack(rows) if rows else table.vectors[:0]
        return cls(
            table.vectors,
            table.text_of,
            table.starts,
            table.phrases,
            table.silent,
            batch,
            vectors @ table.vectors.T,
        )

    def best(self, other: PhraseTable) -> FloatArray:
        """Return what `PhraseTable.best` does."""
        if (highest := self._highest(other)) is None:
            return super().best(other)
        best: FloatArray = np.maximum.reduceat(highest, self.starts)
        return np.where(self.silent | other.silent, np.float32(np.nan), best)

    def best_leading(self, other: PhraseTable, leading: IntArray) -> FloatArray:
        """Return what `PhraseTable.best_leading` does."""
        if (highest := self._highest(other)) is None:
            return super().best_leading(other, leading)
        lengths = np.diff(self._bounds())
        place = np.arange(len(self.text_of)) - np.repeat(self.starts, lengths)
        counted = np.where(place < np.repeat(leading, lengths), highest, np.float32(-1))
        best: FloatArray = np.maximum.reduceat(counted, self.starts)
        return np.where((leading == 0) | other.silent, np.float32(np.nan), best)

    def _highest(self, other: PhraseTable) -> FloatArray | None:
        """Return each phrase's highest cosine `(n_phrases,)` with those of a question; None if it is in no batch."""
        rows = [self.batch.get(phrase.text, -1) for phrase in other.phrases]
        if min(rows, default=-1) < 0:
            return None
        # The greatest product divided is the greatest cosine: dividing by one number keeps the order, rounded or not.
        highest: FloatArray = self.products[rows].max(axis=0) / np.float32(GRID * GRID)
        return highest[self.text_of]
