"""Whom the establishments of a line would have as a good lead oftenest: counted for all actors, or for those in reach.

A line's order is by good leads, then by the sum of scores, then by id. Where bounds of scores are known, an actor whose
most is below the last of a list is in no list: only the others are scored.
"""

from collections.abc import Callable

import numpy as np

from matcher.comparing import Comparison
from matcher.scoring import logit
from matcher.sections import FLOORS, Section
from matcher.two_stage import first_of
from matcher.types import BoolArray, FloatArray, IntArray

GOOD_LEAD = FLOORS[Section.GOOD_LEAD]
# A good lead weighs more than the scores of all establishments of a line.
LEAD = np.float32(64)
# More than float32 loses in so many of them; and what stands for a score that is too small to be counted.
ROUNDING, LEAST = np.float32(1e-2), np.float32(1e-6)
# Below this logit it is no good lead, so that how much below counts little.
NO_LEAD = logit(GOOD_LEAD - float(LEAST))
# Of the first by bound, so many times the length of a list are scored first; then at most so many times those scored.
FIRST, GROWTH = 4, 4


class Tally:
    """How often each actor would be a good lead `(n_actors,)`, and the sum of its scores: for one line."""

    def __init__(self, count: int) -> None:
        self._leads, self._sums = np.zeros(count, np.int64), np.zeros(count, np.float64)
        self._seen = np.zeros(count, np.bool_)

    def add(self, actors: IntArray, scores: FloatArray, besides: int) -> None:
        """Count the scores of these actors `(n,)` for one establishment, whose own actor does not count."""
        others = actors != besides
        actors, scores = actors[others], scores[others]
        self._leads[actors] += scores >= GOOD_LEAD
        self._sums[actors] += scores
        self._seen[actors] = True

    def first(self, most: int) -> list[int]:
        """Return whom most establishments would have as a good lead; then by the sum of scores, then by id."""
        seen = np.flatnonzero(self._seen)
        order = np.lexsort((seen, -self._sums[seen], -self._leads[seen]))
        return [int(position) for position in seen[order[:most]]]

    def bar(self, most: int) -> float:
        """Return below which `HighestTally` value nobody is among the first; -inf where fewer were counted."""
        first = self.first(most)
        if len(first) < most:
            return -np.inf
        return float(LEAD * self._leads[first[-1]] + self._sums[first[-1]] - ROUNDING)


class HighestTally:
    """The most that each actor's tally can be `(n_actors,)`, leads and scores in one number: for one line."""

    def __init__(self, count: int) -> None:
        self._most = np.zeros(count, np.float32)

    def add(self, highest: FloatArray, besides: int) -> None:
        """Count the most that scores can be `(n_actors,)`, 0 where there is none, for one establishment."""
        own = self._most[besides]
        self._most += highest
        self._most[besides] = own

    def first(self, most: int, score: Callable[[Tally, BoolArray], None]) -> list[int]:
        """Return what `Tally.first` of all scores would. score: adds those of some actors `(n_actors,)` to a tally."""
        tally, left = Tally(len(self._most)), np.where(self._most > 0, self._most, -np.inf)
        chosen = first_of(left, FIRST * most)
        while chosen.any():
            score(tally, chosen)
            left[chosen] = -np.inf
            left[left < tally.bar(most)] = -np.inf
            chosen = first_of(left, GROWTH * FIRST * most)
        return tally.first(most)


def scores_of(compared: Comparison) -> tuple[IntArray, FloatArray]:
    """Return the positions of the actors of a comparison that are eligible, the best first, and their scores."""
    return compared.owner[compared.best], _scores(compared.totals[compared.best])


def highest_of(logits: FloatArray) -> FloatArray:
    """Return the most that scores can be, with the weight of a lead, from the most that logits can be."""
    with np.errstate(over="ignore"):
        scores = np.maximum(_scores(logits), LEAST)
    return np.where(logits == -np.inf, np.float32(0), scores + LEAD * (scores >= GOOD_LEAD - LEAST))


def _scores(logits: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
