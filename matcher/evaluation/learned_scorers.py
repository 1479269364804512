"""Scorers learned from past winners: the protocol, and the data that they learn from.

Each scorer is additive: its contributions are its explanation. Nothing served loads them: scikit-learn is a tool of
measurement (optional dependency `evaluate`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from matcher.types import BoolArray, FloatArray, IntArray


class Scorer(Protocol):
    """A score in logits: `baseline` plus the sum of contributions."""

    @property
    def baseline(self) -> float: ...

    def contributions(self, features: FloatArray) -> FloatArray:
        """Return each feature's part `(n, n_features)` for features `(n, n_features)`, NaN unknown."""

    def score(self, features: FloatArray) -> FloatArray:
        """Return the logits `(n,)`, rounded so that noise in the last bits never orders two candidates."""


@dataclass(frozen=True)
class Choices:
    """Winners and losers of queries, a row per candidate.

    features: `(n, n_features)`, NaN unknown. won: `(n,)`. query: `(n,)`, ascending numbers.
    stands_for: `(n,)`, how many candidates of its query a row represents: the inverse of its sampling probability, so
    that sums over rows estimate sums over all candidates (McFadden 1978).
    """

    features: FloatArray
    won: BoolArray
    query: IntArray
    stands_for: FloatArray


# Name of a setting → how a scorer is learned with it. The most cautious setting first: it wins ties.
Learner: TypeAlias = Mapping[str, Callable[[Choices], Scorer]]
