"""How well each actor covers one need, and what its means are of what the need asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from matcher.eligibility import Condition, conditions
from matcher.features import FEATURES, Pairs, capacity_ratio, measure
from matcher.index import ActorIndex, OpportunityIndex, subset
from matcher.matching import Matcher
from matcher.ranking import best_units
from matcher.scoring import Weights, contributions, logit, logits
from matcher.two_stage import Question, rows_in_reach
from matcher.types import BoolArray, FloatArray, IntArray, Role, form_of, roles_of

# A score below « à étudier » covers nothing: such an actor would not be called. Below « bonne piste » the cover is
# weak, and means count in proportion.
FLOOR, HELD = 0.2, 0.45


@dataclass(frozen=True)
class NeedCover:
    """One need: cover and ratio `(n_actors,)`, as in `CoalitionProblem`, and the id of the member behind it, or ""."""

    cover: FloatArray
    ratio: FloatArray
    via: tuple[str, ...]


def need_cover(
    matcher: Matcher,
    index: OpportunityIndex,
    actors: ActorIndex,
    today: date,
    among: BoolArray | None,
    *,
    ample_capacity: bool,
) -> NeedCover:
    """Return how well each actor covers a need (an index of one row), through its best eligible unit.

    Cover is the score, in [0, 1]; 0 where no unit is eligible, or below FLOOR. Means are those of the unit behind the
    cover: of a carried entrepreneur, the people of its trade. `ample_capacity` scores everyone as if it had enough
    capacity. `among` `(n_actors,)` restricts the actors.
    """
    row = index.opportunities[0]
    role = roles_of(row.kind)[0]
    own = matcher.weights[role]
    weights = own.calibrated(form_of(row))
    if not actors.actor_count:
        return NeedCover(np.zeros(0), np.zeros(0), ())
    cover, via = np.zeros(actors.actor_count), [""] * actors.actor_count
    ratio = means_ratio(matcher, index, actors, today)
    pairs = Pairs(index, actors, matcher.similarity_range, today, role)
    if matcher.everybody(actors) > matcher.exhaustive_units:
        candidates = np.ones(actors.actor_count, np.bool_) if among is None else among
        bounding = {**matcher.weights, role: _ample(own) if ample_capacity else own}
        question = Question(index, actors, bounding, matcher.similarity_range, today, candidates)
        rows = rows_in_reach(question, logit(FLOOR) - 1e-6, matcher.everybody(actors))
        pairs = replace(pairs, actors=subset(actors, rows))
    if not len(pairs.actors):
        return NeedCover(cover, ratio, tuple(via))
    parts = contributions(measure(pairs), weights)
    if ample_capacity:
        parts[:, list(FEATURES).index("capacity")] = weights.values["capacity"]
    totals = logits(parts, weights)
    best = best_units(totals, eligible_units(pairs, among), pairs.actors.owner)
    scores = 1 / (1 + np.exp(-totals[best]))
    best, scores = best[scores >= FLOOR], scores[scores >= FLOOR]
    owners = pairs.actors.owner[best]
    cover[owners] = scores
    ratio[owners] = capacity_ratio(pairs)[best]
    for row, owner in zip(best.tolist(), owners.tolist(), strict=True):
        member = pairs.actors.units[row].member
        via[owner] = member.id if member else ""
    return NeedCover(cover, ratio, tuple(via))


def _ample(weights: Weights) -> Weights:
    """Return weights that give everyone what ample capacity is worth."""
    worth = weights.values["capacity"]
    return replace(weights, bias=weights.bias + worth, values={**weights.values, "capacity": 0.0})


def eligible_units(pairs: Pairs, among: BoolArray | None) -> BoolArray:
    """Return which units `(n_units,)` pass every hard condition and belong to an actor in `among` `(n_actors,)`."""
    eligible: BoolArray = conditions(pairs) == Condition.ELIGIBLE
    return eligible if among is None else eligible & among[pairs.actors.owner]


def means_ratio(matcher: Matcher, index: OpportunityIndex, actors: ActorIndex, today: date) -> FloatArray:
    """Return each actor's means over a need's volume `(n_actors,)`, NaN where unknown; a carrier's are all members'."""
    own = subset(actors, own_units(actors))
    # The same in any role.
    ratio = capacity_ratio(Pairs(index, own, matcher.similarity_range, today, Role.SUPPLY))
    return ratio.astype(np.float64)


def own_units(actors: ActorIndex) -> IntArray:
    """Return the row `(n_actors,)` of each actor's own unit, which is its first."""
    return actors.bounds[:-1]
