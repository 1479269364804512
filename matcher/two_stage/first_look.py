"""Who can be within reach by its texts, whatever its place, its means and its state: the others need no closer look.

The bars are what some surely reach: those whose texts come nearest, looked at closely. A bar that is too high or too
low costs time alone: whoever is left with a bound by texts is still measured exactly if that bound is within reach.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matcher.comparing import LAST
from matcher.eligibility import may_be_told
from matcher.features import COUNTED, FEATURES, Pairs
from matcher.index import subset
from matcher.scoring import Weights
from matcher.threads import each
from matcher.two_stage.portions import Portion, portions_of
from matcher.two_stage.reach import Reach
from matcher.two_stage.rough_features import RoughTexts
from matcher.two_stage.rough_pairs import ROUNDING, rough_pairs
from matcher.types import BoolArray, FloatArray, IntArray, Role

# So many are looked at closely first, to know what the others must reach.
MEASURED_FIRST = 1024


class FirstLook(NamedTuple):
    """Upper bounds `(n_units,)` by texts alone, in the leading role; -inf of those that are no candidates.

    upper: of logits. excluded: of what a near miss is listed by. rows: which of them can be within reach; None: most.
    """

    upper: FloatArray
    excluded: FloatArray
    rows: IntArray | None


def first_look(pairs: Pairs, weights: Weights, texts: RoughTexts, candidates: BoolArray, reach: Reach) -> FirstLook:
    """Return it; pairs: with all units, in the leading role. weights: as they are shown. candidates: `(n_actors,)`."""
    actors = pairs.actors
    portions = portions_of(actors).all
    parts = each(lambda portion: _most(pairs.role, weights, texts.of(portion.rows)), portions)
    upper = np.concatenate(parts)
    upper[~candidates[actors.owner]] = -np.inf
    told = may_be_told(pairs)
    excluded = np.where(told, upper, np.float32(LAST))
    listed, near = _bars(pairs, weights, texts, reach, upper)
    within = (upper >= listed) | (told & (upper >= near))
    within &= upper > -np.inf
    rows = np.flatnonzero(within)
    return FirstLook(upper, excluded, None if 2 * len(rows) > len(upper) else rows)


def _most(role: Role, weights: Weights, texts: RoughTexts) -> FloatArray:
    """Return the logits `(n,)` where all that texts do not say is at its best."""
    total = np.zeros(len(texts.most["semantic"]), np.float32)
    known = weights.bias + ROUNDING
    for name in FEATURES:
        weight, neutral = weights.values[name], weights.neutral[name]
        known += abs(weight) * ROUNDING
        if name not in COUNTED[role]:
            known += weight * neutral
        elif name not in texts.most:
            known += max(0.0, weight, weight * neutral)
        elif weight:
            part = texts.most[name] * np.float32(weight)
            if weight < 0:
                part -= np.float32(weight * texts.widths[name])
            np.copyto(part, np.float32(weight * neutral), where=np.isnan(part))
            total += part
    total += np.float32(known)
    return total


def _bars(pairs: Pairs, weights: Weights, texts: RoughTexts, reach: Reach, upper: FloatArray) -> tuple[float, float]:
    """Return logits that the last of the list reaches, and the last of the near misses; -inf: unknown."""
    actors = pairs.actors
    listed = -np.inf if reach.k else np.inf
    near = -np.inf if reach.filtered else np.inf
    if (reach.k or reach.filtered) and len(upper) > MEASURED_FIRST:
        first = np.sort(np.argpartition(upper, -MEASURED_FIRST)[-MEASURED_FIRST:])
        found = rough_pairs(pairs, weights, texts, Portion(first, subset(actors, first)))
        lower, owner, compared = found.lower(), actors.owner[first], upper[first] > -np.inf
        if reach.k:
            sure = found.sure & compared
            listed = _highest(lower[sure], owner[sure], reach.k)
        if reach.filtered and pairs.role == Role.SUPPLY:
            # Whoever has several units, or plays several roles, may be eligible elsewhere.
            fails = found.fails & compared & (np.diff(actors.bounds)[owner] == 1)
            near = _highest(lower[fails], owner[fails], reach.filtered)
    return listed if reach.least is None else min(listed, reach.least), near


def _highest(values: FloatArray, groups: IntArray, count: int) -> float:
    """Return the `count`-th highest of the groups' highest values; -inf where there are fewer groups."""
    order = np.argsort(-values, kind="stable")
    _, first = np.unique(groups[order], return_index=True)
    return float(np.sort(values[order][first])[-count]) if len(first) >= count else -np.inf
