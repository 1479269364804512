"""Features of a pair: named columns in [0, 1], NaN where a needed value is unknown.

Each function compares one opportunity with many actors, or one actor with many opportunities: arrays broadcast, so the
same code serves both directions and a pair has one value. All features return `(n,)` float32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from matcher.geography import great_circle_km
from matcher.index import ActorIndex, OpportunityIndex
from matcher.lexical import similarity
from matcher.roles import accompany, finance, premises
from matcher.threads import each
from matcher.types import ROLE_PLACES, FloatArray, IntArray, OpportunityKind, Role, Seeking

# Distance at which nearness has fallen to 1/e, where the actor declared no radius and its trade is unknown.
DEFAULT_REACH_KM = 80.0
SHORTEST_REACH_KM = 15.0
# Place of a cosine on the encoder's range below which what an actor says proves nothing.
SAID_FROM = 0.3
# How sharply a local actor's interest falls around one and a half times its trade's reach.
LOCAL_STEEPNESS = 3.0
# Decimals of features that functions like exp make, whose last bit differs from one processor to another.
GRID_DECIMALS = 4
# One full-time worker turns over about this much a year in the trades on the desk (order of magnitude, INSEE ESANE).
EUROS_PER_HEAD = 80_000.0
# A buyer may ask for a turnover of at most twice the contract's value (R2142-7): below that ratio capacity is tight.
TURNOVER_RATIO = 2.0
ACTOR_HALF_LIFE_DAYS = 730.0
OPPORTUNITY_HALF_LIFE_DAYS = 60.0
# A company's customers stay where they are: a buyer may come from farther away than it works, and who helps it too.
ROLE_REACH_KM = {
    Role.TAKE_OVER: 100.0,
    Role.ACCOMPANY: accompany.REACH_KM,
    Role.FINANCE: finance.REACH_KM,
    Role.PREMISES: premises.REACH_KM,
    Role.KEEP_WORK: 100.0,
}
# A buyer's own radius counts from this on.
SHORTEST_BUYER_REACH_KM = 60.0
# Roles that ask for means; the others ask whether the size of a case fits.
MEANS = frozenset({Role.SUPPLY, Role.TAKE_OVER, Role.KEEP_WORK})
# Values of the texts from which on two trades are the same (semantic, words).
SAME_SEMANTIC, SAME_WORDS = 0.6, 0.4
# Vocation of a union of Scop where nobody says that the employees are willing.
UNASKED_SCOP_UNION = 0.9


@dataclass(frozen=True)
class Pairs:
    """One opportunity and n actors' units, or n opportunities and one unit, the actors in one role."""

    opportunities: OpportunityIndex
    actors: ActorIndex
    similarity_range: tuple[float, float]
    today: date
    role: Role

    @cached_property
    def km(self) -> FloatArray:
        """Distances `(n,)` in km; NaN where a place is unknown. Several features and a condition ask for them."""
        here, there = self.opportunities.places, self.actors.places
        return great_circle_km(here.lat, here.lon, there.lat, there.lon)

    @cached_property
    def phrase_cosines(self) -> FloatArray:
        """Highest cosine `(n_phrases,)` of each of the actors' phrases with those of a single opportunity."""
        return self.actors.phrases.highest(self.opportunities.phrases)


def semantic(pairs: Pairs) -> FloatArray:
    """Highest cosine between the opportunity's and the actor's phrases, rescaled on the encoder's fixed range."""
    low, high = pairs.similarity_range
    return np.asarray(np.clip((cosine(pairs) - low) / (high - low), 0, 1), np.float32)


def said(pairs: Pairs) -> FloatArray:
    """Highest cosine with what the actor itself says that it does, from SAID_FROM on; NaN where it says nothing.

    A code tells what a company was registered for, a name hints; its own words prove the trade.
    """
    actors, opportunities = pairs.actors, pairs.opportunities.phrases
    if len(actors) > 1:
        cosines = actors.phrases.best_leading(opportunities, actors.own_phrases, pairs.phrase_cosines)
    elif actors.own_phrases[0]:
        cosines = opportunities.best(actors.phrases.first(int(actors.own_phrases[0])))
    else:
        return np.full(len(opportunities.starts), np.nan, np.float32)
    low, high = pairs.similarity_range
    rescaled = (cosines - low) / (high - low)
    return np.asarray(np.clip((rescaled - SAID_FROM) / (1 - SAID_FROM), 0, 1), np.float32)


def words(pairs: Pairs) -> FloatArray:
    """Cosine of rarity-weighted stems."""
    return similarity(pairs.opportunities.words, pairs.actors.words)


