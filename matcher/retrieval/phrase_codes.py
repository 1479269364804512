"""Phrase vectors in eight bits a value, and how far a cosine of them may be from the exact one.

A vector v, in whole steps of the grid, is s·c + e: c whole numbers within ±127, s its own scale, e what is left. For a
question's vector q, v·q = s·(c·q) + e·q, and |e·q| ≤ ‖e‖·‖q‖. Each entry of q is 64·h + l with h and l in one byte, so
that c·q = 64·(c·h) + c·l is exact: what the bound pays for is the rounding of v alone, about .01 of a cosine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.embedding import GRID
from matcher.retrieval.integer_product import ZERO_CODE, integer_products
from matcher.threads import each
from matcher.types import FloatArray, IntArray

LARGEST_CODE = 127
BASE = 64
# Texts that are compared at once: their products stay in the processor's cache.
BLOCK = 16384
# Where they are first brought together: they stay there with their products.
GATHERED = 2048
# More than float32 loses in what is made of exact products.
ROUNDING = 1e-5


@dataclass(frozen=True)
class PhraseCodes:
    """codes: `(n_texts, dim)`, c + 128. scale, error: `(n_texts,)` float32, s and ‖e‖ in steps of the grid."""

    codes: NDArray[np.uint8]
    scale: FloatArray
    error: FloatArray

    @classmethod
    def build(cls, vectors: FloatArray) -> PhraseCodes:
        """vectors: `(n_texts, dim)` rows on the grid of `matcher.embedding`. Each row is coded by itself."""
        codes = np.empty(vectors.shape, np.uint8)
        scale, error = (np.empty(len(vectors), np.float32) for _ in range(2))
        for start in range(0, len(vectors), BLOCK):
            rows, block = vectors[start : start + BLOCK], slice(start, start + BLOCK)
            scale[block] = np.maximum(np.abs(rows).max(axis=1), 1) / np.float32(LARGEST_CODE)
            nearest = np.rint(rows / scale[block, None])
            codes[block] = nearest + np.float32(ZERO_CODE)
            error[block] = np.linalg.norm(rows - nearest * scale[block, None], axis=1)
        return cls(codes, scale, error)

    def highest(self, question: FloatArray, texts: IntArray | None = None) -> tuple[FloatArray, float]:
        """Return an upper bound of each text's highest cosine `(n_texts,)` to rows `(m, dim)` on the grid; and a width.

        The exact value lies within the width below the bound. An empty table has no width. texts: only those of these
        rows, in their order.
        """
        high = np.rint(question / np.float32(BASE))
        digits = np.ascontiguousarray(np.concatenate([high, question - BASE * high]).T.astype(np.int8))
        longest = np.float32(np.linalg.norm(question, axis=1).max(initial=0))
        upper = np.empty(len(self.codes) if texts is None else len(texts), np.float32)
        size = BLOCK if texts is None else GATHERED

        def bound(start: int) -> None:
            here = slice(start, start + size)
            block = here if texts is None else texts[here]
            products = integer_products(self.codes[block], digits)
            # By question, not by text: each step then runs over numbers that lie side by side.
            values = np.empty(products.shape[::-1], np.float32)
            values[:] = products.T
            dots, low = values[: len(question)], values[len(question) :]
            dots *= np.float32(BASE)
            dots += low
            best = np.maximum.reduce(dots, axis=0)
            best *= self.scale[block]
            best += self.error[block] * longest
            best *= np.float32(1 / (GRID * GRID))
            np.add(best, np.float32(ROUNDING), out=upper[here])

        each(bound, range(0, len(upper), size))
        width = 2 * float(self.error.max(initial=0)) * float(longest) / (GRID * GRID) + 2 * ROUNDING
        return upper, width
