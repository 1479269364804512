"""What an opportunity asks of several actors at once, and how well each of them does each part.

A tender asks its lots; one without lots, the trades that its codes or the asker name; a takeover, three roles: who
takes over, who accompanies, who finances. What is asked beside it, where the amount is known, is volume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np

from matcher.coalition.roles import finances, supports, takes_over
from matcher.coalition.selection import Pool
from matcher.eligibility import Condition, conditions
from matcher.features import DEFAULT_REACH_KM, FEATURES, Pairs, capacity_ratio, distance_km, measure
from matcher.geography import great_circle_km
from matcher.index import ActorIndex, OpportunityIndex
from matcher.matching import Matcher
from matcher.nomenclature import cpv_name, naf_name
from matcher.ranking import best_units
from matcher.scoring import Weights, contributions, logits
from matcher.types import (
    CARRYING_KINDS,
    Actor,
    ActorKind,
    BoolArray,
    FloatArray,
    IntArray,
    Opportunity,
    OpportunityKind,
)

# A score below « à étudier » is no cover: nobody is called for it. Below « bonne piste » it is a weak one, and means
# count in proportion.
FLOOR, HELD = 0.2, 0.45
# Of the value, what the trades are worth and what the volume is, where both are known: who knows the trade can hire or
# subcontract; who does not cannot answer.
TRADE_SHARE = 0.7
# The volume of a tender with lots is asked half lot by lot, half as a whole: nobody works in two places at once.
WHOLE_SHARE = 0.5
# Distance to the leader, and no network in common with it, each cost a partner at most this part of what it brings.
DISTANCE_COST = 0.1
STRANGER_COST = 0.1
# They lead by their statutes; others must carry this part of the whole by themselves, or not have said.
LEADING_KINDS = frozenset(
    {ActorKind.NETWORK, ActorKind.CAE, ActorKind.SCOP, ActorKind.SCIC, ActorKind.COOPERATIVE, ActorKind.GEIQ}
)
NEVER_LEADING = frozenset({ActorKind.EMPLOYEE_GROUP, ActorKind.ENTREPRENEUR})
LEAD_SHARE = 0.25
# What it is worth that the leader carries the whole by itself: of two who could lead, the stronger one does.
LEAD_WORTH = 0.05
# Of a takeover: without someone who takes over there is nothing to accompany or to finance.
ROLE_WORTH = (0.5, 0.25, 0.25)


class Part(StrEnum):
    """What a need is of the opportunity."""

    LOT = "lot"
    TRADE = "trade"
    WHOLE = "whole"
    LEAD = "lead"
    TAKES_OVER = "takes_over"
    SUPPORTS = "supports"
    FINANCES = "finances"


@dataclass(frozen=True, slots=True)
class Need:
    """A part of the opportunity; `title` is its words, empty for the whole, for leading it, and for roles."""

    id: str
    part: Part
    title: str = ""


@dataclass(frozen=True)
class Asked:
    """Needs, and those who would do some of them: rows of `pool` are `actors`, its columns `needs`.

    via: `(n, m)` the member through which a carrier does it, or "". ratio: `(n, m)` its means over what is asked, NaN
    where unknown.
    km: `(n, n)` between actors, NaN where a place is unknown; exact: `(n,)` whether an actor's place is.
    networks: the ids of the networks that each actor belongs to or is.
    """

    needs: tuple[Need, ...]
    actors: tuple[Actor, ...]
    pool: Pool
    via: tuple[tuple[str, ...], ...]
    ratio: FloatArray
    km: FloatArray
    exact: BoolArray
    networks: tuple[frozenset[str], ...]


def trades_of(opportunity: Opportunity, named: Sequence[str] = ()) -> tuple[Opportunity, ...]:
    """Return a part for each trade: those that the asker named, else those of the codes; itself alone where it is one.

    Titles are not taken apart: of those that join two things with « et », most ask one trade. The amount belongs to
    the whole: parts have none.
    """
    if opportunity.kind != OpportunityKind.MARKET:
        return (opportunity,)
    no_code: tuple[str, ...] = ()
    cpv, naf = _families(opportunity.cpv, 3), _families(opportunity.naf, 2)
    if named:
        parts = [(str(number), words, no_code, no_code) for number, words in enumerate(named, start=1)]
    elif len(cpv) > 1:
        parts = [(code, cpv_name(code) or opportunity.title, no_code, (code,)) for code in cpv]
    elif len(naf) > 1:
        parts = [(code, naf_name(code) or opportunity.title, (code,), no_code) for code in naf]
    else:
        return (opportunity,)
    return tuple(
        replace(
            opportunity,
            id=f"{opportunity.id}#{key}",
            lot_title=words,
            cpv_labels=(),
            amount_eur=None,
            headcount=None,
            naf=its_naf,
            cpv=its_cpv,
        )
        for key, words, its_naf, its_cpv in parts
    )


def market(
    matcher: Matcher,
    parts: Sequence[OpportunityIndex],
    actors: ActorIndex,
    *,
    today: date,
    whole_eur: float | None = None,
    among: BoolArray | None = None,
) -> Asked:
    """Return what a market asks. parts: an index of one row for each lot or trade.

    whole_eur: the amount of all parts together; where None, their sum if each is known. `among` `(len(actors.actors),)`
    restricts the actors. A cover is the score with ample capacity: capacity is counted apart. A network is no single
    actor: its members stand for it, each with its own means, and work together more easily than strangers.
    """
    needs = [
        Need(row.id, Part.LOT if row.lot_title and "#" not in row.id else Part.TRADE, row.lot_title or row.title)
        for row in (index.opportunities[0] for index in parts)
    ]
    allowed = ~_convenors(actors.actors) if among is None else among & ~_convenors(actors.actors)
    columns = [_column(matcher, index, actors, today, allowed, ample=True) for index in parts]
    weights = matcher.weights[OpportunityKind.MARKET]
    amounts = np.array([index.amount_eur[0] for index in parts], np.float64)
    whole = float(amounts.sum()) if whole_eur is None else whole_eur
    worth = np.full(len(parts), 1 / len(parts))
    known = ~np.isnan(amounts)
    cover = np.stack([column.cover for column in columns], axis=1)
    ratio = np.stack([column.ratio for column in columns], axis=1)
    via = [[column.via[row] for column in columns] for row in range(len(actors.actors))]
    volume = np.where(known, worth, 0) * (1 - TRADE_SHARE)
    trade = worth - volume
    if len(parts) > 1 and not np.isnan(whole):
        # The whole asks for means of whoever does any of the parts.
        index = replace(parts[0], amount_eur=np.array([whole], np.float32))
        needs.append(Need("whole", Part.WHOLE))
        cover = np.column_stack([cover, cover.max(axis=1)])
        ratio = np.column_stack([ratio, _ratio_by_actor(matcher, index, actors, today)])
        trade = np.append(worth * TRADE_SHARE, 0)
        volume = np.append(np.where(known, worth, 0) * (1 - TRADE_SHARE) * WHOLE_SHARE, 0)
        volume[-1] = 1 - trade.sum() - volume.sum()
        via = [[*row, ""] for row in via]
    lead = _lead(actors, ratio[:, -1], weights) * (cover > 0).any(axis=1)
    needs.append(Need("lead", Part.LEAD))
    return _asked(
        needs,
        actors,
        cover=np.column_stack([cover, lead]),
        ratio=np.column_stack([ratio, np.zeros(len(lead))]),
        trade=np.append(trade * (1 - LEAD_WORTH), LEAD_WORTH),
        volume=np.append(volume * (1 - LEAD_WORTH), 0),
        leads=lead > 0,
        own=np.ones(len(needs), np.bool_),
        partners=np.array([need.part != Part.LEAD for need in needs], np.bool_),
        via=[[*row, ""] for row in via],
        weights=weights,
        among=among,
    )


def takeover(
    matcher: Matcher, case: OpportunityIndex, actors: ActorIndex, *, today: date, among: BoolArray | None = None
) -> Asked:
    """Return what a takeover case (an index of one row) asks: its three roles. Who takes over leads.

    Nobody accompanies or finances himself: the leader does the first role only.
    """
    taking = _column(matcher, case, actors, today, among, ample=False)
    wants = np.array([takes_over(actor) for actor in actors.actors])
    cover = np.stack([taking.cover * wants, *_helpers(matcher, case, actors, today, among)], axis=1)
    cover[cover < FLOOR] = 0
    row = case.opportunities[0]
    needs = [Need(f"{row.id}#{part}", part) for part in (Part.TAKES_OVER, Part.SUPPORTS, Part.FINANCES)]
    via = [[taking.via[i], "", ""] for i in range(len(actors.actors))]
    ratio, volume = np.zeros_like(cover), np.zeros(3)
    own = np.array([True, False, False])
    partners = np.ones(3, np.bool_)
    worth, leads = np.array(ROLE_WORTH), cover[:, 0] > 0
    weights = matcher.weights[OpportunityKind.TAKEOVER]
    return _asked(needs, actors, cover, ratio, worth, volume, leads, own, partners, via, weights, among)


@dataclass(frozen=True)
class _Column:
    """One need: cover and ratio `(n_actors,)`, and through which member."""

    cover: FloatArray
    ratio: FloatArray
    via: tuple[str, ...]


def _column(
    matcher: Matcher, index: OpportunityIndex, actors: ActorIndex, today: date, among: BoolArray | None, *, ample: bool
) -> _Column:
    """Return how well each actor does a need, by its best eligible unit; 0 where it may not, or below FLOOR."""
    if not actors.actors:
        return _Column(np.zeros(0), np.zeros(0), ())
    pairs = Pairs(index, actors, matcher.similarity_range, today)
    weights = matcher.weights[index.opportunities[0].kind]
    parts = contributions(measure(pairs), weights)
    if ample:
        parts[:, list(FEATURES).index("capacity")] = weights.values["capacity"]
    totals = logits(parts, weights)
    eligible = _eligible(pairs, among)
    best = best_units(totals, eligible, actors.owner)
    owners = actors.owner[best]
    cover, via = np.zeros(len(actors.actors)), [""] * len(actors.actors)
    cover[owners] = 1 / (1 + np.exp(-totals[best]))
    cover[cover < FLOOR] = 0
    for row, owner in zip(best.tolist(), owners.tolist(), strict=True):
        member = actors.units[row].member
        via[owner] = member.id if member else ""
    return _Column(cover, _ratio_by_actor(matcher, index, actors, today), tuple(via))


def _eligible(pairs: Pairs, among: BoolArray | None) -> BoolArray:
    eligible: BoolArray = conditions(pairs) == Condition.ELIGIBLE
    return eligible if among is None else eligible & among[pairs.actors.owner]


def _ratio_by_actor(matcher: Matcher, index: OpportunityIndex, actors: ActorIndex, today: date) -> FloatArray:
    """Return each actor's means over what is asked `(n_actors,)`: a carrier's are those of all its members."""
    ratio = capacity_ratio(Pairs(index, actors, matcher.similarity_range, today))
    return ratio[_own(actors)].astype(np.float64)


def _own(actors: ActorIndex) -> IntArray:
    """Return the row of each actor's own unit, which is its first."""
    return np.searchsorted(actors.owner, np.arange(len(actors.actors)))


