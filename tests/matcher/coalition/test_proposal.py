"""Coalitions: the best set of two to five, what each member brings, what is lacking, and when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.coalition import needs
from matcher.coalition.cover import FLOOR, HELD
from matcher.coalition.ease import networks_of
from matcher.coalition.needs import CoalitionProblem, Part
from matcher.coalition.pool import Pool
from matcher.coalition.proposal import PARTNER_COST, Coalition, Proposal, Verdict, propose
from matcher.coalition.selection import FEWEST, MOST, Choice, best_together
from matcher.coalition.shapley import shapley
from matcher.coalition.trades import trades_of
from matcher.matching import Matcher
from matcher.priors import PRIORS
from matcher.roles import vocations_of
from matcher.types import Actor, ActorKind, BoolArray, Opportunity, OpportunityKind, Point, Reservation, Role, Seeking
from tests.support.builders import (
    CREST,
    DIE,
    PRIVAS,
    SIMILARITY_RANGE,
    TODAY,
    VALENCE,
    actor_index,
    an_opportunity,
    desks_of_actors,
    desks_of_opportunities,
    few,
    opportunity_index,
)
from tests.support.proof_share import examples

pytestmark = pytest.mark.slow

MATCHER = Matcher(PRIORS, SIMILARITY_RANGE)


# The search, on arrays.


@st.composite
def pools(draw: st.DrawFn, most: int = 8) -> Pool:
    """Draw a pool; values are few, so that ties happen, and some candidates do nothing or are barred."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n, m = draw(st.integers(0, most)), draw(st.integers(1, 4))
    steps = draw(st.sampled_from((3, 6, 1000)))
    worth = rng.integers(1, 5, 2 * m) / 1.0
    worth /= worth.sum()
    ease = 1 - 0.2 * rng.integers(0, 3, (n, n)) / 2 * (rng.random((n, n)) < 0.7)
    ease[rng.random((n, n)) < 0.1] = 0
    np.fill_diagonal(ease, 1)
    own, partners = rng.random(m) < 0.8, rng.random(m) < 0.9
    return Pool(
        ids=tuple(f"a{number}" for number in range(n)),
        cover=rng.integers(0, steps + 1, (n, m)) / steps * (rng.random((n, m)) < 0.6),
        means=rng.integers(0, steps + 1, (n, m)) / steps,
        trade=worth[:m],
        volume=worth[m:],
        leads=rng.random(n) < 0.7,
        own=own,
        partners=partners,
        ease=lambda leader: ease[leader],
    )


def naive_value(pool: Pool, leader: int, members: tuple[int, ...]) -> float:
    """Add up the definition at the head of `matcher.coalition.selection`."""
    total = 0.0
    for need in range(len(pool.trade)):
        covers, means = [0.0], 0.0
        for row in members:
            does = pool.own[need] if row == leader else pool.partners[need]
            cover = float(pool.cover[row, need] * pool.ease(leader)[row] * does)
            covers.append(cover)
            means += float(pool.means[row, need]) if cover > 0 else 0.0
        total += float(pool.trade[need]) * max(covers) + float(pool.volume[need]) * min(1.0, means)
    return total


def brute_force(pool: Pool) -> dict[int, Choice]:
    """Return the best of all sets by size, the smallest ids among equal ones; only sizes that beat all smaller ones."""
    found: dict[int, Choice] = {}
    highest = 0.0
    for size in range(1, MOST + 1):
        choices = [
            Choice(rows, leader, value, value)
            for rows in combinations(range(len(pool.ids)), size)
            for leader in rows
            if pool.leads[leader] and (pool.cover[leader] > 0).any()
            for value in [round(naive_value(pool, leader, rows), 9)]
        ]
        best = max(choices, key=lambda one: one.value, default=None)
        if best and best.value > highest:
            highest = best.value
            found[size] = best
    found.pop(1, None)
    return found


@few
@given(pools())
def test_the_exact_search_is_brute_force(pool: Pool) -> None:
    found, expected = best_together(pool), brute_force(pool)
    assert {size: one.rows for size, one in found.items()} == {size: one.rows for size, one in expected.items()}
    for size, one in found.items():
        assert one.value == pytest.approx(expected[size].value, abs=1e-8)
        assert one.value == pytest.approx(naive_value(pool, one.leader, one.rows), abs=1e-8)
        assert one.proven == 1


