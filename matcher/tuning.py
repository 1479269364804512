"""Learning from ratings: observations and prior weights → the most probable weights, and how sure they are.

The score stays what it is, σ(b + Σ wᵢ·fᵢ). With no rating the prior decides, with many the ratings do; each kind of
opportunity has its own weights, drawn to the common ones where it has few ratings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from matcher.features import FEATURES
from matcher.scoring import ByKind, Weights, contributions, logits
from matcher.types import FloatArray, IntArray, OpportunityKind

# Grade → the probability that a call is worth making, which is what a score says. Not 0 and 1: one answer in twenty is
# taken to be a slip, so that no single one can ask for an infinite weight; 1 (« à la rigueur ») is below even odds.
TARGETS = (0.05, 0.35, 0.75, 0.95)


class Outcome(StrEnum):
    """How the case ended."""

    WON = "won"
    LOST = "lost"


# As a grade: what was lost was worth pursuing, but did not fit in the end. An outcome is a fact, a rating an opinion.
OUTCOME_GRADES = {Outcome.WON: 3, Outcome.LOST: 1}
OUTCOME_WEIGHT = 4.0


class Objection(StrEnum):
    """Why a partner said no."""

    TOO_FAR = "too_far"
    OTHER_TRADE = "other_trade"
    NO_CAPACITY = "no_capacity"
    WRONG_SIZE = "wrong_size"
    TOO_SHORT = "too_short"
    NOT_INTERESTED = "not_interested"
    MISSING_APPROVAL = "missing_approval"
    ALREADY_POSITIONED = "already_positioned"
    DUPLICATE = "duplicate"


# What an objection speaks of. The last three speak of no feature: they call for a record to be mended (an approval that
# was not known, a duplicate) or tell nothing of how well the two fit. Nothing is learned from them.
OBJECTS_TO: Mapping[Objection, tuple[str, ...]] = {
    Objection.TOO_FAR: ("nearness",),
    Objection.OTHER_TRADE: ("semantic", "words", "spelling", "sector"),
    Objection.NO_CAPACITY: ("capacity",),
    Objection.WRONG_SIZE: ("capacity",),
    Objection.TOO_SHORT: ("freshness",),
    Objection.NOT_INTERESTED: ("seeking",),
    Objection.MISSING_APPROVAL: (),
    Objection.ALREADY_POSITIONED: (),
    Objection.DUPLICATE: (),
}


# The parts of a score that can be objected to, and `(n_features, n_parts)`: which feature belongs to which.
_PARTS = sorted({part for part in OBJECTS_TO.values() if part})
_BELONGS = np.array([[float(name in part) for part in _PARTS] for name in FEATURES])
# What usually is there is taken to be neutral until this many pairs were seen.
USUAL_PATIENCE = 10.0


@dataclass(frozen=True)
class Observation:
    """One act on one pair: a grade (with, for a 0, perhaps an objection) or an outcome.

    `features` `(n_features,)` in the order of FEATURES, NaN unknown, as they were when shown. `rank` (first is 1) is
    None where no ranked list was between, as for a pair found by hand; `shown` is the probability that it was in
    the list at all. `groups`: what the gate watches over, as `actor_kind:scop` or `department:26`.
    """

    query_id: str
    candidate_id: str
    rater_id: str
    kind: OpportunityKind
    day: date
    features: tuple[float, ...]
    grade: int | None = None
    outcome: Outcome | None = None
    objection: Objection | None = None
    rank: int | None = None
    shown: float = 1.0
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.grade is None) == (self.outcome is None):
            raise ValueError("an observation is either a grade or an outcome")
        if self.grade is not None and self.grade not in range(len(TARGETS)):
            raise ValueError(f"a grade is one of 0 to {len(TARGETS) - 1}, not {self.grade}")
        if self.objection is not None and self.grade != 0:
            raise ValueError("only a grade of 0 has an objection")
        if len(self.features) != len(FEATURES) or any(value < 0 or value > 1 for value in self.features):
            raise ValueError(f"features are {len(FEATURES)} values in [0, 1], NaN where unknown")
        if not 0 < self.shown <= 1 or (self.rank is not None and self.rank < 1):
            raise ValueError("ranks start at 1 and a thing that was rated had some chance to be shown")

    @property
    def relevance(self) -> int:
        """The grade, or what the outcome is worth as one."""
        if self.outcome is not None:
            return OUTCOME_GRADES[self.outcome]
        assert self.grade is not None
        return self.grade

    @property
    def teaches(self) -> bool:
        """Whether it tells how well the two fit."""
        return self.objection is None or bool(OBJECTS_TO[self.objection])


@dataclass(frozen=True)
class Settings:
    """What is believed of weights and of raters before any rating.

    relative_sd, least_sd: a weight's standard deviation around the prior, as a part of it, and at least.
    bias_sd: the same of the logit of a pair that is neutral in everything.
    kind_sd: of a kind's weight around the common one, as a part of the common one's standard deviation.
    eta: a pair at rank r is looked at with probability r^−eta.
    largest_weight: where inverse propensities are clipped.
    rater_correlation: how alike one rater's answers are; n of them count as n / (1 + correlation·n), never more than
    1 / correlation.
    whole_share: how much of a no with an objection speaks against the whole pair: little, so that the part which is
    named moves the most, even beside a weight of which less was believed. objection_weight: how much it tells of what
    was missing, beside a rating.
    rounds: how often raters' reliability is estimated and the weights learned again; 0 takes all at their word.
    """

    relative_sd: float = 0.75
    least_sd: float = 0.5
    bias_sd: float = 1.0
    kind_sd: float = 0.5
    eta: float = 1.0
    largest_weight: float = 3.0
    rater_correlation: float = 0.005
    whole_share: float = 0.05
    objection_weight: float = 1.0
    rounds: int = 2


@dataclass(frozen=True)
class Posterior:
    """Weights of each kind and those common to all; `information` is how many independent ratings they rest on.

    covariance: `(m, m)`, m = (1 + n_kinds)·(1 + n_features): blocks common, then each kind in the order of
    OpportunityKind; in each block first the logit of a pair neutral in everything, then the weights (Laplace's
    approximation at the mode, as if no weight stood at its bound 0).
    reliability: rater id → [0, 1].
    """

    common: Weights
    weights: ByKind
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
    table = _Table.build(observations, prior, settings)
    problem = _Problem.build(table, prior, settings)
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


def examination(ranks: FloatArray, eta: float) -> FloatArray:
    """Return the probability `(n,)` that ranks `(n,)` are looked at, rank^−eta (Joachims et al. 2017)."""
    return np.asarray(ranks, np.float64) ** -eta


def latest(observations: Sequence[Observation]) -> list[Observation]:
    """Return what teaches, in an order of its own: of one rater's grades of one pair, the last; and all outcomes."""
    ordered = sorted((one for one in observations if one.teaches), key=_sort_key)
    return list({(one.rater_id, one.query_id, one.candidate_id, one.outcome is None): one for one in ordered}.values())


