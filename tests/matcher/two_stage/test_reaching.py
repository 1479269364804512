"""Measuring only those that can reach a list gives, bit for bit, what measuring everybody gives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import matching
from matcher.coalition.cover import need_cover
from matcher.exposure import Attention
from matcher.features import FEATURES
from matcher.index import ActorIndex, OpportunityIndex, updated
from matcher.matching import Matcher
from matcher.priors import PRIORS
from matcher.scoring import WeightsByRole
from matcher.two_stage import PartComparison, Question, Reach, bounds, first_look, highest, portions, reaching
from matcher.types import Actor, BoolArray, Opportunity, Role
from tests.support import builders
from tests.support.builders import SIMILARITY_RANGE, TODAY, actor_index, opportunity_index
from tests.support.noise_worlds import noise_actors, noise_opportunities
from tests.support.tuned_weights import tuned_weights

EVERYBODY, NOBODY = 1_000_000, 0


@pytest.fixture(autouse=True, scope="module")
def as_among_many() -> Iterator[None]:
    """A few hundred actors are compared as hundreds of thousands are: in portions, most of them without phrases."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portions, "MOST_UNITS", 100)
        patch.setattr(first_look, "MEASURED_FIRST", 6)
        patch.setattr(highest, "BLOCK", 3)
        patch.setattr(bounds, "ALL_PHRASES", 0)
        patch.setattr("matcher.two_stage.question.SIDE_BY_SIDE", 0)
        yield


def both(weights: WeightsByRole = PRIORS) -> tuple[Matcher, Matcher]:
    """Return a matcher that measures everybody, and one that bounds first, however few there are."""
    return Matcher(weights, SIMILARITY_RANGE, EVERYBODY), Matcher(weights, SIMILARITY_RANGE, NOBODY)


def shared_attention(actors: ActorIndex) -> Attention:
    deviations = dict.fromkeys(Role, dict.fromkeys(FEATURES, 0.3))
    shown = {actor.id: number % 7 for number, actor in enumerate(actors.actors)}
    return Attention(shown, {}, deviations, (1,))


def assert_same(
    matchers: tuple[Matcher, Matcher],
    opportunity: OpportunityIndex,
    actors: ActorIndex,
    *,
    k: int,
    n_filtered: int,
    least: float,
    **options: Any,
) -> None:
    """Compare all that is asked of a matcher about one opportunity."""
    exhaustive, bounded = matchers
    for how in ({}, {"apart": True}, {"attention": shared_attention(actors)}):
        asked: dict[str, Any] = {"today": TODAY, "k": k, "n_filtered": n_filtered, **options, **how}
        assert bounded.actors_for(opportunity, actors, **asked) == exhaustive.actors_for(opportunity, actors, **asked)
    for name, own in (("actors_above", {"least": least}), ("actors_by_role", {"k": k})):
        found, expected = (
            getattr(matcher, name)(opportunity, actors, today=TODAY, **own, **options)
            for matcher in (bounded, exhaustive)
        )
        assert found == expected


def assert_same_covers(
    matchers: tuple[Matcher, Matcher], opportunity: OpportunityIndex, actors: ActorIndex, among: BoolArray | None
) -> None:
    """Compare what a coalition is made of."""
    for ample_capacity in (True, False):
        bounded, exhaustive = (
            need_cover(matcher, opportunity, actors, TODAY, among, ample_capacity=ample_capacity)
            for matcher in reversed(matchers)
        )
        assert np.array_equal(bounded.cover, exhaustive.cover)
        assert np.array_equal(bounded.ratio, exhaustive.ratio, equal_nan=True)
        assert bounded.via == exhaustive.via


@builders.few
@given(
    st.data(),
    builders.opportunities(),
    builders.desks_of_actors(9),
    st.just(PRIORS) | tuned_weights(),
    st.integers(1, 4),
    st.integers(0, 4),
)
def test_any_desk_has_the_same_lists(
    data: st.DataObject, opportunity: Opportunity, desk: list[Actor], weights: WeightsByRole, k: int, n_filtered: int
) -> None:
    among = data.draw(st.none() | st.lists(st.booleans(), min_size=len(desk), max_size=len(desk)))
    actors = actor_index(*desk)
    chosen = None if among is None else np.array(among, np.bool_)
    assert_same(
        both(weights),
        opportunity_index(opportunity),
        actors,
        k=k,
        n_filtered=n_filtered,
        least=data.draw(st.floats(0, 1)),
        among=chosen,
    )
    assert_same_covers(both(weights), opportunity_index(opportunity), actors, chosen)