@settings(few, max_examples=examples(150))
@given(pools(10))
def test_the_greedy_search_keeps_its_promise_and_its_ceiling_is_one(pool: Pool) -> None:
    """At least 1 − 1/e of the best value, and at least what it says of itself; nothing is above its ceiling."""
    greedy, exact = best_together(pool, exact_up_to=0), best_together(pool)
    leaders = np.flatnonzero(pool.leads & (pool.cover > 0).any(axis=1)).tolist()
    alone = max((naive_value(pool, row, (row,)) for row in leaders), default=0.0)
    for size, best in exact.items():
        reached = max([alone, *(one.value for smaller, one in greedy.items() if smaller <= size)])
        assert reached >= (1 - 1 / np.e) * best.value - 1e-8
    for size, one in greedy.items():
        best_value = max([alone, *(best.value for smaller, best in exact.items() if smaller <= size)])
        assert one.at_most >= best_value - 1e-8
        assert one.value >= one.proven * best_value - 1e-8
        assert one.value == pytest.approx(naive_value(pool, one.leader, one.rows), abs=1e-8)


@pytest.mark.parametrize("exact_up_to", [0, 18])
def test_five_trades_of_five_actors_are_found_by_both_searches(exact_up_to: int) -> None:
    cover = np.vstack([np.diag([0.9, 0.8, 0.7, 0.6, 0.5]), np.full((3, 5), 0.1)])
    found = best_together(_plain_pool(cover), exact_up_to)
    assert found[5].rows == (0, 1, 2, 3, 4)
    assert found[5].value == pytest.approx(0.7)
    assert sorted(found) == [2, 3, 4, 5]


@few
@given(pools(10), st.data())
def test_the_value_grows_with_its_members_and_ever_less(pool: Pool, data: st.DataObject) -> None:
    """Monotone and submodular, for each leader: what the greedy bound needs."""
    if not pool.ids:
        return
    rows = st.sets(st.integers(0, len(pool.ids) - 1))
    leader = data.draw(st.integers(0, len(pool.ids) - 1))
    small = data.draw(rows) | {leader}
    large = small | data.draw(rows)
    one = data.draw(st.integers(0, len(pool.ids) - 1))
    at_small = pool.value(leader, sorted(small | {one})) - pool.value(leader, sorted(small))
    at_large = pool.value(leader, sorted(large | {one})) - pool.value(leader, sorted(large))
    assert at_small >= at_large - 1e-12
    assert at_large >= -1e-12


@few
@given(pools(), st.sampled_from((0, 18)), st.booleans())
def test_who_does_nothing_changes_nothing(pool: Pool, exact_up_to: int, first: bool) -> None:
    n, m = pool.cover.shape
    order = np.array([n, *range(n)] if first else range(n + 1), np.int64)
    ease = np.ones((n + 1, n + 1))
    for row in range(n):
        ease[row, :n] = pool.ease(row)
    ids = ["z", *pool.ids] if first else [*pool.ids, "z"]
    wider = replace(
        pool,
        ids=tuple(sorted(f"{place:03d}{one}" for place, one in enumerate(ids))),
        cover=np.vstack([pool.cover, np.zeros((1, m))])[order],
        means=np.vstack([pool.means, np.ones((1, m))])[order],
        leads=np.append(pool.leads, True)[order],
        ease=lambda leader: ease[order[leader], order],
    )
    shift = int(first)
    expected = {
        size: Choice(tuple(row + shift for row in one.rows), one.leader + shift, one.value, one.at_most)
        for size, one in best_together(pool, exact_up_to).items()
    }
    assert best_together(wider, exact_up_to) == expected


@few
@given(pools())
def test_shares_sum_to_the_value_and_are_fair(pool: Pool) -> None:
    for one in best_together(pool).values():
        shares = shapley(pool, one)
        assert shares.sum() == pytest.approx(one.value, abs=1e-8)
        assert (shares >= -1e-12).all()


def test_equal_members_share_equally() -> None:
    pool = _plain_pool(np.array([[0.8], [0.8], [0.8]]))
    assert shapley(pool, Choice((0, 1, 2), 0, 0.8, 0.8))[:, 0, 0] == pytest.approx([0.8 / 3] * 3)


