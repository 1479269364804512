"""Who can still reach a list: the first by bound are measured exactly, until no bound of the others is in reach."""

from __future__ import annotations

import numpy as np

from matcher.two_stage.bounds import Bounds, bounds_beside, bounds_of
from matcher.two_stage.highest import first_of
from matcher.two_stage.question import PartComparison, Question
from matcher.two_stage.reach import Reach
from matcher.types import BoolArray, FloatArray, IntArray

# Of the best by bound, so many times the length of a list are measured first; and at most so many times those that were
# measured each time that they were too few.
FIRST, GROWTH = 4, 4
# Below one candidate among so many, measuring the candidates costs less than a bound on everybody.
FEW = 25


def reaching(question: Question, reach: Reach, everybody: int) -> PartComparison:
    """Compare an opportunity exactly with all actors that can be within reach.

    everybody: of how many the candidates are; how they are compared depends on no other number, for time tells it.
    """
    if np.count_nonzero(question.candidates) * FEW <= everybody:
        return question.compared(question.candidates, everybody=everybody)
    bounds = _bounds(question, reach, everybody)
    chosen = np.zeros(len(bounds.excluded), np.bool_)
    for list_bounds in _lists(bounds, reach):
        chosen |= first_of(list_bounds, FIRST * reach.k)
        if reach.least is not None:
            chosen |= list_bounds >= reach.least
    if question.may_share(reach):
        # Most of those listed are among them: measuring their relatives at once mostly spares a second comparison.
        chosen |= _relatives(np.flatnonzero(chosen), question)
    chosen |= first_of(bounds.excluded, FIRST * reach.filtered)
    while True:
        part = question.compared(chosen)
        # Growing batches: the more are measured, the higher the bar for the others.
        most = GROWTH * int(np.count_nonzero(chosen)) + 1
        batches = [first_of(np.where(chosen, -np.inf, bound), most) for bound in _in_reach(part, bounds, reach)]
        missing = np.any(batches, axis=0)
        if not missing.any():
            if question.may_share(reach):
                rows, _ = part.listed(part.comparison.best, apart=False)
                missing = _relatives(part.comparison.owner[rows[: reach.k]], question) & ~chosen
            return question.compared(chosen | missing) if missing.any() else part
        chosen |= missing


def highest_logits(question: Question, least: float, everybody: int) -> FloatArray:
    """Return the most that each actor's logit can be, in any role `(n_actors,)`; -inf where it can be in no list.

    least: below it, what is returned may be far above what can be, but is not above `least`.
    everybody: as in `reaching`.
    """
    highest: FloatArray = _bounds(question, Reach(least=least), everybody).eligible.max(axis=0)
    return highest


def rows_in_reach(question: Question, least: float, everybody: int) -> IntArray:
    """Return the rows of the units, ascending, of the candidates whose logit in the leading role can be `least`.

    everybody: as in `reaching`.
    """
    chosen = question.candidates
    if np.count_nonzero(chosen) * FEW > everybody:
        chosen = _bounds(question, Reach(least=least), everybody).eligible[0] >= least
    return np.flatnonzero(chosen[question.actors.owner])


def _bounds(question: Question, reach: Reach, everybody: int) -> Bounds:
    known, unchanged = question.actors.known
    if unchanged is None:
        return bounds_of(question.blocks(known), question.weights, question.candidates, reach, everybody)
    then = np.zeros(len(unchanged.then), np.bool_)
    then[unchanged.then] = question.candidates[unchanged.now]
    of_known = bounds_of(question.blocks(known), question.weights, then, reach, everybody)
    return bounds_beside(of_known, unchanged, question.candidates)


def _lists(bounds: Bounds, reach: Reach) -> list[FloatArray]:
    """Return the bounds `(n_actors,)` in each list that is asked for."""
    return list(bounds.eligible) if reach.by_role else [bounds.eligible.max(axis=0)]


def _in_reach(part: PartComparison, bounds: Bounds, reach: Reach) -> list[FloatArray]:
    """Return by what is asked for, each list and the near misses, who may belong to it: bounds, -inf of all others."""
    compared = part.comparison
    found = [np.full(len(bounds.excluded), -np.inf, np.float32)]
    for block, list_bounds in enumerate(_lists(bounds, reach) if reach.k else []):
        if reach.by_role:
            rows = compared.of_block(block)
        else:
            rows, _ = part.listed(compared.best, apart=reach.apart)
        bar = compared.totals[rows[reach.k - 1]] if len(rows) >= reach.k else -np.inf
        found.append(np.where(list_bounds >= bar, list_bounds, np.float32(-np.inf)))
    if reach.filtered:
        near, totals = compared.near_misses(reach.filtered)
        within = np.ones(len(bounds.excluded), np.bool_)
        if len(near) == reach.filtered:
            # Equal ones are listed by their number: those that come last all have one total.
            before = np.arange(len(within)) < compared.owner[near[-1]]
            within = (bounds.excluded > totals[-1]) | ((bounds.excluded == totals[-1]) & before)
        found.append(np.where(within, bounds.excluded, np.float32(-np.inf)))
    return found


def _relatives(listed: IntArray, question: Question) -> BoolArray:
    """Return the candidates `(n_actors,)` who may share a place with somebody listed, and these.

    They rank lower, so that they change nothing of who is listed; but the list names them.
    """
    families = question.actors.families
    named = np.zeros(len(families) + 1, np.bool_)
    named[families[listed]] = True
    # Those without a family have the last place, -1.
    named[-1] = False
    return named[families] & question.candidates