@dataclass(frozen=True)
class _Table:
    """Observations as columns `(n,)`; `centred` `(n, 1 + n_features)` has a 1, then features less their neutral values.

    missing: `(n, n_features)`, how much less than usual it has of each feature, 0 where unknown; named: `(n,)`, which
    of _PARTS is objected to, -1 where none, or where nothing of it is known; share: `(n,)`, how much of the act is
    about the pair as a whole.
    """

    raters: tuple[str, ...]
    rater: IntArray
    kind: IntArray
    centred: FloatArray
    missing: FloatArray
    named: IntArray
    share: FloatArray
    offset: FloatArray
    target: FloatArray
    weight: FloatArray

    @classmethod
    def build(cls, observations: Sequence[Observation], prior: Weights, settings: Settings) -> _Table:
        rows = latest(observations)
        names = list(FEATURES)
        values = np.array([row.features for row in rows], np.float64).reshape(len(rows), len(names))
        neutral = np.array([prior.neutral[name] for name in names])
        centred = np.where(np.isnan(values), 0.0, values - neutral)
        known = ~np.isnan(values)
        part = np.array([_PARTS.index(OBJECTS_TO[row.objection]) if row.objection else -1 for row in rows], np.int64)
        usual = centred.sum(axis=0) / (known.sum(axis=0) + USUAL_PATIENCE)
        raters = tuple(sorted({row.rater_id for row in rows}))
        position = {rater: i for i, rater in enumerate(raters)}
        kinds = list(OpportunityKind)
        ranks = np.array([row.rank or 1 for row in rows], np.float64)
        propensity = examination(ranks, settings.eta) * np.array([row.shown for row in rows], np.float64)
        outcome = np.array([row.outcome is not None for row in rows], bool)
        return cls(
            raters=raters,
            rater=np.array([position[row.rater_id] for row in rows], np.int64),
            kind=np.array([kinds.index(row.kind) for row in rows], np.int64),
            centred=np.concatenate([np.ones((len(rows), 1)), centred], axis=1),
            missing=np.where(known, usual - centred, 0.0),
            named=np.where((_BELONGS.T[part] * known).any(axis=1), part, -1),
            share=np.where(part >= 0, settings.whole_share, 1.0),
            offset=logits(contributions(values, prior), prior),
            target=np.array([TARGETS[row.relevance] for row in rows], np.float64),
            weight=_inverse_propensities(propensity, settings) * np.where(outcome, OUTCOME_WEIGHT, 1.0),
        )


