"""Who can be within reach whatever its phrases say: the others need no closer look.

The bars are what some surely reach: those who come nearest by all else, looked at closely. A bar that is too high or
too low costs time alone: whoever is left with a looser bound is still measured exactly if that bound is within reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matcher.comparing import LAST
from matcher.eligibility import may_be_told
from matcher.features import Pairs
from matcher.index import subset
from matcher.scoring import Weights
from matcher.two_stage.highest import first_of
from matcher.two_stage.portions import Portion, portions_of
from matcher.two_stage.reach import Reach
from matcher.two_stage.rough_features import RoughTexts, rough_phrases
from matcher.two_stage.rough_pairs import rough_pairs
from matcher.two_stage.without_phrases import without_phrases
from matcher.types import BoolArray, FloatArray, IntArray, Role

# So many are looked at closely first, to know what the others must reach.
MEASURED_FIRST = 1024


@dataclass(frozen=True)
class Look:
    """How a role looks without phrases, of n units: all, or of a role that does not lead those who play it.

    rows: `(n,)`, which units they are. most: `(n,)`, upper bounds of logits, -inf of those that are no candidates.
    plays: `(n,)`, who plays the role. told: `(n,)`, who may be a near miss of which something is told; None: nobody.
    listed, near: what the last of the list surely reaches, and the last of the near misses.
    """

    rows: slice | IntArray
    most: FloatArray
    plays: BoolArray
    told: BoolArray | None
    listed: float
    near: float

    @cached_property
    def places(self) -> IntArray:
        """Which of the units can be within reach, in order."""
        return self.within()

    def within(self) -> IntArray:
        """Return which of all still can be, in order."""
        return np.flatnonzero(self._within(slice(None)))

    def still(self, places: IntArray) -> IntArray:
        """Return which of some places still can be."""
        return places[self._within(places)]

    def rows_at(self, places: IntArray) -> IntArray:
        """Return the rows of some places."""
        return places if isinstance(self.rows, slice) else self.rows[places]

    def upper(self) -> FloatArray:
        """Return upper bounds of logits `(n,)`, -inf of those that do not play the role."""
        return np.where(self.plays, self.most, np.float32(-np.inf))

    def excluded(self) -> FloatArray:
        """Return upper bounds `(n,)` of what a near miss is listed by."""
        last = np.float32(LAST)
        return np.full(len(self.most), last) if self.told is None else np.where(self.told, self.most, last)

    def _within(self, places: slice | IntArray) -> BoolArray:
        most = self.most[places]
        within = self.plays[places] & (most >= self.listed)
        if self.told is not None:
            within |= self.told[places] & (most >= self.near)
        return np.asarray(within & (most > -np.inf), np.bool_)


def first_look(pairs: Pairs, weights: Weights, texts: RoughTexts, candidates: BoolArray, reach: Reach) -> Look:
    """Return how the leading role looks. pairs: with all units. weights: as they are shown.

    texts: of all units, with phrases if they are known. candidates: `(n_units,)`.
    """
    whole = portions_of(pairs.actors).whole
    most, standing = without_phrases(pairs, weights, texts, whole)
    np.copyto(most, np.float32(-np.inf), where=~candidates)
    listed, near = _bars(pairs, weights, texts, reach, most)
    return Look(whole.rows, most, standing.plays, may_be_told(pairs), listed, near)


def look_beside(pairs: Pairs, weights: Weights, texts: RoughTexts, candidates: BoolArray, listed: float) -> Look | None:
    """Return how another role looks, None where nobody plays it. listed: what is within reach in it."""
    players = portions_of(pairs.actors).players[pairs.role]
    if not players.count:
        return None
    most, standing = without_phrases(pairs, weights, texts, players)
    most[~candidates[players.rows]] = -np.inf
    return Look(players.rows, most, standing.plays, None, listed, -np.inf)


def _bars(pairs: Pairs, weights: Weights, texts: RoughTexts, reach: Reach, most: FloatArray) -> tuple[float, float]:
    """Return logits that the last of the list reaches, and the last of the near misses; -inf: unknown."""
    actors = pairs.actors
    listed = -np.inf if reach.k else np.inf
    near = -np.inf if reach.filtered else np.inf
    first = np.flatnonzero(first_of(most, MEASURED_FIRST)) if reach.k or reach.filtered else np.zeros(0, np.int64)
    if len(first):
        own = texts.of(first)
        if "semantic" not in own.most:
            own = own.beside(rough_phrases(pairs, first))
        found = rough_pairs(pairs, weights, own, Portion(first, subset(actors, first)))
        lower, owner = found.lower(), actors.owner[first]
        if reach.k:
            listed = _highest(lower[found.sure], owner[found.sure], reach.k)
        if reach.filtered and pairs.role == Role.SUPPLY:
            # Whoever has several units, or plays several roles, may be eligible elsewhere.
            fails = found.fails & (actors.bounds[owner + 1] - actors.bounds[owner] == 1)
            near = _highest(lower[fails], owner[fails], reach.filtered)
    return listed if reach.least is None else min(listed, reach.least), near


def _highest(values: FloatArray, groups: IntArray, count: int) -> float:
    """Return the `count`-th highest of the groups' highest values; -inf where there are fewer groups."""
    order = np.argsort(-values, kind="stable")
    _, first = np.unique(groups[order], return_index=True)
    return float(np.sort(values[order][first])[-count]) if len(first) >= count else -np.inf
