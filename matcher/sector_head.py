"""Which NAF classes a text speaks of, from its vector: a softmax that `api.build.sector_head` learned.

`resources/sector_head.npz`: weights learned from public labels and from titles of contracts (DECP, Sirene: Licence
Ouverte 2.0) for the encoder that the product is built with.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from matcher.embedding import GRID
from matcher.types import FloatArray

# Probability → affinity: p^FLATTENING, on a grid so that no last bit matters.
FLATTENING, DECIMALS = 1 / 3, 3
# What words are worth beside a code, at most.
WORDS_TRUST = 0.5


class SectorHead(NamedTuple):
    """A logit is scale · (steps · vector) / GRID + bias. steps: `(732, dim)` whole numbers; scale, bias: `(732,)`."""

    steps: FloatArray
    scale: FloatArray
    bias: FloatArray


def affinity_by_words(vector: FloatArray) -> FloatArray | None:
    """Return the affinity of each class to a text, `(732,)` in [0, 1]; None for a vector of another length.

    vector: `(dim,)` whole numbers, on the grid of `matcher.embedding`. Words are less sure than a code, and the less so
    the less they point at one class: a long message speaks of several things.
    """
    shares = probabilities(vector[None, :])
    if shares is None:
        return None
    suits: FloatArray = np.round(WORDS_TRUST * shares[0].max() * suitability(shares[0]), DECIMALS).astype(np.float32)
    return suits


def suitability(probability: FloatArray) -> FloatArray:
    """Return probabilities of classes as affinities in [0, 1], on a grid."""
    suits: FloatArray = np.round(np.asarray(probability) ** FLATTENING, DECIMALS)
    return suits


def probabilities(vectors: FloatArray) -> FloatArray | None:
    """Return the probability of each class `(n, 732)` of texts' vectors `(n, dim)`; None where dim is another."""
    head = _head()
    if vectors.shape[1] != head.steps.shape[1]:
        return None
    # Whole numbers: the sum is exact in any order. Rounding hides the last bits of exp.
    # A product a text: for a few at once BLAS wakes threads, which then wait for more, busy, for ten milliseconds.
    sums = np.array([head.steps @ row for row in vectors.astype(np.float64)]).reshape(len(vectors), len(head.steps))
    logits = sums * head.scale / GRID + head.bias
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: FloatArray = np.round(odds / odds.sum(axis=1, keepdims=True), 6)
    return shares


@cache
def _head() -> SectorHead:
    with files("matcher.resources").joinpath("sector_head.npz").open("rb") as file, np.load(file) as arrays:
        return SectorHead(*(arrays[name].astype(np.float64) for name in SectorHead._fields))