def test_of_equal_sets_the_first_ids_win_in_both_searches() -> None:
    pool = _plain_pool(np.tile([[0.9, 0.0], [0.0, 0.9]], (4, 1)))
    for exact_up_to in (0, 18):
        assert best_together(pool, exact_up_to)[2].rows == (0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"ids": ("b", "a")},
        {"ids": ("a", "a")},
        {"cover": np.full((2, 1), 1.1)},
        {"cover": np.full((2, 1), np.nan)},
        {"means": np.full((2, 1), -0.1)},
        {"trade": np.array([-1.0])},
        {"leads": np.ones(3, np.bool_)},
    ],
)
def test_a_pool_refuses_what_would_break_the_bound(change: dict[str, Any]) -> None:
    pool = _plain_pool(np.array([[0.5], [0.5]]))
    with pytest.raises(ValueError, match="must"):
        replace(pool, **change)


def _plain_pool(cover: Any) -> Pool:
    n, m = cover.shape
    everyone, everything = np.ones(n, np.bool_), np.ones(m, np.bool_)
    ids = tuple(f"a{row:03d}" for row in range(n))
    nothing = np.zeros(m)
    return Pool(
        ids, cover, np.zeros((n, m)), np.full(m, 1 / m), nothing, everyone, everything, everything, lambda _: np.ones(n)
    )


# From actors and lots to a proposal.


def mason(id: str = "mason", **fields: Any) -> Actor:
    return _builder(id, "maçonnerie béton", "43.99C", **fields)


def roofer(id: str = "roofer", **fields: Any) -> Actor:
    return _builder(id, "toiture ardoise", "43.91B", **fields)


def joiner(id: str = "joiner", **fields: Any) -> Actor:
    return _builder(id, "menuiserie bois pose fenêtres", "43.32A", **fields)


def _builder(id: str, does: str, code: str, **fields: Any) -> Actor:
    known: dict[str, Any] = {
        "kind": ActorKind.COMPANY,
        "activities": (does,),
        "naf": (code,),
        "point": DIE,
        "headcount": 10,
        "turnover_eur": 900_000,
        "seeks": frozenset({Seeking.MARKETS}),
        "informed_on": TODAY,
    }
    return Actor(id=id, **(known | fields))


def lot(trade: str, naf: str, number: int, **fields: Any) -> Opportunity:
    known: dict[str, Any] = {"title": "École", "lot_title": trade, "naf": (naf,), "amount_eur": 90_000.0}
    return an_opportunity(f"o{number}", **(known | {"published_on": TODAY} | fields))


MASONRY = lot("maçonnerie béton", "43.99C", 1)
ROOF = lot("toiture ardoise", "43.91B", 2)
JOINERY = lot("menuiserie bois pose fenêtres", "43.32A", 3)


def asked(lots: list[Opportunity], *actors: Actor, among: BoolArray | None = None) -> CoalitionProblem:
    parts = [opportunity_index(one) for one in lots]
    return needs.market(MATCHER, parts, actor_index(*actors), today=TODAY, among=among)


def answer(lots: list[Opportunity], *actors: Actor) -> Proposal:
    return propose(asked(lots, *actors))


def ids(coalition: Coalition | None) -> list[str]:
    assert coalition is not None
    return [member.candidate_id for member in coalition.members]


def codes(coalition: Coalition, of: str) -> set[str]:
    (member,) = [one for one in coalition.members if one.candidate_id == of]
    return {reason.code for reason in member.reasons}


def test_three_trades_make_a_coalition_of_three_and_nothing_is_lacking() -> None:
    proposal = answer([MASONRY, ROOF, JOINERY], mason(), roofer(), joiner(), mason("second"))
    assert proposal.verdict == Verdict.COALITION
    assert sorted(ids(proposal.coalition)) == ["joiner", "mason", "roofer"]
    assert proposal.coalition is not None
    for member in proposal.coalition.members:
        (held,) = [reason for reason in member.reasons if reason.code == "coalition_holds"]
        assert held.figures["need"] == {"mason": "o1", "roofer": "o2", "joiner": "o3"}[member.candidate_id]
        assert held.value is not None
        assert held.value > HELD
    assert proposal.lacks == ()
    assert proposal.alone is not None
    assert {one.code for one in proposal.alone.lacks} == {"lack_nobody"}


