"""Bounds on what each actor's score for an opportunity can be, from rough columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.comparing import LAST
from matcher.eligibility import Condition, conditions, lacks_role
from matcher.features import COUNTED, FEATURES, Measured, Pairs
from matcher.scoring import Weights, WeightsByRole
from matcher.splicing import Unchanged
from matcher.threads import each
from matcher.two_stage.portions import Portion, portions_of
from matcher.two_stage.rough_features import ROUGHNESS, RoughTexts, rough_distances, rough_texts, rough_value
from matcher.types import BoolArray, FloatArray, Form, IntArray

# More than float32 loses in a sum of contributions, for each unit of weight.
ROUNDING = 1e-4
# By Condition: who comes last among near misses, if it is one.
_LAST = np.isin(np.array(Condition), (Condition.ELIGIBLE, Condition.CARRIED, Condition.NO_ROLE))
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Bounds:
    """Upper bounds of logits, by actor; actors of which nothing is known roughly have no bound: infinity.

    eligible: `(n_blocks, n_actors)`, of an eligible row in each block; -inf where none can be. excluded: `(n_actors,)`,
    of the row that a near miss is listed by; -inf where some row of the actor is surely eligible.
    """

    eligible: FloatArray
    excluded: FloatArray


def bounds_of(blocks: Sequence[Pairs], weights: WeightsByRole, candidates: BoolArray) -> Bounds:
    """Return the bounds of actors for one opportunity. blocks: a role each, the leading one first, of all actors."""
    actors, form = blocks[0].actors, Form(blocks[0].opportunities.forms[0])
    if not len(actors):
        return Bounds(np.zeros((len(blocks), 0), np.float32), np.zeros(0, np.float32))
    texts, portions = rough_texts(blocks[0]), portions_of(actors)

    def of_portion(part: tuple[Pairs, Portion]) -> _Bounded:
        pairs, portion = part
        own = replace(pairs, actors=portion.units)
        km = rough_distances(pairs, portion.units, portion.rows)
        return _bounded(own, weights[pairs.role].calibrated(form), texts.of(portion.rows), km)

    # Who does not play a role is eligible in it for no case. Of the leading one all are told, as near misses.
    parts = [(blocks[0], portion) for portion in portions.all]
    others = [(pairs, portions.players[pairs.role]) for pairs in blocks[1:]]
    bounded = each(of_portion, [*parts, *(part for part in others if len(part[1].units))])
    leading, highest = bounded[: len(parts)], _Highest.of(actors.owner)
    eligible = np.full((len(blocks), len(candidates)), -np.inf, np.float32)
    eligible[0] = highest(np.concatenate([part.eligible for part in leading]))
    excluded = highest(np.concatenate([part.excluded for part in leading]))
    sure = highest(np.concatenate([part.sure for part in leading]))
    of_others = iter(bounded[len(parts) :])
    for block, (_, portion) in enumerate(others, start=1):
        if len(portion.units):
            own, owner = next(of_others), actors.owner[portion.rows]
            np.maximum.at(eligible[block], owner, own.eligible)
            sure[owner[own.sure]] = True
    eligible[:, ~candidates] = -np.inf
    excluded[sure | ~candidates] = -np.inf
    return Bounds(eligible, excluded)


def bounds_beside(of_known: Bounds, unchanged: Unchanged, candidates: BoolArray) -> Bounds:
    """Return the bounds of all actors from those of an older state; of who came or changed since there is none.

    candidates: `(n_actors,)`.
    """
    unbounded = np.where(candidates, np.float32(np.inf), np.float32(-np.inf))

    def spread(known: FloatArray) -> FloatArray:
        values = unbounded.copy()
        values[unchanged.now] = known[unchanged.then]
        return values

    return Bounds(np.stack([spread(row) for row in of_known.eligible]), spread(of_known.excluded))


@dataclass(frozen=True)
class _Highest:
    """The highest value of each actor's units. first: `(n_actors,)` its first unit; others, owners: all other units."""

    first: IntArray
    others: IntArray
    owners: IntArray

    @classmethod
    def of(cls, owner: IntArray) -> _Highest:
        begins = np.diff(owner, prepend=-1) > 0
        others = np.flatnonzero(~begins)
        return cls(np.flatnonzero(begins), others, owner[others])

    def __call__(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """Return the highest of units' values `(n_units,)`, or whether any is true, by actor."""
        highest: NDArray[Scalar] = values[self.first]
        np.maximum.at(highest, self.owners, values[self.others])
        return highest


class _Bounded(NamedTuple):
    """Bounds of n pairs in one role, all `(n,)`.

    eligible, excluded: as in `Bounds`, whoever is sure. sure: who is surely eligible.
    """

    eligible: FloatArray
    excluded: FloatArray
    sure: BoolArray


def _bounded(pairs: Pairs, weights: Weights, texts: RoughTexts, km: FloatArray) -> _Bounded:
    vars(pairs)["km"] = km
    high, low = texts.high(), texts.low()
    at_best = conditions(pairs, high)
    upper = _logits(pairs, weights, high, low)
    may_be = at_best == Condition.ELIGIBLE
    # Of all conditions only the role's depends on what is known roughly: on the evidence of the trade.
    sure = may_be & ~lacks_role(pairs, low)
    # Those that only lack the role, or are carried, come last (`Comparison.near_misses`). So does who is eligible at
    # best: if not, it lacks the role.
    excluded = np.where(_LAST[at_best], np.float32(LAST), upper)
    return _Bounded(np.where(may_be, upper, np.float32(-np.inf)), excluded, sure)


def _logits(pairs: Pairs, weights: Weights, high: Measured, low: Measured) -> FloatArray:
    """Return upper bounds of the pairs' logits `(n,)`. A feature of negative weight counts at its least."""
    known, counted = weights.bias, COUNTED[pairs.role]
    total = np.zeros(len(pairs.actors), np.float32)
    slack = ROUNDING
    for name in FEATURES:
        weight, neutral = weights.values[name], weights.neutral[name]
        slack += abs(weight) * (ROUNDING + ROUGHNESS.get(name, 0.0))
        if name not in counted:
            known += weight * neutral
        elif weight:
            value = rough_value(pairs, name, high if weight > 0 else low)
            part = np.multiply(value, np.float32(weight), dtype=np.float32)
            np.copyto(part, np.float32(weight * neutral), where=np.isnan(part))
            total += part
    total += np.float32(known + slack)
    return total
