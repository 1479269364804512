"""The needs of an opportunity that several actors cover together, and how well each actor covers each need.

A tender needs its lots; one without lots, the trades of its codes or those named by the asker; a takeover, three roles:
taking over, supporting, financing. Where the amount is known, a market also needs volume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np

from matcher.coalition.cover import FLOOR, HELD, eligible_units, means_ratio, need_cover, own_units
from matcher.coalition.ease import Together, networks_of, represented_networks
from matcher.coalition.pool import Pool
from matcher.features import DEFAULT_REACH_KM, Pairs, distance_km, vocation
from matcher.index import ActorIndex, OpportunityIndex, subset
from matcher.matching import Matcher
from matcher.scoring import Weights
from matcher.types import ROLE_PLACES, Actor, ActorKind, BoolArray, FloatArray, IntArray, Role

# Share of a need's value for its trade; the rest is for its volume, where that is known. An actor that knows the trade
# can hire or subcontract; one that does not cannot answer.
TRADE_SHARE = 0.7
# Share of the volume of a tender with lots that is asked as a whole, the rest lot by lot: nobody works twice at once.
WHOLE_SHARE = 0.5
# These kinds lead by their statutes; others must carry this share of the whole by themselves, or have unknown means.
LEADING_KINDS = frozenset(
    {ActorKind.NETWORK, ActorKind.CAE, ActorKind.SCOP, ActorKind.SCIC, ActorKind.COOPERATIVE, ActorKind.GEIQ}
)
NEVER_LEADING = frozenset({ActorKind.EMPLOYEE_GROUP, ActorKind.ENTREPRENEUR})
LEAD_SHARE = 0.25
# Value of a leader that carries the whole by itself: between two possible leaders, the stronger one leads.
LEAD_WORTH = 0.05
# Values of the three roles of a takeover: without a buyer there is nothing to support or to finance.
ROLE_WORTH = (0.5, 0.25, 0.25)


class Part(StrEnum):
    """The part of an opportunity that a need stands for."""

    LOT = "lot"
    TRADE = "trade"
    WHOLE = "whole"
    LEAD = "lead"
    TAKES_OVER = "takes_over"
    SUPPORTS = "supports"
    FINANCES = "finances"


@dataclass(frozen=True, slots=True)
class Need:
    """A part of the opportunity; `title` in words, empty for the whole, for leading it, and for roles."""

    id: str
    part: Part
    title: str = ""


@dataclass(frozen=True)
class CoalitionProblem:
    """m needs and the n actors that cover at least one: rows of `pool` are `actors`, its columns `needs`.

    via: `(n, m)`, id of the member through which a carrier covers a need, or "".
    ratio: `(n, m)`, the actor's means over what is needed, NaN where unknown.
    together: how easily the actors work together, and how far from each other. exact: `(n,)`, whether an actor's place
    is exact.
    """

    needs: tuple[Need, ...]
    actors: tuple[Actor, ...]
    pool: Pool
    via: tuple[tuple[str, ...], ...]
    ratio: FloatArray
    together: Together
    exact: BoolArray


def market(
    matcher: Matcher,
    parts: Sequence[OpportunityIndex],
    actors: ActorIndex,
    *,
    today: date,
    whole_eur: float | None = None,
    among: BoolArray | None = None,
) -> CoalitionProblem:
    """Return the needs of a market. parts: an index of one row for each lot or trade.

    whole_eur: the amount of all parts together; None takes their sum if each is known. `among` `(len(actors.actors),)`
    restricts the actors. A cover is the score with ample capacity: capacity counts as means, apart. A network is
    represented by its members on the desk, each with its own means, who work together more easily than strangers.
    """
    needs = [
        Need(row.id, Part.LOT if row.lot_title and "#" not in row.id else Part.TRADE, row.lot_title or row.title)
        for row in (index.opportunities[0] for index in parts)
    ]
    single = ~represented_networks(actors)
    allowed = single if among is None else among & single
    columns = [need_cover(matcher, index, actors, today, allowed, ample_capacity=True) for index in parts]
    weights = matcher.weights[Role.SUPPLY]
    amounts = np.array([index.amount_eur[0] for index in parts], np.float64)
    whole = float(amounts.sum()) if whole_eur is None else whole_eur
    worth = np.full(len(parts), 1 / len(parts))
    known = ~np.isnan(amounts)
    cover = np.stack([column.cover for column in columns], axis=1)
    ratio = np.stack([column.ratio for column in columns], axis=1)
    via = [column.via for column in columns]
    volume = np.where(known, worth, 0) * (1 - TRADE_SHARE)
    trade = worth - volume
    if len(parts) > 1 and not np.isnan(whole):
        # The whole needs means of every actor that covers a part.
        index = replace(parts[0], amount_eur=np.array([whole], np.float32))
        needs.append(Need("whole", Part.WHOLE))
        cover = np.column_stack([cover, cover.max(axis=1)])
        ratio = np.column_stack([ratio, means_ratio(matcher, index, actors, today)])
        trade = np.append(worth * TRADE_SHARE, 0)
        volume = np.append(np.where(known, worth, 0) * (1 - TRADE_SHARE) * WHOLE_SHARE, 0)
        volume[-1] = 1 - trade.sum() - volume.sum()
        via.append(("",) * len(actors.actors))
    lead, covering = np.zeros(len(actors.actors)), np.flatnonzero((cover > 0).any(axis=1))
    lead[covering] = _lead([actors.actors[row].kind for row in covering.tolist()], ratio[covering, -1], weights)
    needs.append(Need("lead", Part.LEAD))
    return _problem(
        needs,
        actors,
        cover=np.column_stack([cover, lead]),
        ratio=np.column_stack([ratio, np.zeros(len(lead))]),
        trade=np.append(trade * (1 - LEAD_WORTH), LEAD_WORTH),
        volume=np.append(volume * (1 - LEAD_WORTH), 0),
        leads=lead > 0,
        own=np.ones(len(needs), np.bool_),
        partners=np.array([need.part != Part.LEAD for need in needs], np.bool_),
        via=[*via, ("",) * len(actors.actors)],
        weights=weights,
        among=among,
    )


def takeover(
    matcher: Matcher, case: OpportunityIndex, actors: ActorIndex, *, today: date, among: BoolArray | None = None
) -> CoalitionProblem:
    """Return the needs of a takeover case (an index of one row): three roles, led by the actor that takes over.

    Nobody supports or finances itself: the leader covers the first role only.
    """
    taking = need_cover(matcher, case, actors, today, among, ample_capacity=False)
    cover = np.stack([taking.cover, *_supporting_roles(matcher, case, actors, today, among)], axis=1)
    cover[cover < FLOOR] = 0
    row = case.opportunities[0]
    needs = [Need(f"{row.id}#{part}", part) for part in (Part.TAKES_OVER, Part.SUPPORTS, Part.FINANCES)]
    nobody = ("",) * len(actors.actors)
    via = [taking.via, nobody, nobody]
    ratio, volume = np.zeros_like(cover), np.zeros(3)
    own = np.array([True, False, False])
    partners = np.ones(3, np.bool_)
    worth, leads = np.array(ROLE_WORTH), cover[:, 0] > 0
    weights = matcher.weights[Role.TAKE_OVER]
    return _problem(needs, actors, cover, ratio, worth, volume, leads, own, partners, via, weights, among)


def _problem(
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
) -> CoalitionProblem:
    """Keep the actors that cover a need, and add how easily they work together. via: a need each, of all actors."""
    rows = np.flatnonzero((cover > 0).any(axis=1))
    kept = tuple(actors.actors[row] for row in rows.tolist())
    place = subset(actors, own_units(actors)[rows]).places
    networks = networks_of([actors.actors[row] for row in _carriers_of(actors, rows, among).tolist()])
    joined = tuple(networks.get(actor.id, frozenset()) for actor in kept)
    points = np.stack([place.lat, place.lon])
    together = Together.of(kept, points, joined, weights.neutral["nearness"])
    # The neutral value of the feature is the square root of a ratio (`matcher.features.capacity`).
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
        ease=together.under,
    )
    through = tuple(tuple(of_need[row] for of_need in via) for row in rows.tolist())
    return CoalitionProblem(tuple(needs), kept, pool, through, ratio[rows], together, place.exact)


def _carriers_of(actors: ActorIndex, rows: IntArray, among: BoolArray | None) -> IntArray:
    """Return some actors and those who carry one of them, ascending; those whom the asker may not see are left out."""
    carried = np.isin(actors.ties.members, rows)
    found = np.union1d(rows, actors.ties.carriers[carried])
    return found if among is None else found[among[found]]


def _lead(kinds: Sequence[ActorKind], carried: FloatArray, weights: Weights) -> FloatArray:
    """Return the strength of actors of these kinds as leaders `(n,)` in [0, 1]: the share of the whole that each
    carries.

    carried: `(n,)`, means over the whole, NaN where unknown. 0 where the actor cannot lead.
    """
    strength = np.minimum(1, np.where(np.isnan(carried), weights.neutral["capacity"] ** 2, carried))
    can = (strength >= LEAD_SHARE) | np.array([kind in LEADING_KINDS for kind in kinds], np.bool_)
    can &= np.array([kind not in NEVER_LEADING for kind in kinds], np.bool_)
    return np.where(can, np.maximum(strength, LEAD_SHARE), 0)


def _supporting_roles(
    matcher: Matcher, case: OpportunityIndex, actors: ActorIndex, today: date, among: BoolArray | None
) -> tuple[FloatArray, FloatArray]:
    """Return how well each actor supports and finances the case, `(n_actors,)` each; nearness counts for half."""
    own = own_units(actors)
    vocations = subset(actors, own).vocations
    covers = np.zeros((2, actors.actor_count))
    for cover, role in zip(covers, (Role.ACCOMPANY, Role.FINANCE), strict=True):
        players = own[vocations[:, ROLE_PLACES[role]] > 0]
        if len(players):
            pairs = Pairs(case, subset(actors, players), matcher.similarity_range, today, role)
            near = np.exp(-distance_km(pairs).astype(np.float64) / DEFAULT_REACH_KM)
            near = np.where(np.isnan(near), matcher.weights[role].neutral["nearness"], near)
            cover[pairs.actors.owner] = vocation(pairs) * eligible_units(pairs, among) * (1 + near) / 2
    return covers[0], covers[1]
