"""How much each rater's answers count: bounded by their number, lowered by disagreement with the other raters."""

from __future__ import annotations

import numpy as np

from matcher.learning.objective import Problem, sigmoid
from matcher.learning.settings import Settings
from matcher.learning.table import Table
from matcher.types import FloatArray

# A rater is taken to be like the others until this many answers.
RATER_PATIENCE = 10.0
# Lower bound of the usual slope of targets on predictions.
LEAST_SLOPE = 0.25


def rater_voices(table: Table, reliability: FloatArray, settings: Settings) -> FloatArray:
    """Return the factor `(n_raters,)` on each rater's answers; reliability: `(n_raters,)` in [0, 1].

    n answers of one rater are worth n / (1 + ρ·n) independent ones (the design effect of a cluster, Kish 1965, with
    the correlation ρ): nobody's voice grows without bound.
    """
    total = np.bincount(table.rater, table.weight, len(table.raters))
    voices: FloatArray = reliability / (1 + settings.rater_correlation * total)
    return voices


def rater_reliability(table: Table, problem: Problem, voice: FloatArray, deltas: FloatArray) -> FloatArray:
    """Return each rater's reliability `(n_raters,)` in [0, 1]: agreement with what the other raters predict.

    voice: `(n_raters,)`; deltas: `(1 + n_roles, 1 + n_features)`, where each search starts.

    For each rater the weights are learned without that rater. The slope of the rater's targets on the predicted scores
    is 1 for answers like the others', 0 for random answers, negative for opposite ones; it is divided by the usual
    slope and clipped. In the spirit of Dawid & Skene 1979 and Raykar et al. 2010, where raters' error rates and the
    scorer are learned in turns; leaving the rater out keeps a frequent rater from confirming itself.
    """
    n = len(table.raters)
    covariance, variance, total = np.zeros(n), np.zeros(n), np.zeros(n)
    for rater in range(n):
        rows = table.rater == rater
        others = voice.copy()
        others[rater] = 0
        without, _ = problem.solve(others[table.rater], deltas)
        moved = (table.centred[rows] * without[1 + table.role[rows]]).sum(axis=1)
        predicted = sigmoid(table.offset[rows] + table.slope[rows] * moved)
        weight = table.weight[rows]
        total[rater] = weight.sum()
        # Only the rater's order counts, not how strict the grades are: both are taken around their own means.
        mean = (weight * predicted).sum() / total[rater]
        covariance[rater] = (weight * (predicted - mean) * table.target[rows]).sum()
        variance[rater] = (weight * (predicted - mean) ** 2).sum()
    spread = variance.sum() / total.sum()
    if spread < 1e-12:
        return np.ones(n)
    # The usual slope weights raters by their bounded voices too.
    usual = float(np.clip((voice * covariance).sum() / max((voice * variance).sum(), 1e-12), LEAST_SLOPE, 1))
    slope = (covariance + RATER_PATIENCE * spread * usual) / (variance + RATER_PATIENCE * spread)
    reliability: FloatArray = np.clip(slope / usual, 0, 1)
    return reliability
