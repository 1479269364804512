"""The objective that the posterior maximises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.features import FEATURES
from matcher.learning.observations import OBJECTS_TO, OUTCOME_WEIGHT, TARGETS, Observation, latest
from matcher.scoring import Weights, contributions, logits
from matcher.types import FloatArray, IntArray, OpportunityKind

# The parts of a score that can be objected to, and `(n_features, n_parts)`: which feature belongs to which.
_PARTS = sorted({part for part in OBJECTS_TO.values() if part})


_BELONGS = np.array([[float(name in part) for part in _PARTS] for name in FEATURES])


# What usually is there is taken to be neutral until this many pairs were seen.
USUAL_PATIENCE = 10.0


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


def examination(ranks: FloatArray, eta: float) -> FloatArray:
    """Return the probability `(n,)` that ranks `(n,)` are looked at, rank^−eta (Joachims et al. 2017)."""
    return np.asarray(ranks, np.float64) ** -eta


@dataclass(frozen=True)
class Table:
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
    def build(cls, observations: Sequence[Observation], prior: Weights, settings: Settings) -> Table:
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
        listed = np.array([row.propensity for row in rows], np.float64)
        propensity = examination(ranks, settings.eta) * listed
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


@dataclass(frozen=True)
class Problem:
    """Weighted logistic regression in deviations from the prior, as `learn` says.

    members: for each kind, its rows;
    weights: `(n_features,)` of the prior; precision: `(2, 1 + n_features)` 1/s² and 1/t²;
    bound: `(1 + n_features,)`, the least deviation.
    """

    table: Table
    members: tuple[IntArray, ...]
    weights: FloatArray
    precision: FloatArray
    bound: FloatArray
    objection_weight: float

    @classmethod
    def build(cls, table: Table, prior: Weights, settings: Settings) -> Problem:
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
            chance = sigmoid(z)
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


def sigmoid(z: FloatArray) -> FloatArray:
    positive: FloatArray = 0.5 * (1 + np.tanh(z / 2))
    return positive
