"""Measures of a ranking: qrels × run → values, their intervals, and the comparison of two runs.

Measures come from `ir_measures` (trec_eval's definitions). Undefined values are NaN, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import ir_measures
import numpy as np
from ir_measures import RR, R, nDCG
from scipy import stats

from matcher.columns import Encode
from matcher.evaluation.datasets import Dataset
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.types import FloatArray, Qrels, Run, Suggestion

MEASURES = {"nDCG@10": nDCG @ 10, "MRR@10": RR @ 10, "R@10": R @ 10, "R@50": R @ 50}
CLASS_HIT = "NAF-hit@10"
# Systems are compared on this measure.
MAIN_MEASURE = "nDCG@10"
DEPTH = 50
RESAMPLES = 2000

# Called with the number done and their total.
Progress: TypeAlias = Callable[[int, int], None]


def rank_all(
    matcher: Matcher, data: Dataset, encode: Encode, progress: Progress | None = None
) -> dict[str, tuple[Suggestion, ...]]:
    """Rank every query's candidates by the product's own path, as on `data.today`; DEPTH suggestions by query id.

    `progress` is called after each query with the number done and their total.
    """
    actors = ActorIndex.build(data.actors, encode)
    ranked = {}
    for done, query in enumerate(data.opportunities, start=1):
        index = OpportunityIndex.build([query], encode)
        ranked[query.id] = matcher.actors_for(index, actors, today=data.today, k=DEPTH, n_filtered=0).suggestions
        if progress:
            progress(done, len(data.opportunities))
    return ranked


def run_of(ranked: Mapping[str, Sequence[Suggestion]]) -> Run:
    """Return the candidates' ids, best first, query by query."""
    return {query: [row.candidate_id for row in suggestions] for query, suggestions in ranked.items()}


def scored_pairs(
    ranked: Mapping[str, Sequence[Suggestion]], qrels: Qrels, relevant: int
) -> tuple[FloatArray, FloatArray]:
    """Return all suggestions' scores `(n,)`, and 1 where the grade is at least `relevant`, else 0 `(n,)`."""
    pairs = [
        (suggestion.score, qrels[query].get(suggestion.candidate_id, 0) >= relevant)
        for query, suggestions in ranked.items()
        for suggestion in suggestions
    ]
    return np.array([score for score, _ in pairs]), np.array([hit for _, hit in pairs], np.float64)


@dataclass(frozen=True)
class Interval:
    """A mean over queries with its 95 % bootstrap interval; all NaN when no query is defined."""

    mean: float
    low: float
    high: float
    queries: int


@dataclass(frozen=True)
class Comparison:
    """Query by query comparison of two runs; `p` is two-sided, from a paired randomisation test."""

    wins: int
    ties: int
    losses: int
    difference: float
    p: float


def per_query(qrels: Qrels, run: Run, classes: Mapping[str, str] | None = None) -> dict[str, FloatArray]:
    """Return each measure's values `(n_queries,)`, in the order of sorted query ids.

    NaN for a query without a relevant candidate. NAF-hit@10 needs `classes` (candidate id → class): 1 where one of the
    first ten has the class of a relevant candidate; NaN where no relevant candidate has a class.
    """
    ids = sorted(qrels)
    scored = {query: {candidate: float(-rank) for rank, candidate in enumerate(run.get(query, ()))} for query in ids}
    positions = {query: i for i, query in enumerate(ids)}
    values = {name: np.full(len(ids), np.nan) for name in MEASURES}
    names = {measure: name for name, measure in MEASURES.items()}
    for metric in ir_measures.iter_calc(list(MEASURES.values()), {q: dict(g) for q, g in qrels.items()}, scored):
        values[names[metric.measure]][positions[metric.query_id]] = metric.value
    without_relevant = np.array([not any(grade > 0 for grade in qrels[query].values()) for query in ids], np.bool_)
    for column in values.values():
        column[without_relevant] = np.nan
    if classes is not None:
        values[CLASS_HIT] = np.array([_class_hit(qrels[query], run.get(query, ()), classes) for query in ids])
    return values


def interval(values: FloatArray, seed: int = 0) -> Interval:
    """Return the mean of the defined values and its percentile bootstrap interval (Efron & Tibshirani 1993)."""
    defined = values[~np.isnan(values)]
    if len(defined) < 2:
        mean = float(defined.mean()) if len(defined) else np.nan
        return Interval(mean, np.nan, np.nan, len(defined))
    rng = np.random.default_rng(seed)
    means = np.array([rng.choice(defined, len(defined)).mean() for _ in range(RESAMPLES)])
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(defined.mean()), float(low), float(high), len(defined))


def compare(values: FloatArray, baseline: FloatArray, seed: int = 0) -> Comparison:
    """Compare two runs' values of one measure `(n_queries,)` (Smucker, Allan & Carterette 2007)."""
    both = ~(np.isnan(values) | np.isnan(baseline))
    difference = values[both] - baseline[both]
    wins, losses = int((difference > 1e-9).sum()), int((difference < -1e-9).sum())
    if not len(difference):
        return Comparison(0, 0, 0, np.nan, np.nan)
    ties = len(difference) - wins - losses
    if wins + losses == 0 or len(difference) == 1:
        # Every flip of the signs is as extreme as the observed difference.
        return Comparison(wins, ties, losses, float(difference.mean()), 1.0)
    test = stats.permutation_test(
        (difference,), np.mean, permutation_type="samples", n_resamples=RESAMPLES, rng=np.random.default_rng(seed)
    )
    return Comparison(wins, ties, losses, float(difference.mean()), float(test.pvalue))


def reliability(scores: FloatArray, relevant: FloatArray, bins: int = 10) -> list[tuple[float, float, int]]:
    """Return (mean score, share relevant, count) of each non-empty bin of equal width.

    scores: `(n,)` in [0, 1]; relevant: `(n,)`, 0 or 1.
    """
    which = np.minimum((scores * bins).astype(np.int64), bins - 1)
    rows = []
    for position in range(bins):
        inside = which == position
        if inside.any():
            rows.append((float(scores[inside].mean()), float(relevant[inside].mean()), int(inside.sum())))
    return rows


def _class_hit(grades: Mapping[str, int], ranked: Sequence[str], classes: Mapping[str, str]) -> float:
    wanted = {classes[candidate] for candidate, grade in grades.items() if grade > 0 and candidate in classes}
    if not wanted:
        return np.nan
    return float(any(classes.get(candidate) in wanted for candidate in ranked[:10]))
