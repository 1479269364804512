"""What a bound takes from actors alone: made by the first question of its sort, kept with an index."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from matcher.features import COUNTED, FEATURES, Pairs, nearness_km
from matcher.scoring import Weights
from matcher.two_stage.portions import Portion, portions_of
from matcher.types import ROLE_PLACES, BoolArray, FloatArray

# Features of which no question changes more than a constant, but for means, which are taken for ample where known.
STANDING = frozenset({"capacity", "seeking", "freshness", "vocation"})


class Standing(NamedTuple):
    """Of n units in one role, all `(n,)`.

    most: the most that features of STANDING add to a logit, of a case of today. steepness, locality: −1 / reach in km
    of nearness, 1 / that of local reach, NaN of who is not local. plays: who plays the role, whatever the case.
    """

    most: FloatArray
    steepness: FloatArray
    locality: FloatArray
    plays: BoolArray

    def of(self, rows: slice) -> Standing:
        """Return neighbouring rows."""
        return Standing(self.most[rows], self.steepness[rows], self.locality[rows], self.plays[rows])


def standing_of(pairs: Pairs, weights: Weights, portion: Portion) -> Standing:
    """Return it of a portion's units, always the same ones in a role. pairs: with all units. weights: as shown."""
    kept, role, own = portions_of(pairs.actors), pairs.role, replace(pairs, actors=portion.units)
    asked = pairs.opportunities
    sort: Hashable = (
        role,
        pairs.today,
        tuple(weights.values.values()),
        tuple(weights.neutral.values()),
        asked.opportunities[0].subcontract,
        bool(asked.asks[0, 2]),
        _is_dated(pairs),
        _is_sized(pairs),
    )
    return Standing(
        kept.keeping(sort, lambda: _most(own, weights)),
        kept.keeping(("steepness", role), lambda: (-1 / nearness_km(own.actors, role)).astype(np.float32)),
        kept.keeping(("locality", role), lambda: (1 / own.actors.local_km).astype(np.float32)),
        kept.keeping(("plays", role), lambda: own.actors.vocations[:, ROLE_PLACES[role]] > 0),
    )


def at_best(weights: Weights, name: str) -> float:
    """Return the most that a feature of which nothing is known adds."""
    weight = weights.values[name]
    return max(0.0, weight, weight * weights.neutral[name])


def _most(pairs: Pairs, weights: Weights) -> FloatArray:
    published = np.full(1, pairs.today.toordinal() if _is_dated(pairs) else np.nan, np.float32)
    of_today = replace(pairs, opportunities=replace(pairs.opportunities, published_on=published))
    most = np.zeros(len(pairs.actors), np.float32)
    for name in sorted(STANDING & COUNTED[pairs.role]):
        weight = weights.values[name]
        known = np.float32(weight * weights.neutral[name])
        if name == "capacity":
            most += np.where(_lacks_means(pairs), known, np.float32(at_best(weights, name)))
        elif weight > 0 or name != "freshness":
            values = FEATURES[name](of_today)
            most += np.where(np.isnan(values), known, values * np.float32(weight))
    return most


def _lacks_means(pairs: Pairs) -> BoolArray:
    """Return of whom capacity is unknown `(n,)`, for any case of such a sort."""
    actors = pairs.actors
    known = ~np.isnan(actors.turnover_eur) | ~np.isnan(actors.headcount) | ~np.isnan(actors.ceiling_eur)
    for limit in actors.role_heads[:, ROLE_PLACES[pairs.role]].T:
        known |= ~np.isnan(limit)
    return ~known if _is_sized(pairs) else np.ones(len(actors), np.bool_)


def _is_dated(pairs: Pairs) -> bool:
    return not bool(np.isnan(pairs.opportunities.published_on[0]))


def _is_sized(pairs: Pairs) -> bool:
    asked = pairs.opportunities
    return not bool(np.isnan(asked.amount_eur[0]) and np.isnan(asked.headcount[0]))
