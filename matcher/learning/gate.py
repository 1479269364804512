"""The gate: learned weights replace the active ones only if they are better where they were not learned.

Judgments are split by query and by time; the candidate is compared with the active weights query by query; no group of
actors may pay for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from matcher.learning.observations import OUTCOME_WEIGHT, Observation, latest
from matcher.scoring import WeightsByKind, contributions, logits
from matcher.types import FloatArray, OpportunityKind

DEPTH = 10
RESAMPLES = 2000


class Obstacle(StrEnum):
    """Why the gate keeps the active weights."""

    TOO_FEW_QUERIES = "too_few_queries"
    NOT_SURELY_BETTER = "not_surely_better"
    GROUP_WORSE = "group_worse"


@dataclass(frozen=True)
class Bar:
    """What a candidate must pass.

    confidence: one-sided, that the mean difference of nDCG@10 is above 0. least_queries: judged queries below which
    nothing is decided. group_loss: the largest mean loss of nDCG@10 that a group may bear, where at least
    least_group_queries have something good of that group.
    """

    confidence: float = 0.9
    least_queries: int = 15
    group_loss: float = 0.05
    least_group_queries: int = 20


@dataclass(frozen=True)
class GroupEffect:
    """The mean difference of nDCG@10 for the good candidates of one group."""

    group: str
    queries: int
    difference: float
    worse: bool


@dataclass(frozen=True)
class Verdict:
    """What the gate decided, and on what; plain values, to be stored beside the weights.

    active, candidate: mean nDCG@10 of each. difference, low: the mean difference and its lower bound at `confidence`;
    NaN where no query could tell. No obstacle: the candidate may be activated.
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


def split(
    observations: Sequence[Observation], held_out: float = 0.3
) -> tuple[tuple[Observation, ...], tuple[Observation, ...]]:
    """Return what to learn from and what to judge by: the last queries to be opened are held out, with all of theirs.

    A query is dated by its first observation; those of the first cut-off day go together. What was said of an earlier
    query from that day on is in neither: nothing is learned from what came after the questions it is judged by.
    """
    opened: dict[str, date] = {}
    for one in observations:
        opened[one.query_id] = min(one.day, opened.get(one.query_id, one.day))
    days = sorted(opened.values())
    wanted = round(len(days) * held_out)
    if not wanted:
        return tuple(observations), ()
    cut = days[len(days) - wanted]
    before = tuple(one for one in observations if opened[one.query_id] < cut and one.day < cut)
    after = tuple(one for one in observations if opened[one.query_id] >= cut)
    return before, after


def gate(
    candidate: WeightsByKind,
    active: WeightsByKind,
    held_out: Sequence[Observation],
    rng: np.random.Generator,
    *,
    reliability: Mapping[str, float] | None = None,
    bar: Bar | None = None,
) -> Verdict:
    """Compare two sets of weights on held-out observations.

    reliability: rater id → [0, 1], as learned where the candidate was; an unknown rater is taken at his word. The lower
    bound is a percentile of the mean over queries drawn again (Efron & Tibshirani 1993). Lists are what was judged of
    each query (condensed lists, Sakai 2007).
    """
    bar = bar or Bar()
    questions = _questions(held_out, reliability or {})
    rows = [(one, one.ndcg(active), one.ndcg(candidate)) for one in questions]
    before, after = (np.array([row[i] for row in rows], np.float64) for i in (1, 2))
    weight = np.array([one.weight for one in questions], np.float64)
    difference = after - before
    low = _low(difference, weight, rng, bar.confidence)
    groups = _groups(questions, candidate, active, bar)
    mean = _mean(difference, weight)
    obstacles = []
    if len(questions) < bar.least_queries:
        obstacles.append(Obstacle.TOO_FEW_QUERIES)
    if not low > 0:
        obstacles.append(Obstacle.NOT_SURELY_BETTER)
    if any(effect.worse for effect in groups):
        obstacles.append(Obstacle.GROUP_WORSE)
    return Verdict(
        active=_mean(before, weight),
        candidate=_mean(after, weight),
        difference=mean,
        low=low,
        confidence=bar.confidence,
        queries=len(questions),
        wins=int((difference > 1e-9).sum()),
        losses=int((difference < -1e-9).sum()),
        groups=groups,
        obstacles=tuple(obstacles),
    )


