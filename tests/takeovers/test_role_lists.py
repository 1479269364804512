"""Who could play which role of a takeover: over the invented world, with the reference actors."""

from collections.abc import Mapping

import pytest
from sqlmodel import select

from api.accounts.audience import Audience
from api.brokerage.cases import Origin
from api.brokerage.pairs import Pair, open_pairs
from api.core.clock import today_in_france
from api.open_data.reference_actors import load_reference_actors, reference_actors
from api.takeovers.roles.role_lists import RoleGroup, RoleLists, proposed_in, role_lists
from matcher.types import ActorKind, Role
from models.base import identifier, utc_now
from models.database import reading
from models.tables import Actor, Opportunity
from tests.support.signed_in import open_account
from tests.support.world import Doors, demo_opportunity

pytestmark = pytest.mark.slow

HOUSE = Audience(confidential=True)
JOINERY, BAKERY, MECHANICS, BIKES = (demo_opportunity(name) for name in ("r001", "r003", "r002", "r023"))
COMPANIONS = identifier("actors", "employee_group:demo:a112")


@pytest.fixture(scope="module")
def world(doors: Doors) -> Doors:
    load_reference_actors(doors.engine, now=utc_now())
    doors.settle()
    return doors


def lists_of(world: Doors, opportunity_id: str) -> RoleLists:
    with reading(world.engine) as session:
        snapshot = world.app.state.desk.snapshot()
        return role_lists(session, snapshot, opportunity_id, HOUSE, today=today_in_france())


@pytest.fixture(scope="module")
def all_lists(world: Doors) -> Mapping[str, RoleLists]:
    with reading(world.engine) as session:
        cases = session.exec(select(Opportunity.id).where(Opportunity.kind == "takeover")).all()
    return {opportunity_id: lists_of(world, opportunity_id) for opportunity_id in cases}


def test_each_reference_actor_is_reached_by_a_case(world: Doors, all_lists: Mapping[str, RoleLists]) -> None:
    with reading(world.engine) as session:
        keys = {row.id: row.source_id for row in session.exec(select(Actor).where(Actor.source == "reference"))}
    proposed = {one for lists in all_lists.values() for actors in proposed_in(lists).values() for one in actors}
    assert {keys[one] for one in proposed & keys.keys()} == {entry.key for entry in reference_actors()}


def test_each_list_holds_its_kind_of_actor(all_lists: Mapping[str, RoleLists]) -> None:
    assert len(all_lists) == 25
    for lists in all_lists.values():
        for group, candidates in lists.lists.items():
            kinds = {candidate.entry.card.kind for candidate in candidates}
            if group == RoleGroup.EMPLOYEES:
                assert kinds <= {ActorKind.EMPLOYEE_GROUP}
            elif group == RoleGroup.CARRIED:
                assert kinds <= {ActorKind.CAE}
                assert not kinds or lists.size.headcount is None or lists.size.headcount <= 3
            elif group in (RoleGroup.SAME_TRADE, RoleGroup.NEAR_TRADE):
                assert not kinds & {ActorKind.EMPLOYEE_GROUP, ActorKind.CAE, ActorKind.NETWORK}
            ids = [candidate.entry.card.id for candidate in candidates]
            assert len(ids) == len(set(ids)) <= 5
            scores = [candidate.entry.suggestion.score for candidate in candidates]
            assert scores == sorted(scores, reverse=True)


def test_a_network_is_one_proposal_with_its_members_under_it(all_lists: Mapping[str, RoleLists]) -> None:
    networks = [one for lists in all_lists.values() for one in lists.lists[RoleGroup.KEEP_WORK]]
    assert networks
    assert all(one.entry.card.kind == ActorKind.NETWORK and one.n_members >= len(one.members) > 0 for one in networks)
    assert all(one.entry.member is None or one.members[0].id == one.entry.member.id for one in networks)


def test_premises_are_those_that_fit(all_lists: Mapping[str, RoleLists], world: Doors) -> None:
    with reading(world.engine) as session:
        farms = {row.id for row in session.exec(select(Actor)) if "agricole" in " ".join(row.activities)}
    for opportunity_id in (JOINERY, BAKERY, MECHANICS):
        premises = {one.entry.card.id for one in all_lists[opportunity_id].lists[RoleGroup.PREMISES]}
        assert not premises & farms


def test_products_are_told_with_what_speaks_against_them(all_lists: Mapping[str, RoleLists]) -> None:
    financing = {one.entry.card.name: one for one in all_lists[JOINERY].lists[RoleGroup.FINANCE]}
    union = next(one for name, one in financing.items() if "Scop" in name or "France Active" in name)
    assert union.products
    assert all_lists[JOINERY].size.price_eur == 190_000


def test_employees_who_follow_another_takeover_are_not_proposed_elsewhere(world: Doors) -> None:
    before = lists_of(world, JOINERY)
    assert COMPANIONS in proposed_in(before)[Role.TAKE_OVER]
    facilitator = open_account(world, "facilitator", "animation@exemple.invalid")
    pair = [Pair(COMPANIONS, BIKES)]
    open_pairs(world.engine, pair, facilitator, origin=Origin.BY_HAND, by="cli", now=utc_now())
    after = lists_of(world, JOINERY)
    assert COMPANIONS not in proposed_in(after)[Role.TAKE_OVER]
    assert [(one.card.id, one.elsewhere) for one in after.bound] == [(COMPANIONS, "Cycles Montgrison")]