def _inverse_propensities(propensity: FloatArray, settings: Settings) -> FloatArray:
    """Return weights `(n,)`: 1/p clipped, then scaled to add up to the effective number of observations.

    Clipping: Swaminathan & Joachims 2015 (JMLR 16); normalising: the same, NIPS 2015. The scale is Kish's (Σω)²/Σω²:
    else a few rare observations would speak to the prior as if they were many.
    """
    weight = np.minimum(1 / propensity, settings.largest_weight)
    scaled: FloatArray = weight * weight.sum() / np.maximum((weight**2).sum(), 1e-300)
    return scaled


def _voices(table: _Table, reliability: FloatArray, settings: Settings) -> FloatArray:
    """Return what each rater's answers are multiplied by `(n_raters,)`.

    n answers of one rater are worth n / (1 + ρ·n) independent ones (the design effect of a cluster, Kish 1965, with
    the correlation ρ): nobody's voice grows without bound.
    """
    total = np.bincount(table.rater, table.weight, len(table.raters))
    voices: FloatArray = reliability / (1 + settings.rater_correlation * total)
    return voices


# A rater is taken to be like the others until this many answers.
RATER_PATIENCE = 10.0
# The usual slope of answers on what is foreseen is held to be at least this.
LEAST_SLOPE = 0.25


def _reliability(table: _Table, problem: _Problem, voice: FloatArray, deltas: FloatArray) -> FloatArray:
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
        foreseen = _sigmoid(table.offset[mine] + (table.centred[mine] * without[1 + table.kind[mine]]).sum(axis=1))
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


