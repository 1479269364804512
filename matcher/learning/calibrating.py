"""Platt's calibration: the slope and the offset under which logits say how often a call is worth making."""

from __future__ import annotations

import numpy as np

from matcher.scoring import Calibration
from matcher.types import FloatArray

# Standard deviations of slope and offset around the start: some ten clear pairs outweigh them.
SLOPE_SD, OFFSET_SD = 1.0, 3.0
# A calibration keeps the order, so its slope stays above 0; a flatter one would show one score for all.
LEAST_SLOPE = 0.1


def fit_calibration(
    logits: FloatArray, targets: FloatArray, weight: FloatArray, start: Calibration | None = None
) -> Calibration:
    """Return the most probable calibration (Platt 1999), drawn to `start`; `start` itself without a pair.

    logits: `(n,)`, not calibrated. targets: `(n,)` in [0, 1]. weight: `(n,)`, how many pairs each counts for.

    Minimised: Σ ωᵢ·H(yᵢ, σ(a·zᵢ + b)) + ½ ((a − a₀)/s)² + ½ ((b − b₀)/t)², by Newton's method with a ≥ LEAST_SLOPE.
    Strictly convex: there is one minimum.
    """
    start = start or Calibration()
    rows = np.stack([logits, np.ones(len(logits))], axis=1)
    centre = np.array([start.slope, start.offset])
    precision = np.array([SLOPE_SD, OFFSET_SD]) ** -2.0
    bound = np.array([LEAST_SLOPE, -np.inf])

    def objective(at: FloatArray) -> float:
        z = rows @ at
        return float((weight * (np.logaddexp(0, z) - targets * z)).sum() + 0.5 * (precision * (at - centre) ** 2).sum())

    at = np.maximum(centre, bound)
    for _ in range(100):
        chance = 0.5 * (1 + np.tanh(rows @ at / 2))
        gradient = rows.T @ (weight * (chance - targets)) + precision * (at - centre)
        free = ~((at <= bound) & (gradient > 0))
        if np.abs(gradient[free]).max(initial=0) < 1e-9:
            break
        hessian = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + np.diag(precision)
        step = np.zeros(2)
        step[free] = np.linalg.solve(hessian[np.ix_(free, free)], -gradient[free])
        length, value = 1.0, objective(at)
        while length > 1e-10 and objective(np.maximum(at + length * step, bound)) > value:
            length /= 2
        at = np.maximum(at + length * step, bound)
    return Calibration(float(at[0]), float(at[1]))


def even_weights(queries: list[str]) -> FloatArray:
    """Return weights `(n,)` of mean 1 under which each query counts the same, from the query of each pair."""
    counts = {query: queries.count(query) for query in set(queries)}
    weight = np.array([1 / counts[query] for query in queries], np.float64)
    return weight * len(queries) / weight.sum() if len(queries) else weight
