"""Boosted scorer: monotone trees of one feature each, learned from choices, read as a sum of step functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from matcher.evaluation.learned_scorers import Choices, Learner
from matcher.features import FEATURES
from matcher.scoring import Weights
from matcher.types import FloatArray

# Depth 3: at most eight steps a tree.
DEPTH, TREES = 3, 100
RATES = (0.03, 0.1, 0.3)
# About one row in two hundred won: a leaf of this size holds some five winners, were they drawn at random.
LEAST_ROWS = 1000


@dataclass(frozen=True)
class Steps:
    """A step function of one feature: `levels` `(k + 1,)` between the rising `edges` `(k,)`, `unknown` for NaN.

    A value at an edge belongs to the level below it.
    """

    edges: FloatArray
    levels: FloatArray
    unknown: float

    def __call__(self, values: FloatArray) -> FloatArray:
        return np.where(np.isnan(values), self.unknown, self.levels[np.searchsorted(self.edges, values)])


@dataclass(frozen=True)
class Boosted:
    """A sum of step functions, one per feature in the order of FEATURES; used without scikit-learn.

    baseline: the logit of a pair that is neutral in every feature; each function is 0 there.
    """

    baseline: float
    functions: tuple[Steps, ...]

    @classmethod
    def read(cls, model: HistGradientBoostingClassifier, neutral: FloatArray) -> Boosted:
        """Return the sum of each feature's trees; every tree must split on one feature only. neutral: `(n_features,)`.

        The trees are in private attributes of scikit-learn: a test compares the sum with its `decision_function`.
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
        for own, neutral_value in zip(trees, neutral, strict=True):
            edges = np.unique([edge for nodes in own for edge in nodes["num_threshold"][nodes["is_leaf"] == 0]])
            edges = edges[np.isfinite(edges)]  # a split of unknown from known values has no edge
            probes = np.array([*edges, np.inf, np.nan, neutral_value])
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
    """Return the value `(n,)` of the leaf that each value of the tree's one feature falls into."""
    at = np.zeros(len(values), np.int64)
    for _ in range(DEPTH):
        node = nodes[at]
        left = np.where(np.isnan(values), node["missing_go_to_left"], values <= node["num_threshold"])
        at = np.where(node["is_leaf"], at, np.where(left, node["left"], node["right"]))
    leaves: FloatArray = nodes["value"][at]
    return leaves


def boosted(prior: Weights, least_rows: int = LEAST_ROWS) -> Learner:
    """Return, by learning rate, how trees of one feature each are learned that never fall as the feature grows."""
    return {f"η={rate:g}": partial(fit_boosted, prior=prior, rate=rate, least_rows=least_rows) for rate in RATES}


def fit_boosted(choices: Choices, prior: Weights, rate: float, least_rows: int = LEAST_ROWS) -> Boosted:
    """Return gradient-boosted trees for the odds of winning, as step functions, NaN with a level of its own.

    The prior serves only as the reference point of contributions.
    """
    return Boosted.read(grow(choices, rate, least_rows), np.array([prior.neutral[name] for name in FEATURES]))


def grow(choices: Choices, rate: float, least_rows: int) -> HistGradientBoostingClassifier:
    """Return gradient-boosted trees (Friedman 2001), monotone and without interactions: a generalised additive model
    (Lou, Caruana & Gehrke 2012).

    A loser weighs as many candidates as it stands for; a query's winners together weigh as much as its losers. So what
    all candidates of a query share separates nothing by itself, a query with many winners does not weigh more, and the
    odds are those of an even draw instead of one in thousands, which Newton's steps would fit badly.
    """
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_depth=DEPTH,
        learning_rate=rate,
        min_samples_leaf=least_rows,
        monotonic_cst=[1] * len(FEATURES),
        interaction_cst="no_interactions",
        early_stopping=False,
        random_state=0,  # for the rows drawn to place thresholds
    )
    values = choices.features.astype(np.float64)
    # scikit-learn finds no thresholds in a column of NaN alone; a constant splits nothing either.
    values[:, np.isnan(values).all(axis=0)] = 0
    lost = np.bincount(choices.query, choices.stands_for * ~choices.won)
    weight = np.where(
        choices.won, (lost / np.maximum(np.bincount(choices.query, choices.won), 1))[choices.query], choices.stands_for
    )
    # One thread adds in one order: the same bits whatever the number of cores.
    with threadpool_limits(1):
        return model.fit(values, choices.won, sample_weight=weight)
