"""Scorers learned from who won, which challenge the prior. Each is additive: its contributions are its explanation.

Not loaded by what serves: scikit-learn is a tool of measurement (optional dependency `evaluate`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from matcher.features import FEATURES
from matcher.learning.settings import Settings
from matcher.scoring import Weights, contributions, logits
from matcher.types import BoolArray, FloatArray, IntArray

# How hard weights are pulled to the prior; 1 is the strength that tuning from ratings uses
# (`matcher.learning.settings.Settings`).
PULLS = (1000.0, 100.0, 10.0, 1.0)

# Depth 3: at most eight steps a tree.
DEPTH, TREES = 3, 100

RATES = (0.03, 0.1, 0.3)

# About one row in two hundred won: a leaf of this many holds some five winners, were they drawn at random.
LEAST_ROWS = 1000


class Scorer(Protocol):
    """What gives a pair its score in logits: `baseline` plus the sum of its contributions."""

    @property
    def baseline(self) -> float: ...

    def contributions(self, features: FloatArray) -> FloatArray:
        """Return each feature's part `(n, n_features)` for features `(n, n_features)`, NaN unknown."""

    def score(self, features: FloatArray) -> FloatArray:
        """Return the logits `(n,)`, rounded so that noise of the last bits never orders two candidates."""


@dataclass(frozen=True)
class Choices:
    """Who won among whom, a row per candidate: features `(n, n_features)`, won `(n,)`, query `(n,)` ascending.

    stands_for: `(n,)`, how many candidates of its query a row stands for: the inverse of the probability that it was
    drawn, so that sums over rows estimate sums over all (McFadden 1978).
    """

    features: FloatArray
    won: BoolArray
    query: IntArray
    stands_for: FloatArray


# The name of a setting → how a scorer is learned with it. The most cautious first: it is chosen where two are as good.
Learner: TypeAlias = Mapping[str, Callable[[Choices], Scorer]]


@dataclass(frozen=True)
class Linear:
    """The product's own score, with any weights."""

    weights: Weights

    @property
    def baseline(self) -> float:
        return self.weights.bias

    def contributions(self, features: FloatArray) -> FloatArray:
        return contributions(features, self.weights)

    def score(self, features: FloatArray) -> FloatArray:
        return logits(self.contributions(features), self.weights)


def linear(prior: Weights) -> Learner:
    """Learn weights ≥ 0 for the same features, pulled to the prior's."""
    return {f"λ={pull:g}": partial(fit_linear, prior=prior, pull=pull) for pull in PULLS}


def fit_linear(choices: Choices, prior: Weights, pull: float) -> Linear:
    """Return the most probable weights w ≥ 0, given who won and that w is about the prior's w₀.

    Minimised: Σ_query mean_winner log(1 + Σ_loser exp(z_loser − z_winner)) + pull/2 Σ ((w − w₀)/s)², z = w·f: each
    winner was chosen among itself and all who did not win (conditional logit, McFadden 1974; the first place of a
    Plackett–Luce ranking). s is that of tuning from ratings. Convex, so there is one mode.

    A choice within a query tells nothing of what all its candidates share, so neither of the bias: it stays the
    prior's, and so does the weight of a feature that no query varies. An unknown feature counts as its neutral value.
    """
    names = list(FEATURES)
    start = np.array([prior.values[name] for name in names])
    values = np.where(np.isnan(choices.features), [prior.neutral[name] for name in names], choices.features)
    settings = Settings()
    deviation = np.maximum(settings.relative_sd * start, settings.least_sd)

    losers = np.flatnonzero(~choices.won)
    queries, first = np.unique(choices.query[losers], return_index=True)
    # Where everybody won, nobody was preferred.
    winners = np.flatnonzero(choices.won & np.isin(choices.query, queries))
    if not len(winners):
        return Linear(prior)
    segment = np.searchsorted(queries, choices.query[winners])
    share = 1 / np.bincount(segment)[segment]
    length = np.diff([*first, len(losers)])
    of_losers, of_winners = values[losers], values[winners]
    log_count = np.log(choices.stands_for[losers])

    def measure(step: FloatArray) -> tuple[float, FloatArray]:
        """Return the objective and its gradient at weights w₀ + step·s."""
        weights = start + step * deviation
        z = of_losers @ weights + log_count
        top = np.maximum.reduceat(z, first)
        odds = np.exp(z - np.repeat(top, length))
        total = np.add.reduceat(odds, first)
        behind = (top + np.log(total))[segment] - of_winners @ weights
        value = float((share * np.logaddexp(0, behind)).sum() + pull / 2 * (step @ step))
        missed = share * expit(behind)
        blame = np.bincount(segment, missed, len(queries)) / total
        slope = (odds * np.repeat(blame, length)) @ of_losers - missed @ of_winners
        return value, slope * deviation + pull * step

    bounds = [(-least, None) for least in start / deviation]
    found = minimize(measure, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds)
    weights = np.maximum(start + found.x * deviation, 0)
    return Linear(replace(prior, values=dict(zip(names, weights.tolist(), strict=True))))


