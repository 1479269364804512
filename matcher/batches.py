"""Cosines of many questions at once: one matrix product, of which each comparison then reads its rows.

Vectors lie on a grid (`matcher.embedding`), so that the products are exact: the bits are those of a product apiece.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from matcher.columns import PhraseTable
from matcher.embedding import GRID
from matcher.types import FloatArray


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

    def highest(self, other: PhraseTable) -> FloatArray:
        """Return what `PhraseTable.highest` does."""
        rows = [self.batch.get(phrase.text, -1) for phrase in other.phrases]
        if min(rows, default=-1) < 0:
            return super().highest(other)
        highest: FloatArray = self.products[rows].max(axis=0) / np.float32(GRID * GRID)
        return highest[self.text_of]