def test_one_who_does_all_the_trades_needs_nobody() -> None:
    trades = [("maçonnerie béton", "43.99C"), ("toiture ardoise", "43.91B")]
    everything = mason("zz", activities=tuple(trade for trade, _ in trades), naf=tuple(naf for _, naf in trades))
    proposal = answer([MASONRY, ROOF], mason(), roofer(), everything)
    assert proposal.verdict == Verdict.ALONE
    assert proposal.coalition is None
    assert ids(proposal.alone) == ["zz"]
    assert proposal.lacks == ()


def test_two_of_the_same_trade_join_their_means_for_a_contract_that_is_too_big_for_each() -> None:
    big = replace(MASONRY, amount_eur=1_000_000.0)
    small = [mason(f"m{number}", headcount=5, turnover_eur=1_000_000) for number in range(4)]
    alone, together = answer([big], small[0]), answer([big], *small)
    assert alone.verdict == Verdict.ALONE
    assert [one.code for one in alone.lacks] == ["lack_means"]
    assert alone.lacks[0].value == pytest.approx(5 * 80_000 / 1_000_000, abs=1e-3)
    assert together.verdict == Verdict.COALITION
    assert len(ids(together.coalition)) == 3
    assert together.lacks == ()
    enough = replace(small[0], id="m9", headcount=20, turnover_eur=2_500_000)
    assert answer([big], *small, enough).verdict == Verdict.ALONE


def test_who_adds_less_than_a_partner_costs_is_not_taken() -> None:
    nearly = mason("m1", headcount=12, turnover_eur=5_000_000)
    proposal = answer([replace(MASONRY, amount_eur=1_000_000.0)], nearly, replace(nearly, id="m2"))
    assert proposal.verdict == Verdict.ALONE
    assert [(one.code, one.value) for one in proposal.lacks] == [("lack_means", pytest.approx(0.96, abs=1e-3))]


def test_one_who_lacks_nothing_is_preferred_to_specialists_who_score_higher() -> None:
    everyone = asked([MASONRY, ROOF], mason(), roofer(), joiner("zz", activities=("maçonnerie béton toiture ardoise",)))
    row = everyone.pool.ids.index("zz")
    cover = everyone.pool.cover.copy()
    cover[row, :3] = HELD
    proposal = propose(replace(everyone, pool=replace(everyone.pool, cover=cover)))
    assert (proposal.verdict, ids(proposal.alone), proposal.lacks) == (Verdict.ALONE, ["zz"], ())
    cover[row, :3] = HELD - 0.01
    assert propose(replace(everyone, pool=replace(everyone.pool, cover=cover))).verdict == Verdict.COALITION


def test_a_cover_is_of_the_trade_and_means_are_counted_apart() -> None:
    small, large = asked([MASONRY], mason(headcount=1)).pool, asked([MASONRY], mason(headcount=90)).pool
    assert small.cover[0, 0] == large.cover[0, 0]
    assert small.means[0, 0] < large.means[0, 0] == 1


def test_the_means_of_a_weak_fit_count_in_proportion() -> None:
    weak = asked([MASONRY], mason(activities=("dalle béton",), naf=("43.99D",), headcount=90)).pool
    assert FLOOR <= weak.cover[0, 0] < HELD
    assert weak.means[0, 0] == pytest.approx(weak.cover[0, 0] / HELD)


def test_what_nobody_does_is_told() -> None:
    proposal = answer([MASONRY, ROOF, JOINERY], mason(), roofer())
    assert sorted(ids(proposal.coalition)) == ["mason", "roofer"]
    assert {(one.code, one.figures["need"]) for one in proposal.lacks} == {("lack_nobody", "o3")}


def test_with_nobody_at_all_every_need_is_lacking() -> None:
    proposal = answer([MASONRY, ROOF], joiner())
    assert (proposal.verdict, proposal.coalition, proposal.alone) == (Verdict.NOBODY, None, None)
    assert [one.code for one in proposal.lacks] == ["lack_nobody", "lack_nobody"]


def test_members_of_one_network_come_first_and_stand_for_it() -> None:
    members = (mason("m2"), roofer("r2"))
    network = Actor("net", ActorKind.NETWORK, "Bâtisseurs", activities=("maçonnerie béton toiture",), members=members)
    strangers = answer([MASONRY, ROOF], mason("m1"), roofer("r1"), *members)
    together = answer([MASONRY, ROOF], mason("m1"), roofer("r1"), *members, network)
    assert sorted(ids(strangers.coalition)) == ["m1", "r1"]
    assert sorted(ids(together.coalition)) == ["m2", "r2"]
    assert together.coalition is not None
    assert "coalition_network" in codes(together.coalition, together.coalition.members[1].candidate_id)


