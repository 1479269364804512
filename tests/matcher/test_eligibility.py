"""Hard conditions, each by what the law or the actor says; what is unknown never excludes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from matcher.eligibility import AREA_TOLERANCE_KM, Condition, conditions
from matcher.types import ESS_KINDS, Actor, ActorKind, Opportunity, Point, Reservation
from tests.support.builders import DIE, TODAY, VALENCE, an_actor, an_opportunity, pairs


def verdict(opportunity: Opportunity, actor: Actor) -> Condition:
    """Return the condition of a pair, having checked that both directions agree."""
    (alone,) = conditions(pairs(opportunity, actor)).tolist()
    among_actors = conditions(pairs(opportunity, [actor, an_actor("zz")])).tolist()[0]
    among_opportunities = conditions(pairs([opportunity, an_opportunity("zz")], actor)).tolist()[0]
    assert alone == among_actors == among_opportunities
    return Condition(alone)


def of_kind(kind: ActorKind, **fields: Any) -> Actor:
    return an_actor(kind=kind, **fields)


EA_ESAT = {ActorKind.EA, ActorKind.EATT, ActorKind.ESAT}
SIAE = {ActorKind.EI, ActorKind.AI, ActorKind.ACI, ActorKind.ETTI, ActorKind.EITI}


@pytest.mark.parametrize("kind", [kind for kind in ActorKind if kind != ActorKind.ENTREPRENEUR])
@pytest.mark.parametrize(
    ("reserved", "kinds"),
    [
        ({Reservation.EA_ESAT}, EA_ESAT),
        ({Reservation.SIAE}, SIAE),
        ({Reservation.EA_ESAT, Reservation.SIAE}, EA_ESAT | SIAE),
        ({Reservation.ESS}, ESS_KINDS),
        (set(), set(ActorKind)),
    ],
)
def test_a_reserved_market_is_for_its_kinds_alone(
    kind: ActorKind, reserved: set[Reservation], kinds: set[ActorKind]
) -> None:
    found = verdict(an_opportunity(reserved=frozenset(reserved)), of_kind(kind))
    # A group of employees answers no market, reserved or not: it takes over its company.
    allowed = Condition.NO_ROLE if kind == ActorKind.EMPLOYEE_GROUP else Condition.ELIGIBLE
    assert found == (allowed if kind in kinds else Condition.RESERVED)


@pytest.mark.parametrize(
    ("ess", "found"), [(True, Condition.ELIGIBLE), (False, Condition.RESERVED), (None, Condition.RESERVED)]
)
def test_a_company_is_of_the_ess_where_it_declared_it(ess: bool | None, found: Condition) -> None:
    wanted = an_opportunity(reserved=frozenset({Reservation.ESS}))
    assert verdict(wanted, of_kind(ActorKind.COMPANY, ess=ess)) == found


def test_a_declared_company_of_the_ess_is_neither_adapted_nor_for_insertion() -> None:
    wanted = an_opportunity(reserved=frozenset({Reservation.EA_ESAT, Reservation.SIAE}))
    assert verdict(wanted, of_kind(ActorKind.COMPANY, ess=True)) == Condition.RESERVED


def test_the_deadline_s_own_day_still_counts() -> None:
    assert verdict(an_opportunity(deadline=TODAY), an_actor()) == Condition.ELIGIBLE
    assert verdict(an_opportunity(deadline=TODAY - timedelta(days=1)), an_actor()) == Condition.DEADLINE_PASSED
    assert verdict(an_opportunity(deadline=None), an_actor()) == Condition.ELIGIBLE


def test_what_is_closed_is_closed_to_all() -> None:
    assert verdict(an_opportunity(open=False), an_actor()) == Condition.CLOSED


def test_nobody_is_proposed_its_own_case() -> None:
    wanted = an_opportunity(own_sirens=frozenset({"000000018", "000000026"}))
    assert verdict(wanted, an_actor(siren="000000026")) == Condition.OWN_CASE
    assert verdict(wanted, an_actor(siren="000000034")) == Condition.ELIGIBLE
    assert verdict(wanted, an_actor(siren=None)) == Condition.ELIGIBLE
    assert verdict(an_opportunity(), an_actor(siren=None)) == Condition.ELIGIBLE


def test_nobody_is_proposed_its_own_case_through_its_network() -> None:
    member = an_actor("m1", siren="000000018")
    network = of_kind(ActorKind.NETWORK, siren="000000026", members=(member,))
    found = conditions(pairs(an_opportunity(own_sirens=frozenset({"000000018"})), network)).tolist()
    assert found == [Condition.ELIGIBLE, Condition.OWN_CASE]
    found = conditions(pairs(an_opportunity(own_sirens=frozenset({"000000026"})), network)).tolist()
    assert found == [Condition.OWN_CASE, Condition.OWN_CASE]


def test_an_entrepreneur_signs_through_the_cae_only() -> None:
    entrepreneur = of_kind(ActorKind.ENTREPRENEUR)
    assert verdict(an_opportunity(), entrepreneur) == Condition.CARRIED
    cae = of_kind(ActorKind.CAE, members=(replace(entrepreneur, id="e1"),))
    assert conditions(pairs(an_opportunity(), cae)).tolist() == [Condition.ELIGIBLE, Condition.ELIGIBLE]


@pytest.mark.parametrize(
    ("required", "declared", "found"),
    [
        ({"rge"}, {"rge"}, Condition.ELIGIBLE),
        ({"rge"}, {"rge", "qualibat"}, Condition.ELIGIBLE),
        ({"rge"}, {"qualibat"}, Condition.MISSING_APPROVAL),
        ({"rge", "qualibat"}, {"qualibat"}, Condition.MISSING_APPROVAL),
        ({"rge"}, set(), Condition.ELIGIBLE),
        (set(), {"rge"}, Condition.ELIGIBLE),
        ({"siae"}, {"siae"}, Condition.ELIGIBLE),
    ],
)
def test_a_required_approval_excludes_those_who_declared_only_others(
    required: set[str], declared: set[str], found: Condition
) -> None:
    wanted = an_opportunity(required_approvals=frozenset(required))
    assert verdict(wanted, an_actor(approvals=frozenset(declared))) == found


@pytest.mark.parametrize(
    ("kind", "approval"),
    [
        (ActorKind.EI, "siae"),
        (ActorKind.EA, "ea"),
        (ActorKind.EATT, "ea"),
        (ActorKind.ESAT, "esat"),
        (ActorKind.ESUS, "esus"),
    ],
)
def test_what_an_actor_is_by_its_kind_it_need_not_declare(kind: ActorKind, approval: str) -> None:
    wanted = an_opportunity(required_approvals=frozenset({approval}))
    assert verdict(wanted, of_kind(kind, approvals=frozenset({"rge"}))) == Condition.ELIGIBLE


def at(kilometres: float, *, exact: bool = True) -> Point:
    return Point(VALENCE.lat + kilometres / 111.195, VALENCE.lon, exact)


@pytest.mark.parametrize("radius", [0.0, 10.0, 30.0])
def test_a_radius_ends_with_its_tolerance(radius: float) -> None:
    edge = radius + AREA_TOLERANCE_KM
    actor = an_actor(radius_km=radius)
    assert verdict(an_opportunity(point=at(edge - 0.2)), actor) == Condition.ELIGIBLE
    assert verdict(an_opportunity(point=at(edge + 0.2)), actor) == Condition.OUTSIDE_AREA


def test_a_place_that_is_known_to_its_department_only_is_never_beyond_a_radius() -> None:
    actor = an_actor(radius_km=5.0)
    assert verdict(an_opportunity(point=at(300, exact=False)), actor) == Condition.ELIGIBLE
    assert verdict(an_opportunity(point=DIE), replace(actor, point=at(0, exact=False))) == Condition.ELIGIBLE
    assert verdict(an_opportunity(point=None), actor) == Condition.ELIGIBLE
    assert verdict(an_opportunity(point=DIE), replace(actor, radius_km=None)) == Condition.ELIGIBLE


DROME, DIOIS = {"area_departments": frozenset({"26"})}, {"area_communes": frozenset({"26113", "07186"})}


@pytest.mark.parametrize(
    ("area", "department", "commune", "inside"),
    [
        (DROME, "26", "26362", True),
        (DROME, "07", "07186", False),
        (DROME, None, "26362", True),  # a commune's code tells its département
        (DROME, None, "07186", False),
        (DROME, None, None, True),
        (DIOIS, "26", "26113", True),
        (DIOIS, "26", "26362", False),
        (DIOIS, "26", None, True),  # it may be in Die
        (DIOIS, "38", None, False),
        (DIOIS, None, None, True),
        (DROME | DIOIS, "07", "07186", True),
        (DROME | DIOIS, "26", "26362", True),
        (DROME | DIOIS, "07", "07019", False),
        (DROME | DIOIS, "07", None, True),
        ({}, "38", "38185", True),
    ],
)
def test_a_named_area_holds_what_lies_or_may_lie_in_it(
    area: dict[str, Any], department: str | None, commune: str | None, inside: bool
) -> None:
    found = verdict(an_opportunity(department=department, commune=commune), an_actor(**area))
    assert found == (Condition.ELIGIBLE if inside else Condition.OUTSIDE_AREA)


def test_both_the_radius_and_the_named_area_hold() -> None:
    actor = an_actor(radius_km=30.0, **DROME)
    near, far = at(10), at(100)
    assert verdict(an_opportunity(point=near, department="26"), actor) == Condition.ELIGIBLE
    assert verdict(an_opportunity(point=far, department="26"), actor) == Condition.OUTSIDE_AREA
    assert verdict(an_opportunity(point=near, department="07"), actor) == Condition.OUTSIDE_AREA


def test_of_several_reasons_the_first_is_told() -> None:
    wanted = an_opportunity(
        open=False,
        deadline=TODAY - timedelta(days=1),
        own_sirens=frozenset({"000000018"}),
        reserved=frozenset({Reservation.SIAE}),
        required_approvals=frozenset({"rge"}),
        department="07",
    )
    actor = of_kind(ActorKind.ENTREPRENEUR, siren="000000018", approvals=frozenset({"bio"}), **DROME)
    told = [verdict(wanted, actor)]
    actor = replace(actor, kind=ActorKind.COMPANY)
    for better in (
        {"open": True},
        {"deadline": None},
        {"own_sirens": frozenset()},
        {"reserved": frozenset()},
        {"required_approvals": frozenset()},
        {"department": "26"},
    ):
        told.append(verdict(wanted, actor))
        wanted = replace(wanted, **better)  # type: ignore[arg-type]
    told.append(verdict(wanted, actor))
    of_takeovers = (Condition.NO_ROLE, Condition.OTHER_EMPLOYER)
    of_any_market = [condition for condition in Condition if condition not in of_takeovers]
    assert told == [*of_any_market[1:], Condition.ELIGIBLE]