def _asked(
    needs: Sequence[Need],
    actors: ActorIndex,
    cover: FloatArray,
    ratio: FloatArray,
    trade: FloatArray,
    volume: FloatArray,
    leads: BoolArray,
    own: BoolArray,
    partners: BoolArray,
    via: Sequence[Sequence[str]],
    weights: Weights,
    among: BoolArray | None,
) -> Asked:
    """Keep those who do something, and say how easily they work together."""
    rows = np.flatnonzero((cover > 0).any(axis=1))
    kept = tuple(actors.actors[row] for row in rows.tolist())
    place = actors.places
    at = _own(actors)[rows]
    lat, lon = place.lat[at], place.lon[at]
    km = great_circle_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    # A network that the asker may not see joins nobody before him.
    networks = _networks([actor for row, actor in enumerate(actors.actors) if among is None or among[row]])
    mine = tuple(networks.get(actor.id, frozenset()) for actor in kept)
    # The score's neutral value is the square root of a ratio (`matcher.features.capacity`).
    known = np.where(np.isnan(ratio[rows]), weights.neutral["capacity"] ** 2, ratio[rows])
    pool = Pool(
        ids=tuple(actor.id for actor in kept),
        cover=cover[rows],
        means=np.minimum(1, known) * np.minimum(1, cover[rows] / HELD),
        trade=trade,
        volume=volume,
        leads=leads[rows],
        own=own,
        partners=partners,
        ease=_ease(kept, km, mine, weights.neutral["nearness"]),
    )
    through = tuple(tuple(via[row]) for row in rows.tolist())
    return Asked(tuple(needs), kept, pool, through, ratio[rows], km, place.exact[at], mine)