def test_of_equal_partners_the_nearer_to_the_leader_is_taken() -> None:
    here = Point(44.75, 5.37)
    proposal = answer([MASONRY, ROOF], mason(), roofer("r1", point=VALENCE), roofer("r2", point=here))
    assert sorted(ids(proposal.coalition)) == ["mason", "r2"]


def test_a_group_of_employees_answers_no_market() -> None:
    """It neither leads a group nor is a part of it: a group of employees takes over its company."""
    group = mason("a", kind=ActorKind.EMPLOYEE_GROUP, headcount=60, turnover_eur=9_000_000)
    proposal = answer([MASONRY, ROOF], group, roofer())
    assert proposal.coalition is None
    assert ids(proposal.alone) == ["roofer"]
    assert answer([MASONRY, ROOF], replace(group, kind=ActorKind.SCOP), roofer()).coalition is not None
    nobody = answer([MASONRY, ROOF], group, replace(roofer(), kind=ActorKind.EMPLOYEE_GROUP))
    assert (nobody.verdict, nobody.coalition, nobody.alone) == (Verdict.NOBODY, None, None)


def test_an_unknown_capacity_is_told_and_does_not_exclude() -> None:
    proposal = answer([MASONRY, ROOF], mason(headcount=None, turnover_eur=None), roofer())
    assert "mason" in ids(proposal.coalition)
    told = {one.code: one.figures.get("unknown") for one in proposal.lacks}
    assert told == {"lack_means_unknown": "mason"}


def test_lots_without_an_amount_are_covered_by_trade_alone_and_that_is_told() -> None:
    proposal = answer([replace(one, amount_eur=None) for one in (MASONRY, ROOF)], mason(), roofer())
    assert sorted(ids(proposal.coalition)) == ["mason", "roofer"]
    assert [one.code for one in proposal.lacks] == ["lack_amount_unknown"]


@few
@given(desks_of_actors(7), desks_of_opportunities(3), st.booleans(), st.randoms(use_true_random=False))
def test_a_proposal_holds_what_it_says(actors: list[Actor], lots: list[Opportunity], all_: bool, random: Any) -> None:
    """Its size, its leader, its sums; nobody who is refused for a need does it; the order of actors does not matter."""
    if not lots:
        return
    # Amounts and drawn texts that fit are rare: each actor also does what one of the lots says.
    actors = [
        replace(one, activities=(*one.activities, f"{lots[i % len(lots)].lot_title} {lots[i % len(lots)].title}"))
        for i, one in enumerate(actors)
    ]
    among = np.array([all_ or i % 3 > 0 for i in range(len(actors))], np.bool_)
    asked_ = asked(lots, *actors, among=among)
    proposal = propose(asked_)
    for one in (proposal.coalition, proposal.alone):
        if one is None:
            continue
        assert sum(member.share for member in one.members) == pytest.approx(one.value, abs=1e-7)
        for member in one.members:
            assert sum(r.contribution for r in member.reasons) == pytest.approx(member.share, abs=1e-9)
            for reason in member.reasons:
                if reason.code in ("coalition_holds", "coalition_backs"):
                    need = [asked_need.id for asked_need in asked_.needs].index(str(reason.figures["need"]))
                    assert reason.value == asked_.pool.cover[asked_.pool.ids.index(member.candidate_id), need]
    if proposal.coalition:
        size = len(proposal.coalition.members)
        assert FEWEST <= size <= MOST
        assert [member.leads for member in proposal.coalition.members] == [True] + [False] * (size - 1)
        assert proposal.alone is not None
        assert proposal.coalition.value >= proposal.alone.value + PARTNER_COST * (size - 1) - 1e-8
    allowed = {one.id for one, may in zip(sorted(actors, key=lambda one: one.id), among, strict=True) if may}
    assert set(asked_.pool.ids) <= allowed
    for column, one in enumerate(sorted(lots, key=lambda row: [lot.id for lot in lots].index(row.id))):
        ranking = MATCHER.actors_for(opportunity_index(one), actor_index(*actors), today=TODAY, k=50, n_filtered=50)
        refused = {row.candidate_id for row in ranking.filtered}
        doing = {asked_.pool.ids[row] for row in np.flatnonzero(asked_.pool.cover[:, column]).tolist()}
        assert not doing & refused
    shuffled = list(actors)
    random.shuffle(shuffled)
    assert propose(asked(lots, *shuffled, among=among)) == proposal


