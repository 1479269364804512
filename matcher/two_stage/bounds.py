"""Bounds on what each actor's score for an opportunity can be, from rough columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matcher.features import Pairs
from matcher.scoring import WeightsByRole
from matcher.splicing import Unchanged
from matcher.threads import each
from matcher.two_stage.first_look import first_look, look_beside
from matcher.two_stage.portions import MOST_UNITS, SomeUnits, portions_of
from matcher.two_stage.reach import Reach
from matcher.two_stage.rough_features import RoughTexts, rough_phrases, rough_words
from matcher.two_stage.rough_pairs import RoughPairs, rough_pairs
from matcher.two_stage.without_phrases import with_phrases
from matcher.types import BoolArray, FloatArray, Form, IntArray

# Above one candidate in so many, reading the phrases of all costs less than bringing theirs together.
MOST_SHARE = 5
# Up to so many units they are read first: all of them take less than to look twice at who is left.
ALL_PHRASES = 40_000


@dataclass(frozen=True)
class Bounds:
    """Upper bounds of logits, by actor; actors of which nothing is known roughly have no bound: infinity.

    eligible: `(n_blocks, n_actors)`, of an eligible row in each block; -inf where none can be. excluded: `(n_actors,)`,
    of the row that a near miss is listed by; -inf where some row of the actor is surely eligible.
    """

    eligible: FloatArray
    excluded: FloatArray


def bounds_of(
    blocks: Sequence[Pairs], weights: WeightsByRole, candidates: BoolArray, reach: Reach, everybody: int
) -> Bounds:
    """Return the bounds of actors for one opportunity. blocks: a role each, the leading one first, of all actors.

    candidates: `(n_actors,)`. Those who are not within reach have a looser bound, mostly without their phrases.
    everybody: of how many the candidates are; the order of the work depends on no other number, for time tells it.
    """
    actors, form = blocks[0].actors, Form(blocks[0].opportunities.forms[0])
    eligible = np.full((len(blocks), len(candidates)), -np.inf, np.float32)
    if not len(actors):
        return Bounds(eligible, eligible[0])
    own = [weights[pairs.role].calibrated(form) for pairs in blocks]
    words, portions, units = rough_words(blocks[0]), portions_of(actors), candidates[actors.owner]
    phrases = rough_phrases(blocks[0], None) if everybody <= ALL_PHRASES else None
    texts = words.beside(phrases) if phrases else words
    leading = first_look(blocks[0], own[0], texts, units, reach)
    # Of one list of all roles, whoever is not within reach in one of them need not be looked at in it. Who does not
    # play a role is eligible in it for no case. Of the leading one all are told, as near misses.
    bar = -np.inf if reach.by_role else leading.listed
    others = [look_beside(pairs, shown, texts, units, bar) for pairs, shown in zip(blocks[1:], own[1:], strict=True)]
    looks = {block: look for block, look in enumerate((leading, *others)) if look}
    unread = phrases is None
    if unread and MOST_SHARE * sum(len(look.places) for look in looks.values()) > np.count_nonzero(units):
        phrases = rough_phrases(blocks[0], None)
    parts: list[Part] = []
    for block, look in looks.items():
        places = look.places
        if not len(places):
            continue
        pairs, shown = blocks[block], own[block]
        if phrases and not unread:
            kept, theirs = places, phrases.of(look.rows_at(places))
        elif phrases and not block:
            # Neighbours side by side: nothing is brought together.
            for start in range(0, len(actors), MOST_UNITS):
                here = slice(start, start + MOST_UNITS)
                look.most[here] = with_phrases(pairs, shown, look.most[here], phrases.of(here))
            kept = look.within()
            theirs = phrases.of(kept)
        else:
            rows = look.rows_at(places)
            theirs = phrases.of(rows) if phrases else rough_phrases(pairs, rows)
            look.most[places] = with_phrases(pairs, shown, look.most[places], theirs)
            kept = look.still(places)
            theirs = theirs.of(np.searchsorted(places, kept))
        for portion, at in portions.of(look.rows_at(kept)):
            parts.append(Part(block, portion, kept[at], words.of(portion.rows).beside(theirs.of(at))))

    def bound(part: Part) -> RoughPairs:
        return rough_pairs(blocks[part.block], own[part.block], part.texts, part.portion)

    upper, excluded = {block: look.upper() for block, look in looks.items()}, leading.excluded()
    sure = np.zeros(len(candidates), np.bool_)
    for part, found in zip(parts, each(bound, parts), strict=True):
        upper[part.block][part.places] = found.eligible
        if not part.block:
            excluded[part.places] = found.excluded
        sure[actors.owner[part.portion.rows[found.sure]]] = True
    for block, values in upper.items():
        if block:
            np.maximum.at(eligible[block], actors.owner[looks[block].rows], values)
        else:
            eligible[0] = portions.highest(values)
    nearest = portions.highest(excluded)
    eligible[:, ~candidates] = -np.inf
    nearest[sure | ~candidates] = -np.inf
    return Bounds(eligible, nearest)


class Part(NamedTuple):
    """Some units that are looked at closely in a role. places: where they stand among those of the role."""

    block: int
    portion: SomeUnits
    places: IntArray
    texts: RoughTexts


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