def _lead(actors: ActorIndex, carried: FloatArray, weights: Weights) -> FloatArray:
    """Return how strongly each could lead `(n_actors,)`: the part of the whole that it carries; 0 who cannot.

    carried: `(n_actors,)` its means over the whole, NaN where unknown.
    """
    kinds = [actor.kind for actor in actors.actors]
    strength = np.minimum(1, np.where(np.isnan(carried), weights.neutral["capacity"] ** 2, carried))
    can = (strength >= LEAD_SHARE) | np.array([kind in LEADING_KINDS for kind in kinds], np.bool_)
    can &= np.array([kind not in NEVER_LEADING for kind in kinds], np.bool_)
    return np.where(can, np.maximum(strength, LEAD_SHARE), 0)


def _convenors(actors: Sequence[Actor]) -> BoolArray:
    """Return which actors are networks whose members are on the desk themselves `(n,)`."""
    ids = {actor.id for actor in actors}
    return np.array(
        [actor.kind == ActorKind.NETWORK and any(one.id in ids for one in actor.members) for actor in actors], np.bool_
    )


def _networks(actors: Sequence[Actor]) -> dict[str, frozenset[str]]:
    """Return the networks that each actor is, or is a member of."""
    found: dict[str, frozenset[str]] = {}
    for actor in actors:
        if actor.kind == ActorKind.NETWORK:
            for one in (actor, *actor.members):
                found[one.id] = found.get(one.id, frozenset()) | {actor.id}
    return found