@few
@given(desks_of_actors(6), st.data())
def test_whom_the_asker_may_not_see_leaves_no_trace(actors: list[Actor], data: st.DataObject) -> None:
    """The proposal is the same as on a desk without them."""
    actors = [
        replace(one, activities=("maçonnerie béton", "toiture ardoise")[i % 2 : i % 2 + 1])
        for i, one in enumerate(actors)
    ]
    hidden = {one.id for one in actors if data.draw(st.booleans())}
    ordered = sorted(actors, key=lambda one: one.id)
    among = np.array([one.id not in hidden for one in ordered], np.bool_)
    without = [one for one in actors if one.id not in hidden]
    everyone, few_ = asked([MASONRY, ROOF], *actors, among=among), asked([MASONRY, ROOF], *without)
    assert propose(everyone) == propose(few_)


def test_a_network_that_is_hidden_joins_nobody() -> None:
    members = (mason("m2"), roofer("r2"))
    network = Actor("net", ActorKind.NETWORK, "Bâtisseurs", members=members)
    everyone = (mason("m1"), roofer("r1"), *members)
    among = np.array([True, True, False, True, True])
    assert [one.id for one in actor_index(*everyone, network).actors][2] == "net"
    assert propose(asked([MASONRY, ROOF], *everyone, network, among=among)) == answer([MASONRY, ROOF], *everyone)


def test_who_is_refused_for_a_reserved_lot_may_hold_another() -> None:
    reserved = replace(MASONRY, reserved=frozenset({Reservation.SIAE}))
    insertion = mason("zz", kind=ActorKind.EI)
    proposal = answer([reserved, ROOF], mason(), insertion, roofer())
    assert sorted(ids(proposal.coalition)) == ["roofer", "zz"]


# The trades of an opportunity without lots.


def test_codes_of_several_families_are_several_trades() -> None:
    parts = trades_of(an_opportunity(cpv=("77310000", "90911200"), amount_eur=9e4))
    assert [one.cpv for one in parts] == [("77310000",), ("90911200",)]
    assert [one.amount_eur for one in parts] == [None, None]
    assert len({one.id for one in parts}) == 2


def test_a_code_that_announces_another_is_not_a_trade_of_its_own() -> None:
    one = an_opportunity(cpv=("45000000", "45261210"), naf=("43.91B",))
    assert trades_of(one) == (one,)


def test_the_asker_may_name_the_trades() -> None:
    parts = trades_of(an_opportunity(cpv=("77310000",)), ("tonte", "élagage"))
    assert [one.lot_title for one in parts] == ["tonte", "élagage"]


def test_the_trades_of_one_contract_share_its_amount() -> None:
    contract = an_opportunity(title="Maison", naf=("43.99C", "81.30Z"), amount_eur=400_000.0)
    parts = [opportunity_index(one) for one in trades_of(contract)]
    gardener = _builder("g", "espaces verts", "81.30Z")
    asked_ = needs.market(MATCHER, parts, actor_index(mason(), gardener), today=TODAY, whole_eur=400_000.0)
    assert [one.part for one in asked_.needs] == [Part.TRADE, Part.TRADE, Part.WHOLE, Part.LEAD]
    assert asked_.pool.trade.sum() + asked_.pool.volume.sum() == pytest.approx(1)
    assert asked_.pool.volume[:2].sum() == 0


# Takeovers.

CASE = an_opportunity(
    "c1",
    kind=OpportunityKind.TAKEOVER,
    title="menuiserie bois pose fenêtres",
    naf=("43.32A",),
    headcount=6.0,
    published_on=TODAY,
)
EMPLOYEES = joiner("group", kind=ActorKind.EMPLOYEE_GROUP, seeks=frozenset({Seeking.ACQUISITIONS}), turnover_eur=None)
CAE = Actor("cae", ActorKind.CAE, activities=("accompagnement d’entrepreneurs salariés",), point=CREST)
FUND = Actor("fund", ActorKind.ASSOCIATION, activities=("financement solidaire de projets",), point=PRIVAS)


def takeover(*actors: Actor) -> Proposal:
    return propose(needs.takeover(MATCHER, opportunity_index(CASE), actor_index(*actors), today=TODAY))


