"""Learning from ratings: observations and prior weights → the most probable weights, and how sure they are.

The score stays what it is, σ(b + Σ wᵢ·fᵢ). With no rating the prior decides, with many the ratings do; each kind of
opportunity has its own weights, drawn to the common ones where it has few ratings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.features import FEATURES
from matcher.learning.objective import Problem, Settings, Table, sigmoid
from matcher.learning.observations import Observation
from matcher.scoring import Weights, WeightsByKind
from matcher.types import FloatArray, OpportunityKind

# A rater is taken to be like the others until this many answers.
RATER_PATIENCE = 10.0

# The usual slope of answers on what is foreseen is held to be at least this.
LEAST_SLOPE = 0.25


@dataclass(frozen=True)
class Posterior:
    """Weights of each kind and those common to all; `information` is how many independent ratings they rest on.

    covariance: `(m, m)`, m = (1 + n_kinds)·(1 + n_features): blocks common, then each kind in the order of
    OpportunityKind; in each block first the logit of a pair neutral in everything, then the weights (Laplace's
    approximation at the mode, as if no weight stood at its bound 0).
    reliability: rater id → [0, 1].
    """

    common: Weights
    weights: WeightsByKind
    covariance: FloatArray
    reliability: Mapping[str, float]
    information: float

    def deviations(self, kind: OpportunityKind | None = None) -> dict[str, float]:
        """Return the standard deviation of each weight of a kind, or of the common ones."""
        block = 0 if kind is None else 1 + list(OpportunityKind).index(kind)
        size = 1 + len(FEATURES)
        variances = np.diag(self.covariance)[block * size + 1 : (block + 1) * size]
        return dict(zip(FEATURES, np.sqrt(variances).tolist(), strict=True))


def learn(observations: Sequence[Observation], prior: Weights, settings: Settings | None = None) -> Posterior:
    """Return the maximum a posteriori weights, whatever the order of the observations.

    Minimised: Σ ωᵢ·H(yᵢ, σ(zᵢ)) + ½ Σ (δ/s)² + ½ Σ_kind ((δ_kind − δ)/t)², where H is the cross-entropy with the
    grade's target, δ the deviations from the prior of the weights and of the logit of a neutral pair, and all weights
    stay ≥ 0: features are made so that more is better. Partial pooling: Gelman & Hill 2007, ch. 12.

    Features are taken relative to their neutral values, so an unknown one moves nothing. ωᵢ is the product of the
    clipped inverse propensity (`_inverse_propensities`), the outcome's weight, and the rater's (`_voices`,
    `_reliability`).

    A no with an objection says two things. That it is a no, as any other, but only `whole_share` of it: the rest of the
    pair is not what was refused. And, with `objection_weight`, which part was missing the most: a choice among the
    parts, P(part) ∝ exp Σ_part wⱼ·(usualⱼ − fⱼ), where usual is the mean of what was seen (conditional logit,
    McFadden 1974). So « trop loin » of what is far raises nearness; of what is near, it says that nearness misled.
    Both terms are convex, so there is one mode.
    """
    settings = settings or Settings()
    table = Table.build(observations, prior, settings)
    problem = Problem.build(table, prior, settings)
    reliability: FloatArray = np.ones(len(table.raters))
    voice = _voices(table, reliability, settings)
    deltas, hessian = problem.solve(voice[table.rater])
    for _ in range(settings.rounds if len(table.raters) else 0):
        reliability = _reliability(table, problem, voice, deltas)
        voice = _voices(table, reliability, settings)
        deltas, hessian = problem.solve(voice[table.rater], deltas)
    by_kind = {kind: _moved(prior, deltas[1 + i]) for i, kind in enumerate(OpportunityKind)}
    return Posterior(
        common=_moved(prior, deltas[0]),
        weights=by_kind,
        covariance=np.linalg.inv(hessian),
        reliability=dict(zip(table.raters, reliability.tolist(), strict=True)),
        information=float((table.weight * voice[table.rater]).sum()),
    )


def prior_deviations(prior: Weights, settings: Settings | None = None) -> dict[str, float]:
    """Return the standard deviation of each weight of a kind before any rating: of the common one and its own."""
    settings = settings or Settings()
    own = 1 + settings.kind_sd**2
    return {
        name: max(settings.relative_sd * weight, settings.least_sd) * own**0.5 for name, weight in prior.values.items()
    }


def _voices(table: Table, reliability: FloatArray, settings: Settings) -> FloatArray:
    """Return what each rater's answers are multiplied by `(n_raters,)`.

    n answers of one rater are worth n / (1 + ρ·n) independent ones (the design effect of a cluster, Kish 1965, with
    the correlation ρ): nobody's voice grows without bound.
    """
    total = np.bincount(table.rater, table.weight, len(table.raters))
    voices: FloatArray = reliability / (1 + settings.rater_correlation * total)
    return voices


def _reliability(table: Table, problem: Problem, voice: FloatArray, deltas: FloatArray) -> FloatArray:
    """Return each rater's reliability in [0, 1] `(n_raters,)`: does he answer as the others let foresee?

    For each rater the weights are learned without him. The slope of his targets on the scores that they give is 1 for
    who answers alike, 0 for who answers at random, below for who answers the opposite; over the usual slope, clipped.
    In the spirit of Dawid & Skene 1979 and Raykar et al. 2010, where raters' error rates and the scorer are learned in
    turns; leaving the rater out keeps one that talks a lot from being his own witness.
    """
    n = len(table.raters)
    covariance, variance, total = np.zeros(n), np.zeros(n), np.zeros(n)
    for rater in range(n):
        mine = table.rater == rater
        alone = voice.copy()
        alone[rater] = 0
        without, _ = problem.solve(alone[table.rater], deltas)
        foreseen = sigmoid(table.offset[mine] + (table.centred[mine] * without[1 + table.kind[mine]]).sum(axis=1))
        weight = table.weight[mine]
        total[rater] = weight.sum()
        # A strict rater is no bad one: only how he orders counts, so both are taken around their own means.
        mean = (weight * foreseen).sum() / total[rater]
        covariance[rater] = (weight * (foreseen - mean) * table.target[mine]).sum()
        variance[rater] = (weight * (foreseen - mean) ** 2).sum()
    spread = variance.sum() / total.sum()
    if spread < 1e-12:
        return np.ones(n)
    # Each rater speaks with his bounded voice in the usual slope too.
    usual = float(np.clip((voice * covariance).sum() / max((voice * variance).sum(), 1e-12), LEAST_SLOPE, 1))
    slope = (covariance + RATER_PATIENCE * spread * usual) / (variance + RATER_PATIENCE * spread)
    reliability: FloatArray = np.clip(slope / usual, 0, 1)
    return reliability


def _moved(prior: Weights, delta: FloatArray) -> Weights:
    """Return the prior moved by deviations `(1 + n_features,)`; those of 0 leave it bit for bit as it is."""
    moves = dict(zip(FEATURES, delta[1:].tolist(), strict=True))
    bias = prior.bias + float(delta[0]) - sum(move * prior.neutral[name] for name, move in moves.items())
    return Weights(bias, {name: prior.values[name] + moves[name] for name in FEATURES}, dict(prior.neutral))
