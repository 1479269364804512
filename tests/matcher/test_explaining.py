"""Reasons take the score apart: one a feature, with figures that a person can check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from matcher.eligibility import Condition, conditions
from matcher.explaining import CONDITION_REASONS, filter_reason
from matcher.features import FEATURES, measure
from matcher.geography import great_circle_km
from matcher.lexical import analyse, says_something
from matcher.text_fields import actor_words, opportunity_words
from matcher.types import Actor, ActorKind, Opportunity, OpportunityKind, Reason, Reservation, Seeking
from tests.support import builders
from tests.support.builders import (
    DIE,
    TODAY,
    VALENCE,
    a_complete_actor,
    a_complete_opportunity,
    an_actor,
    an_opportunity,
    few,
    only,
    pairs,
    rank_actors,
)


def told(opportunity: Opportunity, actor: Actor) -> dict[str, Reason]:
    return {reason.code: reason for reason in only(rank_actors(opportunity, [actor])).reasons}


def refused(opportunity: Opportunity, actor: Actor) -> Reason:
    (row,) = rank_actors(opportunity, [actor]).filtered
    return row.reason


@few
@given(builders.opportunities(), builders.lone_actors())
def test_a_known_reason_s_value_is_its_feature_s_and_an_unknown_one_has_none(
    opportunity: Opportunity, actor: Actor
) -> None:
    rows = rank_actors(opportunity, [actor]).suggestions
    for row in rows:
        measured = dict(zip(FEATURES, measure(pairs(opportunity, actor, role=row.role))[0].tolist(), strict=True))
    for reason in rows[0].reasons if rows else ():
        if reason.code.removesuffix("_unknown") in FEATURES:
            value = measured[reason.code.removesuffix("_unknown")]
            assert reason.code.endswith("_unknown") == np.isnan(value)
            assert reason.value == (None if np.isnan(value) else value)


@few
@given(builders.opportunities(), builders.lone_actors())
def test_known_reasons_come_first_the_strongest_first_what_is_to_be_checked_last(
    opportunity: Opportunity, actor: Actor
) -> None:
    for row in rank_actors(opportunity, [actor]).suggestions:
        known = [reason for reason in row.reasons if reason.code in FEATURES]
        unknown = [reason for reason in row.reasons if reason.code.removesuffix("_unknown") in set(FEATURES)]
        assert list(row.reasons[: len(known)]) == sorted(known, key=lambda reason: -reason.contribution)
        assert {reason.code for reason in row.reasons[len(unknown) :]} <= CONDITION_REASONS


def test_the_similar_phrases_are_shown() -> None:
    actor = an_actor(activities=("pain bio", "taille de haies"))
    reason = told(an_opportunity(title="taille de haies"), actor)["semantic"]
    assert reason.figures["trade"] == "taille de haies"
    assert reason.figures["need"] == "taille de haies"
    assert 0 < float(reason.figures["cosine"]) <= 1


@few
@given(builders.opportunities(), builders.lone_actors())
def test_shared_words_are_of_both_sides(opportunity: Opportunity, actor: Actor) -> None:
    for row in rank_actors(opportunity, [actor]).suggestions:
        for reason in row.reasons:
            if reason.code == "words":
                shared = set(analyse(str(reason.figures["shared"])))
                both = set(analyse(opportunity_words(opportunity))) & set(analyse(actor_words(actor)))
                assert shared == {stem for stem in both if says_something(stem)}
                # Words that say nothing of a trade count, and are not quoted.
                assert (reason.value or 0) > 0 or not shared


def test_the_distance_is_told_with_the_radius_and_whether_it_is_exact() -> None:
    km = round(float(great_circle_km(VALENCE.lat, VALENCE.lon, DIE.lat, DIE.lon)), 1)
    assert told(an_opportunity(), an_actor(radius_km=60.0))["nearness"].figures == {
        "km": km,
        "exact": 1,
        "radius_km": 60.0,
    }
    assert told(an_opportunity(), an_actor())["nearness"].figures == {"km": km, "exact": 1}


def test_the_means_and_the_need_are_told_where_known_even_zero() -> None:
    figures = told(an_opportunity(amount_eur=90_000), an_actor(headcount=0))["capacity"].figures
    assert figures == {"headcount": 0, "amount_eur": 90_000}


@pytest.mark.parametrize(
    ("fields", "seeks", "wanted"),
    [
        ({}, Seeking.MARKETS, "markets"),
        ({}, Seeking.SUBCONTRACTS, "markets"),
        ({"kind": OpportunityKind.TAKEOVER}, Seeking.MARKETS, "acquisitions"),
        ({"subcontract": True}, Seeking.MARKETS, "markets"),
        ({"subcontract": True}, Seeking.SUBCONTRACTS, "subcontracts"),
    ],
)
def test_what_is_said_to_be_sought_is_what_the_actor_said(fields: dict[str, Any], seeks: Seeking, wanted: str) -> None:
    reason = told(an_opportunity(**fields), an_actor(seeks=frozenset({seeks})))["seeking"]
    assert reason.figures == {"wanted": wanted, "seeks": str(seeks)}
    assert bool(reason.value) == (wanted == seeks)


def test_a_required_approval_is_to_be_checked_only_where_nothing_proves_it() -> None:
    wanted = an_opportunity(required_approvals=frozenset({"siae", "rge"}))
    assert told(wanted, an_actor())["approval_unknown"].figures == {"approvals": "rge siae"}
    assert told(wanted, an_actor())["approval_unknown"].contribution == 0
    assert told(wanted, an_actor(kind=ActorKind.EI))["approval_unknown"].figures == {"approvals": "rge"}
    insertion = an_opportunity(required_approvals=frozenset({"siae"}))
    assert "approval_unknown" not in told(insertion, an_actor(kind=ActorKind.EI))
    assert "approval_unknown" not in told(wanted, an_actor(approvals=frozenset({"siae", "rge"})))


def test_what_the_actor_had_to_be_or_hold_is_told_where_it_does() -> None:
    wanted = an_opportunity(required_approvals=frozenset({"siae", "rge"}), reserved=frozenset({Reservation.SIAE}))
    reasons = told(wanted, an_actor(kind=ActorKind.EI))
    assert reasons["approval_held"].figures == {"approvals": "siae"}
    assert reasons["reserved_met"].figures == {"reserved": "siae", "kind": "ei"}
    assert not {"approval_held", "reserved_met"} & set(told(an_opportunity(), an_actor(kind=ActorKind.EI)))


def test_a_missing_approval_is_named_and_those_of_the_kind_are_not() -> None:
    wanted = an_opportunity(required_approvals=frozenset({"siae", "rge"}))
    reason = refused(wanted, an_actor(kind=ActorKind.EI, approvals=frozenset({"bio"})))
    assert (reason.code, reason.figures) == ("missing_approval", {"approvals": "rge"})


def test_a_refusal_has_the_figures_that_it_is_checked_by() -> None:
    yesterday = TODAY - timedelta(days=1)
    assert refused(an_opportunity(deadline=yesterday), an_actor()).figures == {"deadline": yesterday.isoformat()}
    reserved = refused(an_opportunity(reserved=frozenset({Reservation.SIAE})), an_actor(kind=ActorKind.SCOP))
    assert reserved.figures == {"reserved": "siae", "kind": "scop"}
    far = refused(an_opportunity(), an_actor(radius_km=5.0, area_departments=frozenset({"07", "26"})))
    assert far.code == "outside_area"
    assert (far.figures["radius_km"], far.figures["departments"]) == (5.0, "07 26")
    assert float(far.figures["km"]) > 10


@few
@given(builders.desks_of_opportunities(4), builders.lone_actors())
def test_every_refusal_s_code_is_its_condition_s_name(opportunities: list[Opportunity], actor: Actor) -> None:
    for opportunity in opportunities:
        compared = pairs(opportunity, actor)
        (found,) = conditions(compared).tolist()
        if found:
            assert filter_reason(compared, 0, Condition(found)).code == Condition(found).name.lower()


def test_through_a_member_the_figures_are_the_member_s() -> None:
    member = a_complete_actor("m1", point=DIE, radius_km=12.0)
    network = an_actor("n", kind=ActorKind.NETWORK, name="Réseau", activities=("conseil",), members=(member,))
    reasons = told(a_complete_opportunity(), network)
    assert reasons["nearness"].figures == {"km": 0.0, "exact": 1, "radius_km": 12.0}
    assert reasons["sector"].figures["naf"] == "81.30Z"
