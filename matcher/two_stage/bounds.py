"""Bounds on what each actor's score for an opportunity can be, from rough columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.comparing import LAST
from matcher.eligibility import Condition, conditions, lacks_role
from matcher.features import COUNTED, FEATURES, SAID_FROM, Measured, Pairs, best_class
from matcher.scoring import Weights, WeightsByRole
from matcher.splicing import Unchanged
from matcher.types import BoolArray, FloatArray, Form, IntArray

# More than float32 loses in a sum of contributions, for each unit of weight.
ROUNDING = 1e-4
# Rough columns of texts lie within this of the exact ones, but for cosines, which have a width of their own.
WORDS_WIDTH = np.float32(3e-5)


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
    actors = blocks[0].actors
    km = actors.retrieval.km(blocks[0].opportunities.places)
    compared = candidates[actors.owner]
    high, low = _rough(blocks[0])
    reachable, sure = [], np.zeros(len(actors), np.bool_)
    excluded = np.zeros(0, np.float32)
    for pairs in blocks:
        vars(pairs)["km"] = km
        upper = _logits(pairs, weights[pairs.role].calibrated(Form(pairs.opportunities.forms[0])), high, low)
        at_best = conditions(pairs, high)
        never = (at_best != Condition.ELIGIBLE) | ~compared
        # Of all conditions only the role's depends on what is known roughly: on the evidence of the trade.
        sure |= (at_best == Condition.ELIGIBLE) & ~lacks_role(pairs, low)
        reachable.append(np.where(never, np.float32(-np.inf), upper))
        if not len(excluded):
            # Those that only lack the role, or are carried, come last (`Comparison.near_misses`). So does who is
            # eligible at best: if not, it lacks the role.
            last = (at_best == Condition.ELIGIBLE) | (at_best == Condition.CARRIED) | (at_best == Condition.NO_ROLE)
            excluded = np.where(last, np.float32(LAST), upper)
    highest = _Highest.of(actors.owner)
    some = np.where(sure, np.float32(1), np.float32(0))
    blocked = (highest(some) > 0) | ~candidates
    near = np.where(blocked, np.float32(-np.inf), highest(excluded))
    return Bounds(np.stack([highest(row) for row in reachable]), near)


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

    def __call__(self, values: FloatArray) -> FloatArray:
        if not len(self.others):
            return values
        highest: FloatArray = values[self.first]
        np.maximum.at(highest, self.owners, values[self.others])
        return highest


def _rough(pairs: Pairs) -> tuple[Measured, Measured]:
    """Return the most and the least that features of texts and classes can be; NaN where a needed value is unknown."""
    opportunities, columns = pairs.opportunities, pairs.actors.retrieval
    cosine, own, width = columns.phrases.highest(opportunities.phrases)
    low, high = pairs.similarity_range
    span = high - low

    def rescaled(cosines: FloatArray, least: float) -> FloatArray:
        place = (cosines - np.float32(low)) * np.float32(1 / span)
        return np.asarray(np.clip((place - np.float32(least)) * np.float32(1 / (1 - least)), 0, 1), np.float32)

    most = {
        "semantic": rescaled(cosine, 0),
        "said": rescaled(own, SAID_FROM),
        "words": columns.words.similarity(opportunities.words),
        "spelling": columns.spelling.similarity(opportunities.spelling),
        "sector": best_class(opportunities.affinity, columns.naf, columns.naf_sure)[columns.trade_of],
    }
    least = {
        "semantic": rescaled(cosine - np.float32(width), 0),
        "said": rescaled(own - np.float32(width), SAID_FROM),
        "words": most["words"] - WORDS_WIDTH,
        "spelling": most["spelling"] - WORDS_WIDTH,
        "sector": most["sector"],
    }
    shared = {"freshness": FEATURES["freshness"](pairs)}
    return Measured(most | shared), Measured(least | shared)


def _logits(pairs: Pairs, weights: Weights, high: Measured, low: Measured) -> FloatArray:
    """Return upper bounds of the pairs' logits `(n,)`. A feature of negative weight counts at its least."""
    known, counted = weights.bias, COUNTED[pairs.role]
    total = np.zeros(len(pairs.actors), np.float32)
    slack = 1.0
    for name in FEATURES:
        weight, neutral = weights.values[name], weights.neutral[name]
        slack += abs(weight)
        if name not in counted:
            known += weight * neutral
        elif weight:
            value = (high if weight > 0 else low).column(pairs, name)
            part = np.multiply(value, np.float32(weight), dtype=np.float32)
            np.copyto(part, np.float32(weight * neutral), where=np.isnan(part))
            total += part
    return total + np.float32(known + ROUNDING * slack)
