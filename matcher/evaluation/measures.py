"""Measures of a ranking: qrels × run → values, their intervals, and the comparison of two runs.

Measures come from `ir_measures` (trec_eval's definitions). Undefined values are NaN, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from ir_measures import RR, Judged, P, R, Success, nDCG
from scipy import stats

from matcher.types import FloatArray, Qrels, Run

# Systems are compared on this measure. Its gain is 2^grade − 1 (Burges et al. 2005): who is to be called first counts.
MAIN_MEASURE = "nDCG@10"
# Share of the first that are relevant; whether none of the first three is; share of the first ten that were judged.
PRECISIONS, MISSED, JUDGED = ("P@5", "P@10"), "miss@3", "judged@10"
CLASS_HIT = "NAF-hit@10"
_POSITIVE = {"MRR@10": RR @ 10, "R@10": R @ 10, "R@50": R @ 50}
RESAMPLES = 2000


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


def per_query(
    qrels: Qrels, run: Run, classes: Mapping[str, str] | None = None, relevant: int = 1
) -> dict[str, FloatArray]:
    """Return each measure's values `(n_queries,)`, in the order of sorted query ids.

    relevant: the lowest grade that counts for P@5, P@10 and miss@3; for MRR and recall every positive grade does. nDCG,
    MRR and recall are NaN for a query without a positive grade. NAF-hit@10 needs `classes` (candidate id → class): 1
    where one of the first ten has the class of a candidate with a positive grade; NaN where none of these has a class.
    """
    ids = sorted(qrels)
    ranked = {query: {candidate: float(-rank) for rank, candidate in enumerate(run.get(query, ()))} for query in ids}
    grades = {query: dict(judged) for query, judged in qrels.items()}
    gains = {query: {candidate: 2**grade - 1 for candidate, grade in judged.items()} for query, judged in qrels.items()}
    values = _calculated({MAIN_MEASURE: nDCG @ 10}, gains, ranked) | _calculated(_POSITIVE, grades, ranked)
    without_positive = np.array([not any(grade > 0 for grade in qrels[query].values()) for query in ids], np.bool_)
    for column in values.values():
        column[without_positive] = np.nan
    precisions = dict(zip(PRECISIONS, (P(rel=relevant) @ 5, P(rel=relevant) @ 10), strict=True))
    values |= _calculated(precisions, grades, ranked)
    values[MISSED] = 1 - _calculated({MISSED: Success(rel=relevant) @ 3}, grades, ranked)[MISSED]
    values |= _calculated({JUDGED: Judged @ 10}, grades, ranked)
    if classes is not None:
        values[CLASS_HIT] = np.array([_class_hit(qrels[query], run.get(query, ()), classes) for query in ids])
    return values


def among_judged(qrels: Qrels, run: Run) -> Run:
    """Return a run without the candidates that nobody judged (condensed lists, Sakai 2007)."""
    return {query: [candidate for candidate in ids if candidate in qrels.get(query, {})] for query, ids in run.items()}


def interval(values: FloatArray, seed: int = 0) -> Interval:
    """Return the mean of the defined values and its percentile bootstrap interval (Efron & Tibshirani 1993)."""
    defined = values[~np.isnan(values)]
    if len(defined) < 2:
        mean = float(defined.mean()) if len(defined) else np.nan
        return Interval(mean, np.nan, np.nan, len(defined))
    rng = np.random.default_rng(seed)
    means = rng.choice(defined, (RESAMPLES, len(defined))).mean(axis=1)
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


def _calculated(
    measures: Mapping[str, ir_measures.Measure],
    qrels: Mapping[str, dict[str, int]],
    ranked: Mapping[str, dict[str, float]],
) -> dict[str, FloatArray]:
    """Return each measure's values in the order of sorted query ids; 0 for a query without a list."""
    positions = {query: i for i, query in enumerate(sorted(qrels))}
    values: dict[str, FloatArray] = {name: np.zeros(len(positions)) for name in measures}
    names = {measure: name for name, measure in measures.items()}
    # An empty list is 0 in every measure; ir_measures would divide by its length.
    lists = {query: candidates for query, candidates in ranked.items() if candidates}
    for metric in ir_measures.iter_calc(list(names), dict(qrels), lists):
        values[names[metric.measure]][positions[metric.query_id]] = metric.value
    return values


def _class_hit(grades: Mapping[str, int], ranked: Sequence[str], classes: Mapping[str, str]) -> float:
    wanted = {classes[candidate] for candidate, grade in grades.items() if grade > 0 and candidate in classes}
    if not wanted:
        return np.nan
    return float(any(classes.get(candidate) in wanted for candidate in ranked[:10]))
