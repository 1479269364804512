"""Bounds on what each actor's score for an opportunity can be, from rough columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.features import Pairs
from matcher.scoring import WeightsByRole
from matcher.splicing import Unchanged
from matcher.threads import each
from matcher.two_stage.first_look import first_look
from matcher.two_stage.portions import Portion, portions_of
from matcher.two_stage.reach import Reach
from matcher.two_stage.rough_features import rough_texts
from matcher.two_stage.rough_pairs import RoughPairs, rough_pairs
from matcher.types import BoolArray, FloatArray, Form


@dataclass(frozen=True)
class Bounds:
    """Upper bounds of logits, by actor; actors of which nothing is known roughly have no bound: infinity.

    eligible: `(n_blocks, n_actors)`, of an eligible row in each block; -inf where none can be. excluded: `(n_actors,)`,
    of the row that a near miss is listed by; -inf where some row of the actor is surely eligible.
    """

    eligible: FloatArray
    excluded: FloatArray


def bounds_of(blocks: Sequence[Pairs], weights: WeightsByRole, candidates: BoolArray, reach: Reach) -> Bounds:
    """Return the bounds of actors for one opportunity. blocks: a role each, the leading one first, of all actors.

    candidates: `(n_actors,)`. Those who are hardly within reach have a looser bound, by their texts alone.
    """
    actors, form = blocks[0].actors, Form(blocks[0].opportunities.forms[0])
    eligible = np.full((len(blocks), len(candidates)), -np.inf, np.float32)
    if not len(actors):
        return Bounds(eligible, eligible[0])
    own = [weights[pairs.role].calibrated(form) for pairs in blocks]
    texts, portions = rough_texts(blocks[0]), portions_of(actors)
    upper, excluded, rows = first_look(blocks[0], own[0], texts, candidates, reach)
    leading = portions.all if rows is None else portions.of(rows)
    # Who does not play a role is eligible in it for no case. Of the leading one all are told, as near misses.
    others = ((block, portions.players[pairs.role]) for block, pairs in enumerate(blocks) if block)
    parts = [(0, portion) for portion in leading] + [(block, players) for block, players in others if players.count]

    def bound(part: tuple[int, Portion]) -> RoughPairs:
        block, portion = part
        return rough_pairs(blocks[block], own[block], texts, portion)

    sure = np.zeros(len(candidates), np.bool_)
    for (block, portion), found in zip(parts, each(bound, parts), strict=True):
        owner = actors.owner[portion.rows]
        if block:
            np.maximum.at(eligible[block], owner, found.eligible)
        else:
            upper[portion.rows], excluded[portion.rows] = found.eligible, found.excluded
        sure[owner[found.sure]] = True
    eligible[0] = portions.highest(upper)
    nearest = portions.highest(excluded)
    eligible[:, ~candidates] = -np.inf
    nearest[sure | ~candidates] = -np.inf
    return Bounds(eligible, nearest)


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
