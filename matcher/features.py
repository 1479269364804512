"""Features of a pair: named columns in [0, 1], NaN where a needed value is unknown.

Each function compares one opportunity with many actors, or one actor with many opportunities: arrays broadcast, so the
same code serves both directions and a pair has one value. All features return `(n,)` float32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.geography import great_circle_km
from matcher.index import ActorIndex, OpportunityIndex
from matcher.lexical import similarity
from matcher.types import FloatArray, OpportunityKind, Role, Seeking

# Distance at which nearness has fallen to 1/e, where the actor declared no radius and its trade is unknown.
DEFAULT_REACH_KM = 80.0
SHORTEST_REACH_KM = 15.0
# One full-time worker turns over about this much a year in the trades on the desk (order of magnitude, INSEE ESANE).
EUROS_PER_HEAD = 80_000.0
# A buyer may ask for a turnover of at most twice the contract's value (R2142-7): below that ratio capacity is tight.
TURNOVER_RATIO = 2.0
ACTOR_HALF_LIFE_DAYS = 730.0
OPPORTUNITY_HALF_LIFE_DAYS = 60.0


@dataclass(frozen=True)
class Pairs:
    """One opportunity and n actors' units, or n opportunities and one unit, the actors in one role."""

    opportunities: OpportunityIndex
    actors: ActorIndex
    similarity_range: tuple[float, float]
    today: date
    role: Role


def semantic(pairs: Pairs) -> FloatArray:
    """Highest cosine between the opportunity's and the actor's phrases, rescaled on the encoder's fixed range."""
    low, high = pairs.similarity_range
    return np.asarray(np.clip((cosine(pairs) - low) / (high - low), 0, 1), np.float32)


def words(pairs: Pairs) -> FloatArray:
    """Cosine of rarity-weighted stems."""
    return similarity(pairs.opportunities.words, pairs.actors.words)


def spelling(pairs: Pairs) -> FloatArray:
    """Cosine of rarity-weighted character n-grams."""
    return similarity(pairs.opportunities.spelling, pairs.actors.spelling)


def sector(pairs: Pairs) -> FloatArray:
    """Affinity of the actor's best NAF class to the opportunity's NAF or CPV codes; NaN if either has none."""
    codes = pairs.actors.naf
    wanted = pairs.opportunities.affinity
    suits = wanted[:, codes[0]] if len(codes) == 1 else wanted[0][codes]
    # fmax skips NaN, and stays NaN where nothing is known.
    best: FloatArray = np.fmax.reduce(np.where(codes >= 0, suits, np.float32(np.nan)), axis=1)
    return best


def nearness(pairs: Pairs) -> FloatArray:
    """exp(−distance / reach): 1 next door, 1/e at the end of the actor's radius, or else of its trade's usual reach."""
    reach = np.where(np.isnan(pairs.actors.reach_km), DEFAULT_REACH_KM, pairs.actors.reach_km)
    return np.exp(-distance_km(pairs) / np.maximum(reach, SHORTEST_REACH_KM)).astype(np.float32)


def capacity(pairs: Pairs) -> FloatArray:
    """Square root of the actor's means over what the contract or takeover needs, at most 1."""
    ratio = capacity_ratio(pairs)
    return np.minimum(1, np.sqrt(ratio)).astype(np.float32)


def seeking(pairs: Pairs) -> FloatArray:
    """1 where the actor seeks this kind of opportunity, 0 where it seeks only others, NaN where it declared nothing."""
    column = {kind: position for position, kind in enumerate(Seeking)}
    seeks = pairs.actors.seeks
    markets, acquisitions = seeks[:, column[Seeking.MARKETS]], seeks[:, column[Seeking.ACQUISITIONS]]
    subcontracts = np.maximum(markets, seeks[:, column[Seeking.SUBCONTRACTS]])
    rows = pairs.opportunities.opportunities
    takeover = pairs.opportunities.kinds == OpportunityKind.TAKEOVER
    subcontract = np.array([row.subcontract for row in rows])
    wanted: FloatArray = np.where(takeover, acquisitions, np.where(subcontract, subcontracts, markets))
    return wanted.astype(np.float32)


def freshness(pairs: Pairs) -> FloatArray:
    """Recency of the actor's and the opportunity's data, averaged: 1 today, halved with each half-life."""
    today = pairs.today.toordinal()
    actor = _decay(today - pairs.actors.informed_on, ACTOR_HALF_LIFE_DAYS)
    opportunity = _decay(today - pairs.opportunities.published_on, OPPORTUNITY_HALF_LIFE_DAYS)
    actor, opportunity = np.broadcast_arrays(actor, opportunity)
    both = np.where(np.isnan(actor), opportunity, np.where(np.isnan(opportunity), actor, (actor + opportunity) / 2))
    return both.astype(np.float32)


FEATURES: dict[str, Callable[[Pairs], FloatArray]] = {
    "semantic": semantic,
    "words": words,
    "spelling": spelling,
    "sector": sector,
    "nearness": nearness,
    "capacity": capacity,
    "seeking": seeking,
    "freshness": freshness,
}


def measure(pairs: Pairs) -> FloatArray:
    """Return the features `(n, len(FEATURES))` of each pair, in the order of FEATURES; NaN is unknown."""
    return np.stack([feature(pairs) for feature in FEATURES.values()], axis=1)


def cosine(pairs: Pairs) -> FloatArray:
    """Return the highest cosine `(n,)` between the two sides' phrases."""
    actors, opportunities = pairs.actors.phrases, pairs.opportunities.phrases
    return opportunities.best(actors) if len(pairs.actors) == 1 else actors.best(opportunities)


def distance_km(pairs: Pairs) -> FloatArray:
    """Return the distances `(n,)` in km; NaN where a place is unknown."""
    here, there = pairs.opportunities.places, pairs.actors.places
    return great_circle_km(here.lat, here.lon, there.lat, there.lon)


def capacity_ratio(pairs: Pairs) -> FloatArray:
    """Return the actor's means over what is needed `(n,)`: the lower of turnover and headcount, of those known."""
    amount = pairs.opportunities.amount_eur
    needed_heads = np.where(
        np.isnan(pairs.opportunities.headcount), amount / EUROS_PER_HEAD, pairs.opportunities.headcount / 2
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        by_turnover = pairs.actors.turnover_eur / (TURNOVER_RATIO * np.maximum(amount, 1))
        by_people = pairs.actors.headcount / np.maximum(needed_heads, 0.5)
    return np.fmin(by_turnover, by_people).astype(np.float32)


def _decay(days: FloatArray, half_life: float) -> FloatArray:
    return np.exp2(-np.maximum(days, 0) / half_life).astype(np.float32)