@dataclass(frozen=True)
class _Problem:
    """Weighted logistic regression in deviations from the prior, as `learn` says.

    members: for each kind, its rows;
    weights: `(n_features,)` of the prior; precision: `(2, 1 + n_features)` 1/s² and 1/t²;
    bound: `(1 + n_features,)`, the least deviation.
    """

    table: _Table
    members: tuple[IntArray, ...]
    weights: FloatArray
    precision: FloatArray
    bound: FloatArray
    objection_weight: float

    @classmethod
    def build(cls, table: _Table, prior: Weights, settings: Settings) -> _Problem:
        weights = np.array([prior.values[name] for name in FEATURES])
        deviation = np.concatenate([[settings.bias_sd], np.maximum(settings.relative_sd * weights, settings.least_sd)])
        return cls(
            table=table,
            members=tuple(np.flatnonzero(table.kind == i) for i in range(len(OpportunityKind))),
            weights=weights,
            precision=np.stack([deviation**-2, (settings.kind_sd * deviation) ** -2]),
            bound=np.concatenate([[-np.inf], -weights]),
            objection_weight=settings.objection_weight,
        )

    def solve(self, voice: FloatArray, start: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Return the deviations `(1 + n_kinds, 1 + n_features)`, common first, and the Hessian there `(m, m)`.

        voice: `(n,)`, a factor per observation. Newton's method on the free weights, projected on the bound
        (Bertsekas 1982); the objective is strictly convex.
        """
        shape = (1 + len(self.members), len(self.bound))
        weight = self.table.weight * voice
        bound = np.tile(self.bound, shape[0])
        at = np.zeros(shape).ravel() if start is None else start.ravel()
        value, gradient, hessian = self._measure(at, weight)
        for _ in range(60):
            free = ~((at <= bound) & (gradient > 0))
            if np.abs(gradient[free]).max(initial=0) < 1e-8:
                break
            step = np.zeros_like(at)
            step[free] = np.linalg.solve(hessian[np.ix_(free, free)], -gradient[free])
            length = 1.0
            while length > 1e-10:
                there = np.maximum(at + length * step, bound)
                found = self._measure(there, weight)
                # Near the mode, the objective's own rounding is larger than what is left to gain.
                if found[0] <= value + 1e-4 * float(gradient @ (there - at)) + 1e-13 * abs(value):
                    break
                length /= 2
            else:
                break
            at = there
            value, gradient, hessian = found
        return at.reshape(shape), hessian

    def _measure(self, at: FloatArray, weight: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return the objective, its gradient `(m,)` and its Hessian `(m, m)`."""
        size = len(self.bound)
        common, kinds = at[:size], at.reshape(-1, size)[1:]
        near, between = self.precision
        value = 0.5 * float((near * common**2).sum() + (between * (kinds - common) ** 2).sum())
        gradient = np.concatenate(
            [near * common - (between * (kinds - common)).sum(axis=0), *(between * (kinds - common))]
        )
        hessian = np.zeros((len(at), len(at)))
        hessian[:size, :size] = np.diag(near + len(kinds) * between)
        for i, mine in enumerate(self.members):
            block = slice((1 + i) * size, (2 + i) * size)
            rows, ours, target = self.table.centred[mine], (weight * self.table.share)[mine], self.table.target[mine]
            z = self.table.offset[mine] + rows @ kinds[i]
            chance = _sigmoid(z)
            value += float((ours * (np.logaddexp(0, z) - target * z)).sum())
            gradient[block] += rows.T @ (ours * (chance - target))
            hessian[block, block] = np.diag(between) + (rows * (ours * chance * (1 - chance))[:, None]).T @ rows
            said = mine[self.table.named[mine] >= 0]
            if len(said):
                one = self._objections(said, kinds[i, 1:], self.objection_weight * weight[said])
                inner = slice(block.start + 1, block.stop)
                value += one[0]
                gradient[inner] += one[1]
                hessian[inner, inner] += one[2]
            hessian[:size, block] = hessian[block, :size] = -np.diag(between)
        return value, gradient, hessian

    def _objections(
        self, said: IntArray, moves: FloatArray, weight: FloatArray
    ) -> tuple[float, FloatArray, FloatArray]:
        """Return the part that the choice of what to object to has in objective, gradient and Hessian.

        said: `(n_said,)` rows; moves: `(n_features,)` of their kind; weight: `(n_said,)`.
        """
        missing, named = self.table.missing[said], self.table.named[said]
        loss = missing * (self.weights + moves) @ _BELONGS
        log_chance = loss - np.logaddexp.reduce(loss, axis=1, keepdims=True)
        # For each feature, the chance that the part it belongs to is named; 0 for one that belongs to none.
        chance = np.exp(log_chance) @ _BELONGS.T
        happened = _BELONGS.T[named]
        value = -float((weight * log_chance[np.arange(len(said)), named]).sum())
        gradient = (weight[:, None] * missing * (chance - happened)).sum(axis=0)
        expected = missing * chance
        together = _BELONGS @ _BELONGS.T
        hessian = together * ((weight[:, None] * expected).T @ missing) - (weight[:, None] * expected).T @ expected
        return value, gradient, hessian


def _moved(prior: Weights, delta: FloatArray) -> Weights:
    """Return the prior moved by deviations `(1 + n_features,)`; those of 0 leave it bit for bit as it is."""
    moves = dict(zip(FEATURES, delta[1:].tolist(), strict=True))
    bias = prior.bias + float(delta[0]) - sum(move * prior.neutral[name] for name, move in moves.items())
    return Weights(bias, {name: prior.values[name] + moves[name] for name in FEATURES}, dict(prior.neutral))


def _sort_key(one: Observation) -> tuple[object, ...]:
    features = tuple(-1.0 if value != value else value for value in one.features)
    act = (one.relevance, one.outcome or "", one.objection or "", one.rank or 0, one.shown, one.kind, features)
    return (one.query_id, one.candidate_id, one.rater_id, one.day, *act)


def _sigmoid(z: FloatArray) -> FloatArray:
    positive: FloatArray = 0.5 * (1 + np.tanh(z / 2))
    return positive