def _ease(actors: Sequence[Actor], km: FloatArray, networks: Sequence[frozenset[str]], unknown: float) -> FloatArray:
    """Return how easily each works under each, `(n, n)`, row leader: near, and of the same network.

    A carrier that has its members beside it in the pool leads or stays out, and they stay out when it leads: their
    skills and means are the same.
    """
    n = len(actors)
    near = np.exp(-km.astype(np.float64) / DEFAULT_REACH_KM)
    names = sorted(frozenset[str]().union(*networks))
    belongs = np.array([[name in one for name in names] for one in networks], np.float32).reshape(n, len(names))
    together = (belongs @ belongs.T) > 0
    ease = 1 - DISTANCE_COST * (1 - np.where(np.isnan(near), unknown, near)) - STRANGER_COST * ~together
    rows = {actor.id: row for row, actor in enumerate(actors)}
    for row, actor in enumerate(actors):
        members = [rows[one.id] for one in actor.members if one.id in rows] if actor.kind in CARRYING_KINDS else []
        if members:
            ease[:, row] = 0
            ease[row, members] = 0
    np.fill_diagonal(ease, 1)
    return ease


def _helpers(
    matcher: Matcher, case: OpportunityIndex, actors: ActorIndex, today: date, among: BoolArray | None
) -> tuple[FloatArray, FloatArray]:
    """Return how well each accompanies and finances this case `(n_actors,)` each: half of it is to be near."""
    if not actors.actors:
        return np.zeros(0), np.zeros(0)
    pairs = Pairs(case, actors, matcher.similarity_range, today)
    own = _own(actors)
    near = np.exp(-distance_km(pairs)[own].astype(np.float64) / DEFAULT_REACH_KM)
    near = np.where(np.isnan(near), matcher.weights[case.opportunities[0].kind].neutral["nearness"], near)
    allowed = _eligible(pairs, among)[own] * (1 + near) / 2
    helping = np.array([[supports(actor), finances(actor)] for actor in actors.actors]).reshape(-1, 2)
    return helping[:, 0] * allowed, helping[:, 1] * allowed


def _families(codes: Sequence[str], digits: int) -> list[str]:
    """Return the first code of each family; one that only announces another's family (45000000) says nothing more."""

    def announces(code: str) -> bool:
        stem = code.rstrip("0")
        return any(other != code and other.startswith(stem) for other in codes)

    return list({code[:digits]: code for code in reversed(codes) if not announces(code)}.values())[::-1]
