"""Learning from ratings: observations and prior weights → the most probable weights, and how certain they are.

The form of the score does not change: σ(b + Σ wᵢ·fᵢ). Without ratings the prior decides, with many the ratings do. Each
role has its own weights, drawn to the common ones where it has few ratings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from matcher.features import COUNTED, FEATURES
from matcher.learning.objective import Problem
from matcher.learning.observations import Observation
from matcher.learning.reliability import rater_reliability, rater_voices
from matcher.learning.settings import Settings
from matcher.learning.table import Table
from matcher.scoring import Weights, WeightsByRole
from matcher.types import ROLE_PLACES, FloatArray, Role


@dataclass(frozen=True)
class Posterior:
    """Learned weights of each role, with their uncertainty; `common`: the prior of a market, moved by what roles share.

    covariance: `(m, m)`, m = (1 + n_roles)·(1 + n_features): a common block, then one per role in the order of
    Role; in each block the logit of a pair neutral in every feature, then the weights (Laplace's
    approximation at the mode, as if no weight stood at its bound 0).
    reliability: rater id → [0, 1]. information: the number of independent ratings that the weights rest on.
    """

    common: Weights
    weights: WeightsByRole
    covariance: FloatArray
    reliability: Mapping[str, float]
    information: float

    def deviations(self, role: Role | None = None) -> dict[str, float]:
        """Return the standard deviation of each weight of a role, or of the common ones."""
        block = 0 if role is None else 1 + ROLE_PLACES[role]
        size = 1 + len(FEATURES)
        variances = np.diag(self.covariance)[block * size + 1 : (block + 1) * size]
        return dict(zip(FEATURES, np.sqrt(variances).tolist(), strict=True))


def learn(observations: Sequence[Observation], prior: WeightsByRole, settings: Settings | None = None) -> Posterior:
    """Return the maximum a posteriori weights, whatever the order of the observations.

    Minimised: Σ ωᵢ·H(yᵢ, σ(zᵢ)) + ½ Σ (δ/s)² + ½ Σ_role ((δ_role − δ)/t)², where H is the cross-entropy with the
    grade's target, δ the deviations from the prior of the weights and of the logit of a neutral pair, and all weights
    stay ≥ 0: features are made so that more is better. Partial pooling: Gelman & Hill 2007, ch. 12.

    zᵢ is the logit as it is shown, by the prior's calibration of its role and form: the weights
    move until the scores shown agree with the ratings; the calibrations stay, beside the weights.

    Features are taken relative to their neutral values, so unknown ones move nothing. ωᵢ is the product of the clipped
    inverse propensity, the outcome's weight (both in `Table.weight`) and the rater's (`rater_voices`,
    `rater_reliability`).

    A no with an objection enters twice. As a no like any other, but only `whole_share` of it: the rest of the pair was
    not refused. And, with `objection_weight`, as a choice of the part that was missing most:
    P(part) ∝ exp Σ_part wⱼ·(usualⱼ − fⱼ), usual being the mean over the pairs seen (conditional logit, McFadden 1974).
    « Trop loin » about a distant pair thus raises nearness; about a near pair it lowers it. Both terms are convex, so
    there is one mode.
    """
    settings = settings or Settings()
    table = Table.build(observations, prior, settings)
    problem = Problem.build(table, prior, settings)
    reliability: FloatArray = np.ones(len(table.raters))
    voice = rater_voices(table, reliability, settings)
    deltas, hessian = problem.solve(voice[table.rater])
    for _ in range(settings.rounds if len(table.raters) else 0):
        reliability = rater_reliability(table, problem, voice, deltas)
        voice = rater_voices(table, reliability, settings)
        deltas, hessian = problem.solve(voice[table.rater], deltas)
    by_role = {role: _moved(prior[role], deltas[1 + i], COUNTED[role]) for i, role in enumerate(Role)}
    return Posterior(
        common=_moved(prior[Role.SUPPLY], deltas[0], FEATURES.keys()),
        weights=by_role,
        covariance=np.linalg.inv(hessian),
        reliability=dict(zip(table.raters, reliability.tolist(), strict=True)),
        information=float((table.weight * voice[table.rater]).sum()),
    )


def prior_deviations(prior: Weights, settings: Settings | None = None) -> dict[str, float]:
    """Return the standard deviation of each weight of a role before any rating: the common and the role's own part."""
    settings = settings or Settings()
    own = 1 + settings.role_sd**2
    return {
        name: max(settings.relative_sd * weight, settings.least_sd) * own**0.5 for name, weight in prior.values.items()
    }


def _moved(prior: Weights, delta: FloatArray, counted: Set[str]) -> Weights:
    """Return the prior plus deviations `(1 + n_features,)`, of the features that count; zeros leave it unchanged."""
    moves = {name: move if name in counted else 0.0 for name, move in zip(FEATURES, delta[1:].tolist(), strict=True)}
    bias = prior.bias + float(delta[0]) - sum(move * prior.neutral[name] for name, move in moves.items())
    return replace(prior, bias=bias, values={name: prior.values[name] + moves[name] for name in FEATURES})
