"""Actors and opportunities as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.coalition.needs import market, takeover
from matcher.columns import Membership, PhraseTable
from matcher.embedding import cosines
from matcher.features import measure
from matcher.index import ActorIndex, OpportunityIndex, alone, following, read_ahead, subset, updated, without_rows
from matcher.index.actors import LOCAL_REACH_KM
from matcher.matching import Matcher
from matcher.priors import PRIORS
from matcher.types import CARRIED_KINDS, LOCAL_KINDS, Actor, ActorKind, FloatArray, Opportunity, OpportunityKind, Phrase
from tests.support import builders
from tests.support.builders import (
    SIMILARITY_RANGE,
    TODAY,
    actor_index,
    an_actor,
    few,
    opportunity_index,
    pairs,
    toy_encode,
)
from tests.support.sameness import same

pytestmark = pytest.mark.slow


@few
@given(builders.desks_of_actors(), builders.desks_of_opportunities())
def test_the_order_of_the_rows_does_not_matter(actors: list[Actor], opportunities: list[Opportunity]) -> None:
    assert same(ActorIndex.build(actors, toy_encode), ActorIndex.build(actors[::-1], toy_encode))
    assert same(
        OpportunityIndex.build(opportunities, toy_encode), OpportunityIndex.build(opportunities[::-1], toy_encode)
    )


@few
@given(builders.desks_of_actors(), builders.desks_of_actors(), st.sets(st.sampled_from(["a0", "a1", "a2", "a3", "a9"])))
def test_an_index_of_actors_that_follows_changes_is_the_one_built_anew(
    before: list[Actor], changed: list[Actor], removed: set[str]
) -> None:
    """Bit for bit, and no text that it knew is encoded again."""
    index, asked = ActorIndex.build(before, toy_encode), []

    def encode(texts: Sequence[str]) -> FloatArray:
        asked.extend(texts)
        return toy_encode(texts)

    after = {actor.id: actor for actor in before if actor.id not in removed} | {actor.id: actor for actor in changed}
    assert same(updated(index, changed, removed, encode), ActorIndex.build(after.values(), toy_encode))
    assert len(asked) == len(set(asked))
    assert not {phrase.text for phrase in index.phrases.phrases} & set(asked)


steps = st.tuples(builders.desks_of_actors(2), st.sets(st.sampled_from(["a0", "a1", "a2", "a9"]), max_size=2))


@few
@given(
    builders.desks_of_actors(),
    st.lists(steps, max_size=4),
    st.integers(0, 3),
    st.sampled_from([None, False, True]),
    st.data(),
)
def test_any_changes_one_after_the_other_make_the_index_built_anew(
    before: list[Actor], changes: list[tuple[list[Actor], set[str]]], most: int, ahead: bool | None, data: st.DataObject
) -> None:
    """Whole and in part; however many rows may stand beside the others, and whatever is made at once."""
    index, after = ActorIndex.build(before, toy_encode), {actor.id: actor for actor in before}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(following, "FEW_FRESH", most)
        for changed, removed in changes:
            index = updated(index, changed, removed, toy_encode)
            if ahead is not None:
                read_ahead(index, whole=ahead)
            after = {name: actor for name, actor in after.items() if name not in removed}
            after |= {actor.id: actor for actor in changed}
    anew = ActorIndex.build(after.values(), toy_encode)
    rows = np.array(sorted(data.draw(st.sets(st.sampled_from(range(len(anew))))) if len(anew) else ()), np.int64)
    if len(rows):
        wanted = Opportunity(id="o", kind=OpportunityKind.MARKET, title="tonte des haies", department="26")
        some, all_of_them = subset(index, rows), measure(replace(pairs(wanted, []), actors=anew))
        assert some.owner.tolist() == anew.owner[rows].tolist()
        assert [*some.units] == [anew.units[row] for row in rows]
        assert some.through.tolist() == anew.through[rows].tolist()
        if len(rows) > 1:
            assert same(measure(replace(pairs(wanted, []), actors=some)), all_of_them[rows])
    assert same(index, anew)
    assert index.positions([*after, "nobody"]).tolist() == [*anew.positions([*after]).tolist(), -1]
    assert index.bounds.tolist() == anew.bounds.tolist()
    assert index.actor_count == anew.actor_count
    assert index.through.tolist() == anew.through.tolist()
    assert dict(index.members) == dict(anew.members)
    assert index.families.tolist() == anew.families.tolist()
    asked = [*list(after)[::2], "nobody"]
    assert index.count_units(asked) == sum(len(anew.units_of(anew.position(name))) for name in asked[:-1])


def test_whoever_is_asked_for_where_all_went_is_nowhere() -> None:
    before = [an_actor("a1"), an_actor("a2")]
    index = updated(ActorIndex.build(before, toy_encode), [], ["a1", "a2"], toy_encode)
    assert index.positions(["nobody", "a1"]).tolist() == [-1, -1]


@few
@given(
    builders.desks_of_opportunities(), builders.desks_of_opportunities(), st.sets(st.sampled_from(["o0", "o1", "o9"]))
)
def test_an_index_of_opportunities_that_follows_changes_is_the_one_built_anew(
    before: list[Opportunity], changed: list[Opportunity], removed: set[str]
) -> None:
    after = {row.id: row for row in before if row.id not in removed} | {row.id: row for row in changed}
    index = OpportunityIndex.build(before, toy_encode).updated(changed, removed, toy_encode)
    assert same(index, OpportunityIndex.build(after.values(), toy_encode))


@few
@given(builders.desks_of_actors(4), builders.opportunities())
def test_a_unit_taken_out_measures_as_it_did_inside(actors: list[Actor], opportunity: Opportunity) -> None:
    index, wanted = actor_index(*actors), opportunity_index(opportunity)
    if not len(index):
        return
    inside = measure(replace(pairs(opportunity, []), actors=index))
    for row in range(len(index)):
        single = measure(replace(pairs(opportunity, []), actors=subset(index, np.array([row])), opportunities=wanted))
        np.testing.assert_array_equal(single[0], inside[row])


@few
@given(builders.desks_of_actors(4), builders.desks_of_opportunities(), st.data())
def test_an_actor_taken_alone_out_of_many_is_compared_as_one_indexed_alone(
    actors: list[Actor], opportunities: list[Opportunity], data: st.DataObject
) -> None:
    if not actors or not opportunities:
        return
    changed = data.draw(st.lists(st.sampled_from(actors), max_size=2, unique_by=lambda actor: actor.id))
    index = updated(actor_index(*actors), changed, [], toy_encode)
    actor, wanted = data.draw(st.sampled_from(actors)), opportunity_index(*opportunities)
    taken, built, matcher = alone(index, actor), actor_index(actor), Matcher(PRIORS, SIMILARITY_RANGE)
    assert (taken.actors, taken.units) == (built.actors, built.units)
    ours, theirs = (matcher.compare(one, wanted, today=TODAY) for one in (taken, built))
    for column in ("features", "totals", "failed", "best", "owner"):
        np.testing.assert_array_equal(getattr(ours, column), getattr(theirs, column))
    rows = theirs.best.tolist()
    assert ours.ranking(rows, 9) == theirs.ranking(rows, 9)


def test_an_empty_desk_can_be_indexed() -> None:
    assert len(actor_index()) == 0
    assert len(opportunity_index()) == 0
    assert opportunity_index().affinity.shape == (0, 732)


@few
@given(builders.carriers())
def test_a_carrier_is_a_unit_by_itself_and_one_through_each_member(actor: Actor) -> None:
    index = actor_index(actor)
    assert [unit.member.id if unit.member else None for unit in index.units] == [
        None,
        *sorted(member.id for member in actor.members),
    ]
    assert {unit.actor.id for unit in index.units} == {actor.id}
    assert index.owner.tolist() == [0] * len(index)


@few
@given(builders.carriers())
def test_a_carrier_s_capacity_is_the_sum_of_what_is_known_of_all(actor: Actor) -> None:
    together, index = (actor, *actor.members), actor_index(actor)
    # Through an entrepreneur, the headcount is that of its trade: the test below.
    signed = [unit.member is None or unit.member.kind not in CARRIED_KINDS for unit in index.units]
    for name, rows in (("headcount", signed), ("turnover_eur", [True] * len(signed))):
        known = [value for one in together if (value := getattr(one, name)) is not None]
        expected = np.float32(sum(known)) if known else np.float32(np.nan)
        column = getattr(index, name)[rows]
        assert np.array_equal(column, np.full(sum(rows), expected), equal_nan=True)


def test_through_an_entrepreneur_a_carrier_has_only_the_people_of_its_trade() -> None:
    gardener, another, mason, unnamed = (
        an_actor(f"m{number}", kind=ActorKind.ENTREPRENEUR, naf=naf, headcount=headcount, turnover_eur=50_000.0)
        for number, (naf, headcount) in enumerate(
            [(("81.30Z",), 1.0), (("81.30Z", "02.40Z"), 2.0), (("43.99C",), 1.0), ((), None)]
        )
    )
    members = (gardener, another, mason, unnamed)
    cae = an_actor("c", kind=ActorKind.CAE, headcount=70.0, turnover_eur=1_000_000.0, members=members)
    index = actor_index(cae)
    assert index.headcount.tolist() == [74.0, 3.0, 3.0, 1.0, 1.0]
    assert index.turnover_eur.tolist() == [1_200_000.0] * 5


def test_what_is_unknown_of_a_member_is_its_carrier_s_and_zero_is_known() -> None:
    known, unknown = an_actor("m1", radius_km=0.0, department="07"), an_actor("m2", point=None)
    network = an_actor("n", kind=ActorKind.NETWORK, radius_km=50.0, department="26", members=(known, unknown))
    _, through_known, through_unknown = actor_index(network).units
    assert (through_known.actor.radius_km, through_known.actor.department) == (0.0, "07")
    assert (through_unknown.actor.radius_km, through_unknown.actor.department) == (50.0, "26")
    assert through_unknown.actor.point == network.point


def test_members_of_one_that_does_not_carry_are_not_looked_through() -> None:
    assert len(actor_index(an_actor(kind=ActorKind.ASSOCIATION, members=(an_actor("m1"),)))) == 1


def test_a_phrase_that_several_say_is_encoded_once() -> None:
    asked: list[str] = []

    def encode(texts):  # type: ignore[no-untyped-def]
        asked.extend(texts)
        return toy_encode(texts)

    ActorIndex.build([an_actor("a1"), an_actor("a2"), an_actor("a3", activities=("pain",))], encode)
    assert len(asked) == len(set(asked)) == 2


def test_best_and_closest_are_the_highest_of_all_cosines() -> None:
    rows = [(Phrase("tonte haies", "1"), Phrase("pain bio", "2")), (Phrase("vitres", "3"),), (Phrase("", ""),)]
    wanted = [(Phrase("pain complet", "x"), Phrase("haies", "y"))]
    table, single = PhraseTable.build(rows, toy_encode), PhraseTable.build(wanted, toy_encode)
    best = table.best(single)
    for row in range(2):
        values = cosines(toy_encode([p.text for p in rows[row]]), toy_encode([p.text for p in wanted[0]]))
        assert best[row] == values.max()
        done, want, cosine = table.closest(row, single)
        i, j = np.unravel_index(values.argmax(), values.shape)
        assert (done, want, cosine) == (rows[row][i], wanted[0][j], float(values.max()))
    assert np.isnan(best[2])


def test_nobody_has_the_name_none_nor_one_that_was_never_given() -> None:
    table = Membership.build([frozenset({"a", "b"}), frozenset()])
    assert table.of(["b", None, "z"]).tolist() == [[True, False, False], [False, False, False]]
    assert table.any().tolist() == [True, False]
    assert table.take(1).of(["a"]).tolist() == [[False]]


def test_the_toy_encoder_stands_on_the_grid() -> None:
    """Cosines are then the same bits whatever the number of rows, as with the real one."""
    rows = toy_encode(["tonte", "tonte haies", "pain", ""])
    assert (rows == np.rint(rows)).all()
    np.testing.assert_allclose(np.diag(cosines(rows, rows)), 1, atol=1e-2)
    assert cosines(rows, rows)[0, 1] > SIMILARITY_RANGE[0] > abs(cosines(rows, rows)[0, 2]) - 0.3
    assert TODAY.year == 2026


@pytest.mark.parametrize("kind", sorted(LOCAL_KINDS))
def test_a_local_actor_reaches_no_farther_than_its_kind_unless_it_says_so(kind: ActorKind) -> None:
    """Whether its trade goes farther, or is unknown; a wholesaler of no such kind keeps its trade's reach."""

    def reach(kind: ActorKind, naf: tuple[str, ...], radius_km: float | None = None) -> float:
        actor = Actor(id="a", kind=kind, naf=naf, radius_km=radius_km)
        return float(actor_index(actor).reach_km[0])

    assert reach(kind, ("46.69B",)) == reach(kind, ()) == LOCAL_REACH_KM < reach(ActorKind.COMPANY, ("46.69B",))
    assert reach(kind, (), 150.0) == 150.0


