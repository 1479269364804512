"""Linear scorer: the product's own form, its weights learned from choices by conditional logit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from matcher.evaluation.learned_scorers import Choices, Learner
from matcher.features import FEATURES
from matcher.learning.settings import Settings
from matcher.scoring import Weights, contributions, logits
from matcher.types import FloatArray

# Strength of the pull to the prior; 1 is the strength of tuning from ratings (`matcher.learning.settings.Settings`).
PULLS = (1000.0, 100.0, 10.0, 1.0)


@dataclass(frozen=True)
class Linear:
    """The product's own score, under any weights."""

    weights: Weights

    @property
    def baseline(self) -> float:
        return self.weights.bias

    def contributions(self, features: FloatArray) -> FloatArray:
        return contributions(features, self.weights)

    def score(self, features: FloatArray) -> FloatArray:
        return logits(self.contributions(features), self.weights)


def linear(prior: Weights) -> Learner:
    """Return, by strength of pull, how weights ≥ 0 of the same features are learned around the prior's."""
    return {f"λ={pull:g}": partial(fit_linear, prior=prior, pull=pull) for pull in PULLS}


def fit_linear(choices: Choices, prior: Weights, pull: float) -> Linear:
    """Return the most probable weights w ≥ 0, given the winners and a normal prior around w₀.

    Minimised: Σ_query mean_winner log(1 + Σ_loser exp(z_loser − z_winner)) + pull/2 Σ ((w − w₀)/s)², z = w·f: each
    winner was chosen among itself and all losers (conditional logit, McFadden 1974; the first place of a Plackett–Luce
    ranking). s is that of tuning from ratings. Convex, so there is one mode.

    A choice within a query says nothing about what all its candidates share: the bias stays the prior's, and so does
    the weight of a feature that no query varies. An unknown feature counts as its neutral value.
    """
    names = list(FEATURES)
    start = np.array([prior.values[name] for name in names])
    values = np.where(np.isnan(choices.features), [prior.neutral[name] for name in names], choices.features)
    settings = Settings()
    deviation = np.maximum(settings.relative_sd * start, settings.least_sd)

    losers = np.flatnonzero(~choices.won)
    queries, first = np.unique(choices.query[losers], return_index=True)
    # A query without losers expresses no preference.
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
    fitted = minimize(measure, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds)
    weights = np.maximum(start + fitted.x * deviation, 0)
    return Linear(replace(prior, values=dict(zip(names, weights.tolist(), strict=True))))