def spelling(pairs: Pairs) -> FloatArray:
    """Cosine of rarity-weighted character n-grams."""
    return similarity(pairs.opportunities.spelling, pairs.actors.spelling)


def sector(pairs: Pairs) -> FloatArray:
    """Affinity of the actor's best NAF class to the opportunity's NAF or CPV codes; NaN if either has none."""
    return best_class(pairs.opportunities.affinity, pairs.actors.naf, pairs.actors.naf_sure)


def best_class(wanted: FloatArray, codes: IntArray, sure: FloatArray) -> FloatArray:
    """Return the best affinity `(n,)` of n rows of classes to one row of `wanted`, or of one row of classes to n."""
    suits = (wanted[:, codes[0]] if len(codes) == 1 else wanted[0][codes]) * sure
    # fmax skips NaN, and stays NaN where nothing is known.
    best: FloatArray = np.fmax.reduce(np.where(codes >= 0, suits, np.float32(np.nan)), axis=1)
    return best


def nearness(pairs: Pairs) -> FloatArray:
    """exp(−distance / reach): 1 next door, 1/e at the end of the actor's radius, or else of its trade's usual reach."""
    return np.exp(-distance_km(pairs) / nearness_km(pairs.actors, pairs.role)).astype(np.float32)


def nearness_km(actors: ActorIndex, role: Role) -> FloatArray:
    """Return the reach `(n,)` in km that nearness is measured by in a role."""
    reach = np.where(np.isnan(actors.reach_km), DEFAULT_REACH_KM, actors.reach_km)
    if role == Role.TAKE_OVER:
        own = np.maximum(actors.radius_km, SHORTEST_BUYER_REACH_KM)
        reach = np.where(np.isnan(own), np.maximum(reach, ROLE_REACH_KM[role]), own)
    elif role != Role.SUPPLY:
        reach = np.maximum(reach, ROLE_REACH_KM[role])
    return np.maximum(reach, SHORTEST_REACH_KM)


def local_reach(pairs: Pairs) -> FloatArray:
    """Whether a local actor goes so far for its trade: near 1 within the reach, 1/2 at one and a half, near 0 at twice.

    NaN where the actor is not of a local kind, or a place is unknown.
    """
    ratio = distance_km(pairs).astype(np.float64) / pairs.actors.local_km
    return np.round(1 / (1 + np.exp(LOCAL_STEEPNESS * (np.minimum(ratio, 10) - 1.5))), GRID_DECIMALS).astype(np.float32)


def capacity(pairs: Pairs) -> FloatArray:
    """Square root of the actor's means over what the contract or takeover needs, at most 1.

    In the roles where somebody says what size of case fits (or where it is a CAE), how well the case's size fits.
    """
    fits = size_fit(pairs)
    if pairs.role not in MEANS:
        return fits
    means = np.minimum(1, np.sqrt(capacity_ratio(pairs)))
    return np.fmin(means, fits).astype(np.float32)


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
    actor = recency(today - pairs.actors.informed_on, ACTOR_HALF_LIFE_DAYS)
    opportunity = recency(today - pairs.opportunities.published_on, OPPORTUNITY_HALF_LIFE_DAYS)
    actor, opportunity = np.broadcast_arrays(actor, opportunity)
    both = np.where(np.isnan(actor), opportunity, np.where(np.isnan(opportunity), actor, (actor + opportunity) / 2))
    return both.astype(np.float32)


def vocation(pairs: Pairs) -> FloatArray:
    """How much the record shows that the actor plays this role (`matcher.roles`), for this case."""
    own = pairs.actors.vocations[:, ROLE_PLACES[pairs.role]]
    willing = pairs.opportunities.asks[:, 2]
    if pairs.role == Role.ACCOMPANY:
        own = np.where(pairs.actors.traits[:, 2] & ~willing, np.float32(UNASKED_SCOP_UNION) * own, own)
    return np.broadcast_to(own, _size(pairs)).astype(np.float32)


FEATURES: dict[str, Callable[[Pairs], FloatArray]] = {
    "semantic": semantic,
    "said": said,
    "words": words,
    "spelling": spelling,
    "sector": sector,
    "nearness": nearness,
    "local_reach": local_reach,
    "capacity": capacity,
    "seeking": seeking,
    "freshness": freshness,
    "vocation": vocation,
}

