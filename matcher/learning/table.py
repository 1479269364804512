"""Observations as columns: centred features, targets and weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.features import COUNTED, FEATURES
from matcher.learning.observations import OBJECTS_TO, OUTCOME_WEIGHT, TARGETS, Observation, latest
from matcher.learning.settings import Settings
from matcher.scoring import WeightsByRole, contributions, logits
from matcher.types import FloatArray, IntArray, Role

# Parts of a score that can be objected to: tuples of features.
PARTS = sorted({part for part in OBJECTS_TO.values() if part})
# Which feature belongs to which part, 0 or 1, `(n_features, n_parts)`.
PART_MEMBERSHIP = np.array([[float(name in part) for part in PARTS] for name in FEATURES])
# The usual value of a feature is taken to be its neutral value until this many pairs were seen.
USUAL_PATIENCE = 10.0


@dataclass(frozen=True)
class Table:
    """Observations as columns `(n,)`; `centred` `(n, 1 + n_features)` has a 1, then features minus neutral values.

    raters: ids, sorted; rater: positions among them. role: positions in Role.
    missing: `(n, n_features)`, the usual value minus this pair's, 0 where unknown.
    named: positions in PARTS of what is objected to; -1 without an objection, or where nothing of the part is known.
    share: how much of the act is about the pair as a whole, in [0, 1].
    offset: logits by the prior. target: probabilities (TARGETS). weight: of each observation, before its rater's.
    """

    raters: tuple[str, ...]
    rater: IntArray
    role: IntArray
    centred: FloatArray
    missing: FloatArray
    named: IntArray
    share: FloatArray
    offset: FloatArray
    target: FloatArray
    weight: FloatArray

    @classmethod
    def build(cls, observations: Sequence[Observation], prior: WeightsByRole, settings: Settings) -> Table:
        rows = latest(observations)
        names = list(FEATURES)
        values = np.array([row.features for row in rows], np.float64).reshape(len(rows), len(names))
        neutral = np.array([[prior[row.role].neutral[name] for name in names] for row in rows])
        neutral = neutral.reshape(len(rows), len(names))
        counted = np.array([[name in COUNTED[row.role] for name in names] for row in rows], np.bool_)
        counted = counted.reshape(values.shape)
        row_roles = np.array([row.role for row in rows], object)
        offset = np.zeros(len(rows))
        for role in set(row_roles):
            of_role = row_roles == role
            known_values = np.where(counted[of_role], values[of_role], np.nan)
            offset[of_role] = logits(contributions(known_values, prior[role]), prior[role])
        centred = np.where(np.isnan(values) | ~counted, 0.0, values - neutral)
        known = ~np.isnan(values) & counted
        part = np.array([PARTS.index(OBJECTS_TO[row.objection]) if row.objection else -1 for row in rows], np.int64)
        usual = centred.sum(axis=0) / (known.sum(axis=0) + USUAL_PATIENCE)
        raters = tuple(sorted({row.rater_id for row in rows}))
        position = {rater: i for i, rater in enumerate(raters)}
        roles = list(Role)
        ranks = np.array([row.rank or 1 for row in rows], np.float64)
        listed = np.array([row.propensity for row in rows], np.float64)
        propensity = examination(ranks, settings.eta) * listed
        outcome = np.array([row.outcome is not None for row in rows], bool)
        return cls(
            raters=raters,
            rater=np.array([position[row.rater_id] for row in rows], np.int64),
            role=np.array([roles.index(row.role) for row in rows], np.int64),
            centred=np.concatenate([np.ones((len(rows), 1)), centred], axis=1),
            missing=np.where(known, usual - centred, 0.0),
            named=np.where((PART_MEMBERSHIP.T[part] * known).any(axis=1), part, -1),
            share=np.where(part >= 0, settings.whole_share, 1.0),
            offset=offset,
            target=np.array([TARGETS[row.relevance] for row in rows], np.float64),
            weight=_inverse_propensities(propensity, settings) * np.where(outcome, OUTCOME_WEIGHT, 1.0),
        )


def examination(ranks: FloatArray, eta: float) -> FloatArray:
    """Return the probability `(n,)` that ranks `(n,)` are looked at, rank^−eta (Joachims et al. 2017)."""
    return np.asarray(ranks, np.float64) ** -eta


def _inverse_propensities(propensity: FloatArray, settings: Settings) -> FloatArray:
    """Return weights `(n,)`: 1/p clipped, then scaled to add up to the effective number of observations.

    Clipping: Swaminathan & Joachims 2015 (JMLR 16); normalising: the same, NIPS 2015. The effective number is Kish's
    (Σω)²/Σω²: without it, a few rare observations would outweigh the prior as if they were many.
    """
    weight = np.minimum(1 / propensity, settings.largest_weight)
    scaled: FloatArray = weight * weight.sum() / np.maximum((weight**2).sum(), 1e-300)
    return scaled
