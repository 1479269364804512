"""How well each actor covers one need, and what its means are of what the need asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.eligibility import Condition, conditions
from matcher.features import FEATURES, Pairs, capacity_ratio, measure
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.ranking import best_units
from matcher.scoring import contributions, logits
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

    Cover is the score, in [0, 1]; 0 where no unit is eligible, or below FLOOR. `ample_capacity` scores everyone as if
    it had enough capacity. `among` `(n_actors,)` restricts the actors.
    """
    if not actors.actors:
        return NeedCover(np.zeros(0), np.zeros(0), ())
    row = index.opportunities[0]
    role = roles_of(row.kind)[0]
    pairs = Pairs(index, actors, matcher.similarity_range, today, role)
    weights = matcher.weights[role].calibrated(form_of(row))
    parts = contributions(measure(pairs), weights)
    if ample_capacity:
        parts[:, list(FEATURES).index("capacity")] = weights.values["capacity"]
    totals = logits(parts, weights)
    best = best_units(totals, eligible_units(pairs, among), actors.owner)
    owners = actors.owner[best]
    cover, via = np.zeros(len(actors.actors)), [""] * len(actors.actors)
    cover[owners] = 1 / (1 + np.exp(-totals[best]))
    cover[cover < FLOOR] = 0
    for row, owner in zip(best.tolist(), owners.tolist(), strict=True):
        member = actors.units[row].member
        via[owner] = member.id if member else ""
    return NeedCover(cover, means_ratio(matcher, index, actors, today), tuple(via))


def eligible_units(pairs: Pairs, among: BoolArray | None) -> BoolArray:
    """Return which units `(n_units,)` pass every hard condition and belong to an actor in `among` `(n_actors,)`."""
    eligible: BoolArray = conditions(pairs) == Condition.ELIGIBLE
    return eligible if among is None else eligible & among[pairs.actors.owner]


def means_ratio(matcher: Matcher, index: OpportunityIndex, actors: ActorIndex, today: date) -> FloatArray:
    """Return each actor's means over a need's volume `(n_actors,)`, NaN where unknown; a carrier's are all members'."""
    ratio = capacity_ratio(Pairs(index, actors, matcher.similarity_range, today, Role.SUPPLY))
    return ratio[own_units(actors)].astype(np.float64)


def own_units(actors: ActorIndex) -> IntArray:
    """Return the row `(n_actors,)` of each actor's own unit, which is its first."""
    return np.searchsorted(actors.owner, np.arange(len(actors.actors)))