_TRADE = ("semantic", "said", "words", "spelling", "sector")
# Features that count in a role; the others are unknown in it, and no reason of it.
COUNTED: dict[Role, frozenset[str]] = {
    Role.SUPPLY: frozenset({*_TRADE, "nearness", "local_reach", "capacity", "seeking", "freshness"}),
    Role.TAKE_OVER: frozenset(FEATURES),
    Role.ACCOMPANY: frozenset({"nearness", "capacity", "freshness", "vocation"}),
    Role.FINANCE: frozenset({"nearness", "capacity", "freshness", "vocation"}),
    Role.PREMISES: frozenset({"semantic", "words", "nearness", "freshness", "vocation"}),
    Role.KEEP_WORK: frozenset({*_TRADE, "nearness", "capacity", "freshness", "vocation"}),
}
# Features that are the same whatever the role.
SHARED = frozenset({*_TRADE, "freshness"})
# Of many pairs, what two threads measure side by side: vectors take about as long as words.
SIDE_BY_SIDE = (("semantic", "said"), ("spelling", "words", "sector"))


class Measured:
    """Pairs of the same two indexes, measured in one role after the other: what roles share is measured once."""

    def __init__(self, known: Mapping[str, FloatArray] | None = None) -> None:
        """known: features of `SHARED` that are measured already."""
        self._columns: dict[str, FloatArray] = dict(known or {})

    def column(self, pairs: Pairs, name: str) -> FloatArray:
        """Return one feature `(n,)`, whether it counts in the role or not."""
        if name not in SHARED:
            return FEATURES[name](pairs)
        if name not in self._columns:
            self._columns[name] = FEATURES[name](pairs)
        return self._columns[name]

    def measure_trade(self, pairs: Pairs) -> None:
        """Measure the features of the trade on several threads: worth it for a thousand pairs or more."""
        each(lambda names: [self.column(pairs, name) for name in names], SIDE_BY_SIDE)

    def features(self, pairs: Pairs) -> FloatArray:
        """Return `measure(pairs)`."""
        counted, unknown = COUNTED[pairs.role], np.full(_size(pairs), np.nan, np.float32)
        return np.stack([self.column(pairs, name) if name in counted else unknown for name in FEATURES], axis=1)

    def trade(self, pairs: Pairs) -> FloatArray:
        """Return the evidence of the same trade `(n,)` in [0, 1]: codes, meaning or words, whichever shows it best."""
        semantic, words = self.column(pairs, "semantic") / SAME_SEMANTIC, self.column(pairs, "words") / SAME_WORDS
        best = np.fmax(np.fmax(semantic, words), self.column(pairs, "sector"))
        return np.asarray(np.minimum(1, np.nan_to_num(best, nan=0.0)), np.float32)


def measure(pairs: Pairs) -> FloatArray:
    """Return the features `(n, len(FEATURES))` of each pair, in the order of FEATURES; NaN is unknown."""
    return Measured().features(pairs)


def size_fit(pairs: Pairs) -> FloatArray:
    """Return how well a case's size `(n,)` fits what the actor says it does in this role, NaN where nothing is said."""
    if pairs.role != Role.FINANCE and np.isnan(pairs.opportunities.headcount).all():
        return np.full(_size(pairs), np.nan, np.float32)
    low, high = np.moveaxis(pairs.actors.role_heads[:, ROLE_PLACES[pairs.role]], 1, 0)
    heads = np.maximum(pairs.opportunities.headcount, 1)
    fits = np.fmin(np.minimum(1, heads / low), np.minimum(1, (high / heads) ** 2))
    if pairs.role == Role.FINANCE:
        price = np.maximum(pairs.opportunities.amount_eur, 1)
        fits = np.fmin(fits, np.minimum(1, pairs.actors.ceiling_eur / price))
    return np.broadcast_to(fits, _size(pairs)).astype(np.float32)


def cosine(pairs: Pairs) -> FloatArray:
    """Return the highest cosine `(n,)` between the two sides' phrases."""
    actors, opportunities = pairs.actors.phrases, pairs.opportunities.phrases
    if len(pairs.actors) == 1:
        return opportunities.best(actors)
    return actors.best(opportunities, pairs.phrase_cosines)


def distance_km(pairs: Pairs) -> FloatArray:
    """Return the distances `(n,)` in km; NaN where a place is unknown."""
    return pairs.km


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


def _size(pairs: Pairs) -> int:
    return max(len(pairs.opportunities), len(pairs.actors))


def recency(days: FloatArray, half_life: float) -> FloatArray:
    """Return 1 of today and of days to come, halved with each half-life, in days."""
    return np.exp2(-np.maximum(days, 0) / half_life).astype(np.float32)