@few
@given(builders.desks_of_actors(4), builders.desks_of_opportunities(), st.booleans(), st.data())
def test_whoever_asks_first_after_a_change_makes_nothing_of_all_units(
    actors: list[Actor], opportunities: list[Opportunity], exhaustive: bool, data: st.DataObject
) -> None:
    """How long the first answer takes would tell of a change that nobody may know of."""
    if not actors:
        return
    changed = data.draw(st.lists(st.sampled_from(actors), max_size=2, unique_by=lambda actor: actor.id))
    index = updated(actor_index(*actors), changed, [], toy_encode)
    matcher = Matcher(PRIORS, SIMILARITY_RANGE, exhaustive_units=99 if exhaustive else 0)
    matcher.read_ahead(index)
    made = frozenset(vars(index))
    for opportunity in opportunities:
        wanted = opportunity_index(opportunity)
        matcher.actors_for(wanted, index, today=TODAY, k=2)
        matcher.actors_for(wanted, index, today=TODAY, k=2, among=index.having("departments", ["26"]))
        matcher.actors_by_role(wanted, index, today=TODAY, k=2)
        matcher.highest_logits(wanted, index, today=TODAY, least=-9.0)
        for asked in (index, without_rows(index, np.arange(len(index)) % 2 == 0)):
            if opportunity.kind == OpportunityKind.TAKEOVER:
                takeover(matcher, wanted, asked, today=TODAY)
            else:
                market(matcher, [wanted, wanted], asked, today=TODAY, whole_eur=1e5)
    assert frozenset(vars(index)) == made