@pytest.fixture(scope="module")
def noise() -> ActorIndex:
    return actor_index(*noise_actors(3, 1_500))


def test_a_large_desk_of_noise_has_the_same_lists(noise: ActorIndex) -> None:
    rng = np.random.default_rng(5)
    amongs = [None, rng.random(len(noise.actors)) < 0.5, rng.random(len(noise.actors)) < 0.03]
    for number, opportunity in enumerate(noise_opportunities(4, 9)):
        assert_same(
            both(),
            opportunity_index(opportunity),
            noise,
            k=10,
            n_filtered=5,
            least=0.45,
            among=amongs[number % len(amongs)],
        )
        assert_same_covers(both(), opportunity_index(opportunity), noise, amongs[number % len(amongs)])


@pytest.mark.parametrize(
    ("all_first", "share"), [(True, 5), (False, 0), (False, 10**9)], ids=["all first", "of some", "of all"]
)
def test_whenever_phrases_are_read_the_lists_are_the_same(
    all_first: bool, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "ALL_PHRASES", EVERYBODY if all_first else 0)
    monkeypatch.setattr(bounds, "MOST_SHARE", share)
    asked = noise_opportunities(7, 30)
    actors = actor_index(*noise_actors(5, 300))
    for kind in ("market", "takeover"):
        question = opportunity_index(next(row for row in asked if row.kind == kind))
        assert_same(both(), question, actors, k=10, n_filtered=5, least=0.45)


def test_most_of_a_large_desk_is_not_measured_for_a_market(noise: ActorIndex) -> None:
    """Otherwise the tests above would compare a thing with itself."""
    everybody = np.ones(len(noise.actors), np.bool_)
    markets = [row for row in noise_opportunities(4, 30) if row.kind == "market"]
    shares = []
    for market in markets:
        question = Question(opportunity_index(market), noise, PRIORS, SIMILARITY_RANGE, TODAY, everybody)
        rows = reaching(question, Reach(k=10, filtered=5), len(noise)).rows
        assert rows is not None
        shares.append(len(rows) / len(noise))
    assert np.median(shares) < 0.25


def test_the_lists_stay_the_same_while_rows_change() -> None:
    """What changed since stands beside the others, without rough columns; nothing of it shows."""
    rng = random.Random(9)
    desk = {actor.id: actor for actor in noise_actors(6, 300)}
    actors = actor_index(*desk.values())
    first = actors
    questions = [opportunity_index(row) for row in noise_opportunities(8, 2)]
    for step in range(3):
        changed = [replace(desk[name], name=f"Autre {step}", naf=("81.30Z",)) for name in rng.sample(sorted(desk), 3)]
        came = replace(changed[0], id=f"b{step}", members=())
        gone = rng.choice(sorted(set(desk) - {row.id for row in changed}))
        actors = updated(actors, [*changed, came], [gone], builders.toy_encode)
        desk = {**desk, **{row.id: row for row in (*changed, came)}}
        del desk[gone]
        assert actors.known.actors is first
        for question in questions:
            assert_same(both(), question, actors, k=8, n_filtered=4, least=0.45)
    many = [replace(row, name="Tous changés") for row in list(desk.values())[:200]]
    assert updated(actors, many, [], builders.toy_encode).known.actors is not first


@pytest.mark.parametrize("open_units", [5, 6])
def test_how_actors_are_compared_follows_from_the_units_that_everybody_may_see(
    open_units: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from how many there are in all: at the size where the way changes, time would tell of one more."""
    told: list[int] = []

    def watched(question: Question, reach: Reach, everybody: int) -> PartComparison:
        told.append(everybody)
        return reaching(question, reach, everybody)

    monkeypatch.setattr(matching, "reaching", watched)
    question = opportunity_index(noise_opportunities(4, 1)[0])
    for count in (5, 6, 40):
        matcher = Matcher(PRIORS, SIMILARITY_RANGE, exhaustive_units=5, open_units=open_units)
        matcher.actors_for(question, actor_index(*noise_actors(2, count)), today=TODAY, k=3)
    assert told == ([] if open_units <= 5 else [6, 6, 6])