@dataclass(frozen=True)
class Steps:
    """A function of one feature: `levels` `(k + 1,)` between and beyond the rising `edges` `(k,)`, or `unknown`.

    A value at an edge is still below it.
    """

    edges: FloatArray
    levels: FloatArray
    unknown: float

    def __call__(self, values: FloatArray) -> FloatArray:
        return np.where(np.isnan(values), self.unknown, self.levels[np.searchsorted(self.edges, values)])


@dataclass(frozen=True)
class Boosted:
    """A sum of functions of one feature each, in the order of FEATURES; scikit-learn is not needed to use it.

    baseline: the logit of a pair that is neutral in everything; each function is 0 there.
    """

    baseline: float
    functions: tuple[Steps, ...]

    @classmethod
    def read(cls, model: HistGradientBoostingClassifier, neutral: FloatArray) -> Boosted:
        """Add up each feature's trees alone. Every tree of the model must hold one feature; neutral: `(n_features,)`.

        The trees are in private attributes of scikit-learn: a test holds the sum to its `decision_function`.
        """
        trees: list[list[Any]] = [[] for _ in neutral]
        baseline = float(np.ravel(model._baseline_prediction)[0])
        for (tree,) in model._predictors:
            inner = tree.nodes[tree.nodes["is_leaf"] == 0]
            if len(inner):
                (feature,) = set(inner["feature_idx"].tolist())
                trees[feature].append(tree.nodes)
            else:
                baseline += float(tree.nodes["value"][0])
        functions = []
        for own, usual in zip(trees, neutral, strict=True):
            edges = np.unique([edge for nodes in own for edge in nodes["num_threshold"][nodes["is_leaf"] == 0]])
            edges = edges[np.isfinite(edges)]  # a split of the unknown from the known has none
            probes = np.array([*edges, np.inf, np.nan, usual])
            *levels, unknown, here = (
                np.sum([_walk(nodes, probes) for nodes in own], axis=0) if own else np.zeros(len(probes))
            )
            functions.append(Steps(edges, np.array(levels) - here, float(unknown - here)))
            baseline += float(here)
        return cls(baseline, tuple(functions))

    def contributions(self, features: FloatArray) -> FloatArray:
        values = features.astype(np.float64)
        return np.stack([function(values[:, i]) for i, function in enumerate(self.functions)], axis=1)

    def score(self, features: FloatArray) -> FloatArray:
        total: FloatArray = np.cumsum(self.contributions(features), axis=1)[:, -1]
        return np.round(self.baseline + total, 9)


def _walk(nodes: Any, values: FloatArray) -> FloatArray:
    """Return the leaf's value `(n,)` that each value of the tree's one feature falls to."""
    at = np.zeros(len(values), np.int64)
    for _ in range(DEPTH):
        node = nodes[at]
        left = np.where(np.isnan(values), node["missing_go_to_left"], values <= node["num_threshold"])
        at = np.where(node["is_leaf"], at, np.where(left, node["left"], node["right"]))
    leaves: FloatArray = nodes["value"][at]
    return leaves


def boosted(prior: Weights, least_rows: int = LEAST_ROWS) -> Learner:
    """Learn trees that never fall as a feature grows, each of one feature."""
    return {f"η={rate:g}": partial(fit_boosted, prior=prior, rate=rate, least_rows=least_rows) for rate in RATES}


def fit_boosted(choices: Choices, prior: Weights, rate: float, least_rows: int = LEAST_ROWS) -> Boosted:
    """Return gradient-boosted trees for the odds of winning, as functions; unknown values go where they suit best.

    The prior has no other part in it than to be what contributions are relative to.
    """
    return Boosted.read(grow(choices, rate, least_rows), np.array([prior.neutral[name] for name in FEATURES]))


def grow(choices: Choices, rate: float, least_rows: int) -> HistGradientBoostingClassifier:
    """Return gradient-boosted trees (Friedman 2001), monotone and without interactions: a generalised additive model
    (Lou, Caruana & Gehrke 2012).

    A loser is as heavy as the candidates that it stands for, a query's winners together as heavy as its losers
    together. So what all candidates of a query share separates nothing by itself, a query with many winners is no
    louder, and Newton's steps are not those of one in thousands; the odds are those of an even draw.
    """
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_depth=DEPTH,
        learning_rate=rate,
        min_samples_leaf=least_rows,
        monotonic_cst=[1] * len(FEATURES),
        interaction_cst="no_interactions",
        early_stopping=False,
        random_state=0,  # it draws the rows that thresholds are taken from
    )
    values = choices.features.astype(np.float64)
    # scikit-learn finds no thresholds in a column of NaN alone; a constant splits nothing either.
    values[:, np.isnan(values).all(axis=0)] = 0
    lost = np.bincount(choices.query, choices.stands_for * ~choices.won)
    weight = np.where(
        choices.won, (lost / np.maximum(np.bincount(choices.query, choices.won), 1))[choices.query], choices.stands_for
    )
    # In one thread sums have one order: the same bits whatever the number of cores.
    with threadpool_limits(1):
        return model.fit(values, choices.won, sample_weight=weight)
