"""The gate: candidate weights replace the active ones only if they rank held-out queries better.

Queries are held out by time (`matcher.learning.holdout`); candidate and active weights are compared query by query; no
group of actors may lose more than the policy allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from matcher.learning.judged_queries import JudgedQuery, judged_queries, weighted_mean
from matcher.learning.observations import Observation
from matcher.scoring import WeightsByRole
from matcher.types import FloatArray

RESAMPLES = 2000


class Obstacle(StrEnum):
    """Why the gate keeps the active weights."""

    TOO_FEW_QUERIES = "too_few_queries"
    NOT_SURELY_BETTER = "not_surely_better"
    GROUP_WORSE = "group_worse"


@dataclass(frozen=True)
class GatePolicy:
    """Conditions that candidate weights must meet.

    confidence: one-sided, that the mean difference of nDCG@10 is above 0. least_queries: fewest judged queries on which
    anything is decided. group_loss: largest mean loss of nDCG@10 of a group, checked where at least least_group_queries
    have a good candidate of that group.
    """

    confidence: float = 0.9
    least_queries: int = 15
    group_loss: float = 0.05
    least_group_queries: int = 20


@dataclass(frozen=True)
class GroupEffect:
    """Mean difference of nDCG@10 for the good candidates of one group."""

    group: str
    queries: int
    difference: float
    worse: bool


@dataclass(frozen=True)
class Verdict:
    """The gate's decision and its figures, to be stored beside the weights.

    active, candidate: mean nDCG@10 of each. difference, low: the mean difference and its lower bound at `confidence`;
    NaN without a judged query. Without obstacles the candidate may be activated.
    """

    active: float
    candidate: float
    difference: float
    low: float
    confidence: float
    queries: int
    wins: int
    losses: int
    groups: tuple[GroupEffect, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def passed(self) -> bool:
        return not self.obstacles


def gate(
    candidate: WeightsByRole,
    active: WeightsByRole,
    held_out: Sequence[Observation],
    rng: np.random.Generator,
    *,
    reliability: Mapping[str, float] | None = None,
    policy: GatePolicy | None = None,
) -> Verdict:
    """Compare candidate and active weights on held-out observations.

    reliability: rater id → [0, 1], as learned with the candidate; 1 for an unknown rater. The lower bound is a
    percentile of the mean over resampled queries (Efron & Tibshirani 1993). Each query's list is its judged candidates
    only (condensed lists, Sakai 2007).
    """
    policy = policy or GatePolicy()
    queries = judged_queries(held_out, reliability or {})
    rows = [(query, query.ndcg(active), query.ndcg(candidate)) for query in queries]
    before, after = (np.array([row[i] for row in rows], np.float64) for i in (1, 2))
    weight = np.array([query.weight for query in queries], np.float64)
    difference = after - before
    low = _lower_bound(difference, weight, rng, policy.confidence)
    groups = _group_effects(queries, candidate, active, policy)
    mean = weighted_mean(difference, weight)
    obstacles = []
    if len(queries) < policy.least_queries:
        obstacles.append(Obstacle.TOO_FEW_QUERIES)
    if not low > 0:
        obstacles.append(Obstacle.NOT_SURELY_BETTER)
    if any(effect.worse for effect in groups):
        obstacles.append(Obstacle.GROUP_WORSE)
    return Verdict(
        active=weighted_mean(before, weight),
        candidate=weighted_mean(after, weight),
        difference=mean,
        low=low,
        confidence=policy.confidence,
        queries=len(queries),
        wins=int((difference > 1e-9).sum()),
        losses=int((difference < -1e-9).sum()),
        groups=groups,
        obstacles=tuple(obstacles),
    )


def _group_effects(
    queries: Sequence[JudgedQuery], candidate: WeightsByRole, active: WeightsByRole, policy: GatePolicy
) -> tuple[GroupEffect, ...]:
    effects = []
    for group in sorted(frozenset[str]().union(*(groups for query in queries for groups in query.groups))):
        rows = [(query.ndcg(candidate, group) - query.ndcg(active, group), query.weight) for query in queries]
        known = np.array([row for row in rows if not np.isnan(row[0])], np.float64).reshape(-1, 2)
        if len(known) >= policy.least_group_queries:
            mean = weighted_mean(known[:, 0], known[:, 1])
            effects.append(GroupEffect(group, len(known), mean, mean < -policy.group_loss))
    return tuple(effects)


def _lower_bound(values: FloatArray, weight: FloatArray, rng: np.random.Generator, confidence: float) -> float:
    """Return the one-sided bootstrap lower bound of the weighted mean of `(n,)` values; NaN where n is 0."""
    if not len(values):
        return np.nan
    drawn = rng.integers(len(values), size=(RESAMPLES, len(values)))
    means = (values * weight)[drawn].sum(axis=1) / weight[drawn].sum(axis=1)
    return float(np.quantile(means, 1 - confidence))
