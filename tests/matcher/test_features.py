"""Each feature is in [0, 1], or NaN where something needed is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import features
from matcher.features import COUNTED, FEATURES, measure
from matcher.types import Actor, Opportunity, OpportunityKind, Point, Role, Seeking
from tests.support import builders
from tests.support.builders import (
    TODAY,
    VALENCE,
    a_complete_actor,
    a_complete_opportunity,
    an_actor,
    an_opportunity,
    few,
    pairs,
)


def one(feature: Any, opportunity: Opportunity, actor: Actor) -> float:
    (value,) = feature(pairs(opportunity, actor)).tolist()
    return float(value)


@few
@given(builders.desks_of_opportunities(4), builders.desks_of_actors(4))
def test_features_are_in_the_unit_interval_or_nan(opportunities: list[Opportunity], actors: list[Actor]) -> None:
    for opportunity in opportunities:
        compared = pairs(opportunity, actors)
        if not len(compared.actors):
            continue
        table = measure(compared)
        assert table.shape == (len(compared.actors), len(FEATURES))
        assert table.dtype == np.float32
        known = table[~np.isnan(table)]
        assert ((known >= 0) & (known <= 1)).all()


@few
@given(builders.desks_of_opportunities(4), builders.lone_actors())
def test_both_directions_measure_the_same_bits(opportunities: list[Opportunity], actor: Actor) -> None:
    if not opportunities:
        return
    rows = sorted(opportunities, key=lambda row: row.id)
    for role in Role:
        there = measure(pairs(rows, actor, role=role))
        back = np.concatenate([measure(pairs(row, [actor, an_actor("zz")], role=role))[:1] for row in rows])
        assert there.tobytes() == back.tobytes()


def test_of_a_complete_pair_everything_is_measured() -> None:
    for role, row in ((Role.SUPPLY, {}), (Role.TAKE_OVER, {"kind": OpportunityKind.TAKEOVER, "headcount": 6})):
        known = ~np.isnan(measure(pairs(a_complete_opportunity(**row), a_complete_actor(), role=role)))[0]
        measured = {name for name, is_known in zip(FEATURES, known, strict=True) if is_known}
        # The actor is of no local kind.
        assert measured == COUNTED[role] - {"local_reach"}


def test_the_same_trade_is_nearer_than_another() -> None:
    wanted = an_opportunity(title="entretien des espaces verts")
    gardener, baker = an_actor(), an_actor(name="Le Four", activities=("pain bio",))
    for feature in (features.semantic, features.words, features.spelling):
        assert one(feature, wanted, gardener) > one(feature, wanted, baker)


def test_the_best_of_several_trades_counts() -> None:
    wanted = an_opportunity(title="tonte")
    both, single = an_actor(activities=("pain", "tonte")), an_actor(activities=("tonte",))
    assert one(features.semantic, wanted, both) == one(features.semantic, wanted, single)


def test_sector_takes_the_best_of_the_actor_s_codes_and_ignores_unknown_ones() -> None:
    wanted = an_opportunity(naf=("81.30Z",))
    assert one(features.sector, wanted, an_actor(naf=("10.71C", "81.30Z"))) == 1
    assert one(features.sector, wanted, an_actor(naf=("99.99Z", "81.30Z"))) == 1
    assert one(features.sector, wanted, an_actor(naf=("10.71C",))) == 0
    assert np.isnan(one(features.sector, wanted, an_actor(naf=("99.99Z",))))


@pytest.mark.parametrize("radius", [None, 20.0, 60.0])
def test_nearness_is_one_next_door_and_one_e_th_at_the_end_of_the_reach(radius: float | None) -> None:
    actor = an_actor(radius_km=radius)
    assert one(features.nearness, an_opportunity(point=VALENCE), actor) == 1
    end = an_opportunity(point=Point(VALENCE.lat + (radius or features.DEFAULT_REACH_KM) / 111.195, VALENCE.lon))
    assert one(features.nearness, end, actor) == pytest.approx(np.exp(-1), rel=1e-3)


def test_without_a_radius_a_trade_is_near_as_far_as_it_usually_goes() -> None:
    """Teams of masons go home at night, wholesalers deliver; a declared radius says more than the trade."""
    away = an_opportunity(point=Point(VALENCE.lat + 1, VALENCE.lon))
    mason, wholesaler = an_actor(naf=("43.99C",)), an_actor(naf=("46.73A",))
    assert one(features.nearness, away, mason) < one(features.nearness, away, wholesaler)
    assert one(features.nearness, away, an_actor(naf=("43.99C", "46.73A"))) == one(features.nearness, away, wholesaler)
    assert one(features.nearness, away, an_actor(naf=("00.00Z",))) == one(features.nearness, away, an_actor())
    for naf in ("43.99C", "46.73A"):
        assert one(features.nearness, away, an_actor(naf=(naf,), radius_km=50.0)) == one(
            features.nearness, away, an_actor(radius_km=50.0)
        )


def test_a_tiny_radius_does_not_make_the_next_village_far() -> None:
    near = an_opportunity(point=Point(VALENCE.lat + 0.02, VALENCE.lon))
    assert one(features.nearness, near, an_actor(radius_km=0.0)) == one(
        features.nearness, near, an_actor(radius_km=features.SHORTEST_REACH_KM)
    )


@few
@given(st.sampled_from((0, 1, 40_000, 90_000, 10**7)), builders.heads, builders.amounts)
def test_more_means_never_lower_capacity_and_a_larger_contract_never_raises_it(
    amount: int, heads: float, turnover: int
) -> None:
    wanted = an_opportunity(amount_eur=amount)
    larger = replace(wanted, amount_eur=2 * amount + 1)
    actor = an_actor(headcount=heads, turnover_eur=turnover)
    stronger = replace(actor, headcount=heads + 1, turnover_eur=turnover + 1000)
    value = one(features.capacity, wanted, actor)
    assert one(features.capacity, wanted, stronger) >= value >= one(features.capacity, larger, actor)


def test_capacity_by_hand() -> None:
    """A turnover of the contract's value is half of what a buyer may ask: √½; the scarcer means count."""
    wanted = an_opportunity(amount_eur=100_000)
    assert one(features.capacity, wanted, an_actor(turnover_eur=100_000)) == pytest.approx(0.5**0.5)
    assert one(features.capacity, wanted, an_actor(turnover_eur=100_000, headcount=50)) == pytest.approx(0.5**0.5)
    assert one(features.capacity, wanted, an_actor(turnover_eur=10**7, headcount=0)) == 0
    assert one(features.capacity, wanted, an_actor(headcount=50)) == 1
    takeover = an_opportunity(kind=OpportunityKind.TAKEOVER, headcount=8)
    assert one(features.capacity, takeover, an_actor(headcount=1)) == pytest.approx(0.5)


