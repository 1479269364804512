"""One score: the logistic function of a weighted sum of features."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from matcher.features import FEATURES
from matcher.types import FloatArray, OpportunityKind, StrArray


@dataclass(frozen=True)
class Weights:
    """A bias, a weight per feature, and the neutral value that replaces an unknown feature.

    Raises ValueError unless both mappings name exactly FEATURES.
    """

    bias: float
    values: Mapping[str, float]
    neutral: Mapping[str, float]

    def __post_init__(self) -> None:
        for mapping in (self.values, self.neutral):
            if set(mapping) != set(FEATURES):
                raise ValueError(f"weights must name exactly these features: {', '.join(FEATURES)}")

    @property
    def revision(self) -> str:
        """Short hash of the content: equal weights have the same name everywhere."""
        content = json.dumps([self.bias, dict(self.values), dict(self.neutral)], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]


# Each kind of opportunity has its own weights.
WeightsByKind: TypeAlias = Mapping[OpportunityKind, Weights]

# Weights before any rating, in units of logit; docs/prior.md justifies each line.
PRIOR = Weights(
    bias=-9.75,
    values={
        "semantic": 5.0,
        "words": 4.0,
        "spelling": 2.5,
        "sector": 2.0,
        "nearness": 2.0,
        "capacity": 1.0,
        "seeking": 2.0,
        "freshness": 0.5,
    },
    neutral={
        "semantic": 0.15,
        "words": 0.0,
        "spelling": 0.05,
        "sector": 0.1,
        "nearness": 0.4,
        "capacity": 0.8,
        "seeking": 0.75,
        "freshness": 0.5,
    },
)


def contributions(features: FloatArray, weights: Weights) -> FloatArray:
    """Return each feature's part of the logit `(n, n_features)`: weight × value, the neutral value where NaN."""
    values = np.array([weights.values[name] for name in FEATURES], dtype=np.float64)
    return impute_neutral(features, weights) * values


def impute_neutral(features: FloatArray, weights: Weights) -> FloatArray:
    """Return features `(n, n_features)`, NaN replaced by the neutral value."""
    neutral = np.array([weights.neutral[name] for name in FEATURES], dtype=np.float64)
    return np.where(np.isnan(features), neutral, features)


def logits(parts: FloatArray, weights: Weights) -> FloatArray:
    """Return the logits `(n,)` of contributions, rounded so that noise in the last bits never orders two candidates."""
    # cumsum adds in the order of the columns, row by row: the same bits whatever the number of rows.
    total: FloatArray = np.cumsum(parts, axis=1)[:, -1]
    return np.round(weights.bias + total, 9)


def same_for_all_kinds(weights: Weights) -> WeightsByKind:
    """Return the same weights for every kind of opportunity."""
    return dict.fromkeys(OpportunityKind, weights)


def without(weights: WeightsByKind, feature: str) -> WeightsByKind:
    """Return the same weights, that of one feature set to 0."""
    return {kind: replace(own, values={**own.values, feature: 0.0}) for kind, own in weights.items()}


def revision(weights: WeightsByKind) -> str:
    """Return a short hash of the weights of all kinds; the common revision where all kinds have the same weights."""
    names = [weights[kind].revision for kind in OpportunityKind]
    return names[0] if len(set(names)) == 1 else hashlib.sha256(" ".join(names).encode()).hexdigest()[:12]


def score_pairs(features: FloatArray, kinds: StrArray, weights: WeightsByKind) -> tuple[FloatArray, FloatArray]:
    """Return contributions `(n, n_features)` and logits `(n,)`; each row takes the weights of its opportunity's kind.

    features: `(n, n_features)`; kinds: `(n,)` of OpportunityKind.
    """
    parts, totals = np.zeros(features.shape, np.float64), np.zeros(len(features), np.float64)
    for kind in np.unique(kinds):
        rows, own = kinds == kind, weights[OpportunityKind(kind)]
        parts[rows] = contributions(features[rows], own)
        totals[rows] = logits(parts[rows], own)
    return parts, totals


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + e^−logit)."""
    return float(1 / (1 + np.exp(-logit)))
