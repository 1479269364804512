"""Observations gathered by query: graded candidates, on which nDCG is measured under any weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.learning.observations import OUTCOME_WEIGHT, Observation, latest
from matcher.scoring import WeightsByRole, score_pairs
from matcher.types import FloatArray, StrArray

DEPTH = 10


@dataclass(frozen=True)
class JudgedQuery:
    """The judged candidates of one query, in the order of their ids.

    roles: `(n,)`, in which each was shown. forms: `(n,)`, of the opportunities.
    features: `(n, n_features)`, NaN unknown. gains: `(n,)`, the weighted mean
    grade of its raters. groups: of each candidate. weight: mean reliability of the raters, in ]0, 1].
    """

    roles: StrArray
    forms: StrArray
    features: FloatArray
    gains: FloatArray
    groups: tuple[frozenset[str], ...]
    weight: float

    def ndcg(self, weights: WeightsByRole, group: str | None = None) -> float:
        """Return nDCG@10 under these weights; with a group, only that group's gains count. NaN without any gain."""
        gains = self.gains
        if group is not None:
            gains = np.where([group in groups for groups in self.groups], gains, 0.0)
        return ndcg(gains, score_pairs(self.features, self.roles, self.forms, weights)[1])


def judged_queries(observations: Sequence[Observation], reliability: Mapping[str, float]) -> list[JudgedQuery]:
    """Return the queries whose candidates' mean grades differ: the others have no order to be found.

    reliability: rater id → [0, 1]; 1 for a rater that is not in it, and raters at 0 are left out.
    """
    trusted = [act for act in latest(observations) if reliability.get(act.rater_id, 1.0) > 0]
    by_query: dict[str, dict[str, list[Observation]]] = defaultdict(lambda: defaultdict(list))
    for act in trusted:
        by_query[act.query_id][act.candidate_id].append(act)
    queries = []
    for _, by_candidate in sorted(by_query.items()):
        judged = [by_candidate[candidate] for candidate in sorted(by_candidate)]
        gains = np.array([weighted_mean(*_votes(acts, reliability)) for acts in judged])
        if np.ptp(gains) < 1e-9:
            continue
        newest = [max(acts, key=lambda act: act.day) for acts in judged]
        features = np.array([act.features for act in newest], np.float64)
        trust = np.mean([reliability.get(act.rater_id, 1.0) for acts in judged for act in acts])
        groups = tuple(frozenset(act.groups) for act in newest)
        roles = np.array([act.role for act in newest])
        forms = np.array([act.form for act in newest])
        queries.append(JudgedQuery(roles, forms, features, gains, groups, float(trust)))
    return queries


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


def weighted_mean(values: FloatArray, weight: FloatArray) -> float:
    """Return Σ wᵢ·xᵢ / Σ wᵢ of `(n,)` values; NaN where n is 0."""
    return float((values * weight).sum() / weight.sum()) if len(values) else np.nan


def _votes(acts: Sequence[Observation], reliability: Mapping[str, float]) -> tuple[FloatArray, FloatArray]:
    """Return grades `(n,)` and their weights `(n,)`: an outcome outweighs an opinion."""
    grades = np.array([act.relevance for act in acts], np.float64)
    weights = np.array([1.0 if act.outcome is None else OUTCOME_WEIGHT for act in acts])
    return grades, weights * np.array([reliability.get(act.rater_id, 1.0) for act in acts])