def test_zero_means_are_known_and_unknown_ones_are_not_zero() -> None:
    wanted = an_opportunity(amount_eur=100_000)
    assert one(features.capacity, wanted, an_actor(turnover_eur=0)) == 0
    assert np.isnan(one(features.capacity, wanted, an_actor()))
    assert np.isnan(one(features.capacity, an_opportunity(), an_actor(turnover_eur=100_000, headcount=3)))


TAKEOVER = {"kind": OpportunityKind.TAKEOVER}
SUBCONTRACT = {"subcontract": True}


@pytest.mark.parametrize(
    ("wanted", "seeks", "value"),
    [
        ({}, {Seeking.MARKETS}, 1),
        ({}, {Seeking.ACQUISITIONS}, 0),
        ({}, {Seeking.SUBCONTRACTS}, 0),
        ({}, {Seeking.PARTNERS, Seeking.MARKETS}, 1),
        (TAKEOVER, {Seeking.ACQUISITIONS}, 1),
        (TAKEOVER, {Seeking.MARKETS}, 0),
        (SUBCONTRACT, {Seeking.SUBCONTRACTS}, 1),
        (SUBCONTRACT, {Seeking.MARKETS}, 1),
        (SUBCONTRACT, {Seeking.PARTNERS}, 0),
        ({}, set(), None),
        (TAKEOVER, set(), None),
        (SUBCONTRACT, set(), None),
    ],
)
def test_seeking_says_whether_such_things_are_sought(
    wanted: dict[str, Any], seeks: set[Seeking], value: int | None
) -> None:
    found = one(features.seeking, an_opportunity(**wanted), an_actor(seeks=frozenset(seeks)))
    assert np.isnan(found) if value is None else found == value


def test_freshness_halves_with_each_half_life_and_takes_the_side_that_is_known() -> None:
    old = TODAY - timedelta(days=int(features.ACTOR_HALF_LIFE_DAYS))
    aged = TODAY - timedelta(days=int(features.OPPORTUNITY_HALF_LIFE_DAYS))
    new, unknown = an_opportunity(published_on=TODAY), an_opportunity()
    assert one(features.freshness, unknown, an_actor(informed_on=old)) == 0.5
    assert one(features.freshness, an_opportunity(published_on=aged), an_actor()) == 0.5
    assert one(features.freshness, new, an_actor(informed_on=old)) == 0.75
    assert one(features.freshness, unknown, an_actor(informed_on=TODAY + timedelta(days=30))) == 1
    assert np.isnan(one(features.freshness, unknown, an_actor()))
