"""Nested cross-validation of learned scorers against the prior: no query is ranked by a scorer that learned from it.

Outer folds: each query is ranked once, by a scorer that saw no contract of its buyer. Inner folds, within the outer
training queries only: choice of the setting (Stone 1974; Varma & Simon 2006).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import GroupKFold

from matcher.evaluation.learned_scorers import Learner, Scorer
from matcher.evaluation.linear_scorer import Linear
from matcher.evaluation.measured_queries import Measured
from matcher.evaluation.measures import CLASS_HIT, MAIN_MEASURE, Comparison, compare, per_query
from matcher.features import FEATURES
from matcher.types import FloatArray, IntArray, Run

OUTER_FOLDS, INNER_FOLDS = 5, 3
SIGNIFICANT = 0.05


def folds(groups: Sequence[int], n: int) -> list[tuple[IntArray, IntArray]]:
    """Return n pairs of positions, to learn from and to test on; no group is on both sides.

    Raises ValueError where there are fewer groups than folds.
    """
    return [(train, test) for train, test in GroupKFold(n).split(np.zeros(len(groups)), groups=np.array(groups))]


@dataclass(frozen=True)
class Trial:
    """The result of one learner: a ranking of every query, and for each outer fold the scorer and its setting."""

    run: Run
    scorers: tuple[Scorer, ...]
    settings: tuple[str, ...]


def steps(learner: Learner) -> int:
    """Return how many times `cross_validate` learns."""
    return OUTER_FOLDS * (_inner_steps(learner) + 1)


def _inner_steps(learner: Learner) -> int:
    """Return how many times a setting is chosen by learning: there is nothing to choose from one."""
    return INNER_FOLDS * len(learner) if len(learner) > 1 else 0


def cross_validate(measured: Measured, learner: Learner, progress: Callable[[], None] | None = None) -> Trial:
    """Rank each query by a scorer that was learned, and its setting chosen, without the query's group.

    `progress` is called after each learning. Raises ValueError where there are fewer groups than folds.
    """
    run: dict[str, list[str]] = {}
    scorers, settings = [], []
    for train, test in folds([query.group for query in measured.queries], OUTER_FOLDS):
        setting = choose(measured, train, learner, progress)
        scorer = learner[setting](measured.choices(train))
        if progress:
            progress()
        run |= _ranked(measured, test, scorer)
        scorers.append(scorer)
        settings.append(setting)
    return Trial(run, tuple(scorers), tuple(settings))


def choose(
    measured: Measured, positions: IntArray, learner: Learner, progress: Callable[[], None] | None = None
) -> str:
    """Return the setting with the highest mean nDCG@10 over the inner folds of these queries; the first of equals."""
    if not _inner_steps(learner):
        return next(iter(learner))
    runs: dict[str, dict[str, list[str]]] = {setting: {} for setting in learner}
    for train, test in folds([measured.queries[i].group for i in positions], INNER_FOLDS):
        choices = measured.choices(positions[train])
        for setting, fit in learner.items():
            runs[setting] |= _ranked(measured, positions[test], fit(choices))
            if progress:
                progress()
    qrels = {measured.queries[i].id: measured.qrels[measured.queries[i].id] for i in positions}
    means = {setting: np.nanmean(per_query(qrels, run)[MAIN_MEASURE]) for setting, run in runs.items()}
    return max(means, key=lambda setting: round(float(means[setting]), 9))


def _ranked(measured: Measured, positions: IntArray, scorer: Scorer) -> dict[str, list[str]]:
    return {measured.queries[i].id: measured.rank(measured.queries[i], scorer) for i in positions}


@dataclass(frozen=True)
class Verdict:
    """Whether a learned system is kept, and its comparisons with the prior. `class_hit`: None without classes."""

    kept: bool
    main: Comparison
    class_hit: Comparison | None


def judge(system: Mapping[str, FloatArray], prior: Mapping[str, FloatArray]) -> Verdict:
    """Keep a system only if its nDCG@10 is significantly higher and its NAF-hit@10 not significantly lower.

    Both: measure → values `(n_queries,)`, as `per_query` returns.
    """
    main = compare(system[MAIN_MEASURE], prior[MAIN_MEASURE])
    hit = compare(system[CLASS_HIT], prior[CLASS_HIT]) if CLASS_HIT in prior else None
    falls = hit is not None and hit.difference < 0 and hit.p < SIGNIFICANT
    return Verdict(main.difference > 0 and main.p < SIGNIFICANT and not falls, main, hit)


def spread(trial: Trial) -> dict[str, tuple[float, float]]:
    """Return each weight's mean and standard deviation over the outer folds; empty for scorers without weights."""
    learned = [scorer.weights for scorer in trial.scorers if isinstance(scorer, Linear)]
    if not learned:
        return {}
    values = np.array([[weights.values[name] for name in FEATURES] for weights in learned])
    return dict(zip(FEATURES, zip(values.mean(axis=0).tolist(), values.std(axis=0).tolist(), strict=True), strict=True))