def ndcg(gains: FloatArray, scores: FloatArray, depth: int = DEPTH) -> float:
    """Return Σ gᵢ/log₂(1 + rankᵢ) over the first `depth`, over that of the best order (Järvelin & Kekäläinen 2002).

    gains, scores: `(n,)`; candidates are given in the order that breaks ties. NaN where no gain is above 0.
    """
    discounts = 1 / np.log2(np.arange(2, min(depth, len(gains)) + 2))
    best = float((np.sort(gains)[::-1][:depth] * discounts).sum())
    if best <= 0:
        return np.nan
    order = np.argsort(-scores, kind="stable")[:depth]
    return float((gains[order] * discounts).sum()) / best


@dataclass(frozen=True)
class _Question:
    """What was judged of one query: features `(n, n_features)` in the order of candidate ids, gains `(n,)`.

    weight: how far its raters are to be trusted, in ]0, 1].
    """

    kind: OpportunityKind
    features: FloatArray
    gains: FloatArray
    groups: tuple[frozenset[str], ...]
    weight: float

    def ndcg(self, weights: WeightsByKind, group: str | None = None) -> float:
        """Return nDCG@10 by these weights; for a group, only what is good of that group counts."""
        mine = weights[self.kind]
        gains = self.gains
        if group is not None:
            gains = np.where([group in groups for groups in self.groups], gains, 0.0)
        return ndcg(gains, logits(contributions(self.features, mine), mine))


def _questions(observations: Sequence[Observation], reliability: Mapping[str, float]) -> list[_Question]:
    """Return the queries in which there is an order to be found: of several raters, the weighted mean grade."""
    trusted = [one for one in latest(observations) if reliability.get(one.rater_id, 1.0) > 0]
    by_query: dict[tuple[str, OpportunityKind], dict[str, list[Observation]]] = defaultdict(lambda: defaultdict(list))
    for one in trusted:
        by_query[one.query_id, one.kind][one.candidate_id].append(one)
    questions = []
    for (_, kind), judged in sorted(by_query.items()):
        told = [judged[candidate] for candidate in sorted(judged)]
        gains = np.array([_mean(*_votes(acts, reliability)) for acts in told])
        if np.ptp(gains) < 1e-9:
            continue
        newest = [max(acts, key=lambda one: one.day) for acts in told]
        features = np.array([one.features for one in newest], np.float64)
        trust = np.mean([reliability.get(one.rater_id, 1.0) for acts in told for one in acts])
        groups = tuple(frozenset(one.groups) for one in newest)
        questions.append(_Question(kind, features, gains, groups, float(trust)))
    return questions


def _votes(acts: Sequence[Observation], reliability: Mapping[str, float]) -> tuple[FloatArray, FloatArray]:
    grades = np.array([one.relevance for one in acts], np.float64)
    facts = np.array([1.0 if one.outcome is None else OUTCOME_WEIGHT for one in acts])
    return grades, facts * np.array([reliability.get(one.rater_id, 1.0) for one in acts])


def _groups(
    questions: Sequence[_Question], candidate: WeightsByKind, active: WeightsByKind, bar: Bar
) -> tuple[GroupEffect, ...]:
    effects = []
    for group in sorted(frozenset[str]().union(*(groups for one in questions for groups in one.groups))):
        rows = [(one.ndcg(candidate, group) - one.ndcg(active, group), one.weight) for one in questions]
        known = np.array([row for row in rows if not np.isnan(row[0])], np.float64).reshape(-1, 2)
        if len(known) >= bar.least_group_queries:
            mean = _mean(known[:, 0], known[:, 1])
            effects.append(GroupEffect(group, len(known), mean, mean < -bar.group_loss))
    return tuple(effects)


def _mean(values: FloatArray, weight: FloatArray) -> float:
    return float((values * weight).sum() / weight.sum()) if len(values) else np.nan


def _low(values: FloatArray, weight: FloatArray, rng: np.random.Generator, confidence: float) -> float:
    if not len(values):
        return np.nan
    drawn = rng.integers(len(values), size=(RESAMPLES, len(values)))
    means = (values * weight)[drawn].sum(axis=1) / weight[drawn].sum(axis=1)
    return float(np.quantile(means, 1 - confidence))
