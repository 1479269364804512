"""Pairs in one role, as rough columns show them: between which bounds their logits lie, and who is surely eligible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from matcher.comparing import LAST
from matcher.eligibility import Condition, conditions, lacks_role
from matcher.features import COUNTED, FEATURES, Measured, Pairs
from matcher.scoring import Weights
from matcher.two_stage.portions import Portion
from matcher.two_stage.rough_features import ROUGHNESS, RoughTexts, rough_distances, rough_value
from matcher.types import BoolArray, FloatArray

# More than float32 loses in a sum of contributions, for each unit of weight.
ROUNDING = 1e-4
# By Condition: who comes last among near misses, if it is one.
_LAST = np.isin(np.array(Condition), (Condition.ELIGIBLE, Condition.CARRIED, Condition.NO_ROLE))


class RoughPairs(NamedTuple):
    """Bounds of n pairs in one role, all `(n,)`.

    eligible: upper ones of logits, -inf of those that surely are not eligible. excluded: of what a near miss is listed
    by, whoever is eligible. sure: who is surely eligible; fails: who fails a condition that teaches something. lower:
    returns the lower ones of logits.
    """

    eligible: FloatArray
    excluded: FloatArray
    sure: BoolArray
    fails: BoolArray
    lower: Callable[[], FloatArray]


def rough_pairs(everybody: Pairs, weights: Weights, texts: RoughTexts, portion: Portion) -> RoughPairs:
    """Return the bounds of a portion's units. everybody: all. texts: the portion's. weights: as they are shown."""
    pairs = replace(everybody, actors=portion.units)
    vars(pairs)["km"] = rough_distances(everybody, portion.units, portion.rows)
    high, low = texts.high(), texts.low()
    at_best = conditions(pairs, high)
    may_be, last = at_best == Condition.ELIGIBLE, _LAST[at_best]
    # Of all conditions only the role's depends on what is known roughly: on the evidence of the trade.
    sure = may_be & ~lacks_role(pairs, low)
    slack = sum(abs(weights.values[name]) * (ROUNDING + ROUGHNESS.get(name, 0.0)) for name in FEATURES) + ROUNDING
    upper = _logits(pairs, weights, high, low, slack)
    return RoughPairs(
        np.where(may_be, upper, np.float32(-np.inf)),
        # Those that only lack the role, or are carried, come last (`Comparison.near_misses`). So does who is eligible
        # at best: if not, it lacks the role.
        np.where(last, np.float32(LAST), upper),
        sure,
        ~last,
        lambda: _logits(pairs, weights, low, high, -slack),
    )


def _logits(pairs: Pairs, weights: Weights, rising: Measured, falling: Measured, slack: float) -> FloatArray:
    """Return sums `(n,)` of the contributions; rising: the features of weights above 0, falling: of those below."""
    known, counted = weights.bias + slack, COUNTED[pairs.role]
    total = np.zeros(len(pairs.actors), np.float32)
    for name in FEATURES:
        weight, neutral = weights.values[name], weights.neutral[name]
        if name not in counted:
            known += weight * neutral
        elif weight:
            value = rough_value(pairs, name, rising if weight > 0 else falling)
            part = np.multiply(value, np.float32(weight), dtype=np.float32)
            np.copyto(part, np.float32(weight * neutral), where=np.isnan(part))
            total += part
    total += np.float32(known)
    return total
