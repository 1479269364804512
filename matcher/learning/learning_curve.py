"""Learning curve: nDCG@10 after more and more simulated ratings, with and without the gate and a hostile rater."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from matcher.learning.gate import gate
from matcher.learning.holdout import split
from matcher.learning.judged_queries import ndcg
from matcher.learning.posterior import learn
from matcher.learning.settings import Settings
from matcher.learning.simulation import Case, Habits, make_case, ratings, true_weights
from matcher.scoring import PRIOR, Weights, WeightsByRole, contributions, logits
from matcher.types import FloatArray, Role

COUNTS = (0, 50, 200, 1000)
SEEDS = 24


@dataclass(frozen=True)
class CurvePoint:
    """Test nDCG@10 `(n_seeds,)` after `count` honest ratings.

    prior: nothing learned. learned: from all ratings, without the gate. naive: the same, every rater trusted fully.
    gated: the weights that the gate leaves active. best: the true weights on the features known; not a ceiling, since
    neutral values replace unknown features. passed: 1 where the gate let the candidate through, else 0.
    role_gains: `(n_seeds, n_roles)` in the order of Role, learned minus prior; NaN where a world tests no
    query of it.
    """

    count: int
    hostile: bool
    prior: FloatArray
    learned: FloatArray
    naive: FloatArray
    gated: FloatArray
    best: FloatArray
    passed: FloatArray
    role_gains: FloatArray = field(default_factory=lambda: np.empty((0, len(Role))))


def learning_curve(
    counts: Sequence[int] = COUNTS,
    seeds: int = SEEDS,
    *,
    hostile: bool = False,
    habits: Habits | None = None,
    settings: Settings | None = None,
    prior: Weights = PRIOR,
    test_cases: int = 80,
) -> list[CurvePoint]:
    """Return a point for each of `counts` ratings, over `seeds` worlds of true weights."""
    habits, settings = habits or Habits(), settings or Settings()
    rows = [_measure(counts, seed, hostile, habits, settings, prior, test_cases) for seed in range(seeds)]
    figures = np.array(rows, np.float64).reshape(seeds, len(counts), 6 + len(Role))
    return [
        replace(CurvePoint(count, hostile, *figures[:, i, :6].T), role_gains=figures[:, i, 6:])
        for i, count in enumerate(counts)
    ]


def _measure(
    counts: Sequence[int],
    seed: int,
    hostile: bool,
    habits: Habits,
    settings: Settings,
    prior: Weights,
    test_cases: int,
) -> list[tuple[float, ...]]:
    """Return the six figures of a CurvePoint and its gains by role for one world, at each count.

    Each part has its own random stream.
    """
    of_world, of_honest, of_hostile, of_test, of_gate = np.random.default_rng(seed).spawn(5)
    truth = true_weights(of_world, habits, prior)
    active: WeightsByRole = dict.fromkeys(Role, prior)
    most = max(counts)
    honest = ratings(most, of_honest, truth, active, habits)
    lies = ratings(round(most * habits.hostile_ratio), of_hostile, truth, active, habits, True) if hostile else []
    tests = [make_case(f"test-{i:04d}", of_test, truth, habits) for i in range(test_cases)]
    before, best = quality(active, tests), quality(truth, tests)
    trusting = replace(settings, rater_correlation=0.0, rounds=0)
    points: list[tuple[float, ...]] = []
    for count in counts:
        observations = honest[:count] + lies[: round(count * habits.hostile_ratio)]
        early, late = split(observations)
        candidate = learn(early, active, settings)
        verdict = gate(candidate.weights, active, late, of_gate, reliability=candidate.reliability)
        learned_weights = learn(observations, active, settings).weights
        learned = quality(learned_weights, tests)
        gains = [_gain(learned_weights, active, [case for case in tests if case.role == role]) for role in Role]
        naive = quality(learn(observations, active, trusting).weights, tests)
        gated = quality(candidate.weights, tests) if verdict.passed else before
        points.append((before, learned, naive, gated, best, float(verdict.passed), *gains))
    return points


def _gain(weights: WeightsByRole, active: WeightsByRole, cases: Sequence[Case]) -> float:
    return quality(weights, cases) - quality(active, cases)


def quality(weights: WeightsByRole, cases: Sequence[Case]) -> float:
    """Return the mean nDCG@10 by the true grades, ranked on the features known; NaN without cases."""
    values = []
    for role in Role:
        own = [case for case in cases if case.role == role]
        if own:
            scores = logits(contributions(np.concatenate([case.known for case in own]), weights[role]), weights[role])
            ends = np.cumsum([len(case.grades) for case in own])[:-1]
            values += [ndcg(case.grades, part) for case, part in zip(own, np.split(scores, ends), strict=True)]
    return float(np.mean(values)) if values else np.nan