def test_a_takeover_is_led_by_who_takes_over_accompanied_and_financed() -> None:
    proposal = takeover(EMPLOYEES, CAE, FUND)
    assert proposal.coalition is not None
    held = {
        reason.figures["part"]: member.candidate_id
        for member in proposal.coalition.members
        for reason in member.reasons
        if reason.code == "coalition_holds"
    }
    assert held == {"takes_over": "group", "supports": "cae", "finances": "fund"}
    assert ids(proposal.coalition)[0] == "group"
    assert proposal.lacks == ()


def test_without_anybody_to_take_over_nobody_leads() -> None:
    proposal = takeover(CAE, FUND)
    assert (proposal.verdict, proposal.coalition) == (Verdict.NO_LEADER, None)
    # What is lacking then is what nobody at all does, and not what those who were counted would do.
    assert {one.figures["part"] for one in proposal.lacks if one.code == "lack_nobody"} == {"takes_over"}


def test_a_network_is_never_beside_its_own_members() -> None:
    """It leads without them, or stays out: their skills and means are the same."""
    network = Actor("net", ActorKind.NETWORK, activities=("menuiserie bois pose fenêtres",), members=(EMPLOYEES,))
    pool = needs.takeover(MATCHER, opportunity_index(CASE), actor_index(EMPLOYEES, CAE, network), today=TODAY).pool
    cae, group, net = (pool.ids.index(one) for one in ("cae", "group", "net"))
    ease = np.stack([pool.ease(leader) for leader in range(3)])
    assert ease[net, group] == ease[group, net] == ease[cae, net] == 0
    assert ease[net, net] == 1
    assert min(ease[net, cae], ease[group, cae], ease[cae, group]) > 0


class CountedActors(Sequence[Actor]):
    """Actors that note which of them are read: at a country's size each is decoded from a file."""

    def __init__(self, actors: Sequence[Actor]) -> None:
        self._actors = actors
        self.read: set[str] = set()

    def __len__(self) -> int:
        return len(self._actors)

    def __getitem__(self, place: Any) -> Any:
        self.read.add(self._actors[place].id)
        return self._actors[place]


@given(desks_of_actors())
def test_only_those_in_question_and_who_carries_them_are_read(others: list[Actor]) -> None:
    network = Actor("net", ActorKind.NETWORK, point=PRIVAS, members=(EMPLOYEES,))
    index = actor_index(EMPLOYEES, CAE, FUND, network, *others)
    counted = CountedActors(index.actors)
    problem = needs.takeover(MATCHER, opportunity_index(CASE), replace(index, actors=counted), today=TODAY)
    networks = networks_of(index.actors)
    assert problem.together.networks == tuple(networks.get(actor.id, frozenset()) for actor in problem.actors)
    kept = {actor.id for actor in problem.actors}
    carriers = {actor.id for actor in others if kept & {member.id for member in actor.members}}
    assert counted.read <= kept | carriers | {"net"}


def test_nobody_accompanies_or_finances_himself() -> None:
    both = replace(EMPLOYEES, activities=(*EMPLOYEES.activities, "conseil en gestion", "financement"))
    proposal = takeover(both)
    assert proposal.verdict == Verdict.ALONE
    assert {one.figures["part"] for one in proposal.lacks} == {"supports", "finances"}


@pytest.mark.parametrize(
    ("actor", "supports", "finances"),
    [
        (CAE, True, False),
        (FUND, False, True),
        (Actor("x", ActorKind.COMPANY, naf=("64.92Z",)), False, True),
        (Actor("x", ActorKind.COMPANY, naf=("70.22Z",)), True, False),
        (Actor("x", ActorKind.ASSOCIATION, activities=("aide à la création et à la reprise",)), True, False),
        (Actor("x", ActorKind.ASSOCIATION, activities=("microcrédit",)), False, True),
        (Actor("x", ActorKind.ASSOCIATION, activities=("accompagnement aux courses",)), False, False),
        (Actor("x", ActorKind.COMPANY, activities=("tonte", "prêt de matériel")), False, False),
    ],
)
def test_roles_are_read_from_kinds_codes_and_words(actor: Actor, supports: bool, finances: bool) -> None:
    plays = vocations_of(actor).by_role
    assert (plays[Role.ACCOMPANY] > FLOOR, plays[Role.FINANCE] > FLOOR) == (supports, finances)
