"""Sharing attention: the stated loss is never passed, silence sinks a little, newcomers are tried, draws are logged."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.exposure import DOUBT, LIFT, MOST_LOSS, SINK, Exploration, explore, loss, offsets, spread
from matcher.types import FloatArray, IntArray
from tests.support.builders import few

counts = st.integers(0, 60)
losses = st.sampled_from((0.0, 0.001, 0.01, MOST_LOSS, 0.2))
List = tuple[FloatArray, IntArray, IntArray]


@st.composite
def lists(draw: st.DrawFn, in_order: bool = True, fewest: int = 0) -> List:
    """Draw logits, best first unless trades took turns, and how often each candidate was shown and answered."""
    n = draw(st.integers(fewest, 14))
    rows = draw(st.lists(st.tuples(st.integers(-60, 60), counts, counts), min_size=n, max_size=n))
    logits = np.array([row[0] / 10 for row in rows], np.float64)
    shown = np.array([row[1] for row in rows], np.int64)
    answered = np.minimum(np.array([row[2] for row in rows], np.int64), shown)
    return np.sort(logits)[::-1] if in_order else logits, shown, answered


def naive_loss(logits: FloatArray, order: IntArray) -> float:
    """Compare discounted gains cut by cut, from the definition."""

    def gain(positions: list[int]) -> float:
        return sum(1 / (1 + exp(-logits[one])) / np.log2(rank + 1) for rank, one in enumerate(positions, start=1))

    cuts = range(1, len(order) + 1)
    new = order.tolist()
    return max((1 - gain(new[:cut]) / gain(list(range(cut))) for cut in cuts), default=0.0)


@few
@given(st.one_of(lists(), lists(in_order=False)), st.integers(0, 16), losses)
def test_no_cut_loses_more_than_is_stated(drawn: List, k: int, most: float) -> None:
    logits, shown, answered = drawn
    order = spread(logits, shown, answered, k, most_loss=most)
    assert len(order) == min(k, len(logits)) == len(set(order.tolist()))
    assert naive_loss(logits, order) <= most + 1e-12
    assert loss(logits, order) == pytest.approx(max(naive_loss(logits, order), 0.0), abs=1e-12)


@few
@given(lists(), st.integers(1, 16))
def test_in_the_order_of_scores_the_whole_step_loses_less_than_the_proof_says(drawn: List, k: int) -> None:
    """1 − e^(−Δ), Δ the range of the offsets: the reason why a step is always found."""
    logits, shown, answered = drawn
    if not len(logits):
        return
    order = spread(logits, shown, answered, k, most_loss=1.0)
    moves = offsets(shown, answered)
    assert naive_loss(logits, order) <= 1 - exp(-(moves.max() - moves.min())) + 1e-9


@few
@given(lists())
def test_nobody_is_passed_by_one_whose_odds_are_much_lower(drawn: List) -> None:
    """Who never answers sinks at most past those within SINK + LIFT of its logit."""
    logits, shown, answered = drawn
    order = spread(logits, shown, answered, len(logits), most_loss=1.0).tolist()
    for place, later in enumerate(order):
        for earlier in order[:place]:
            assert logits[later] - logits[earlier] <= SINK + LIFT + 1e-8


@few
@given(counts, counts, counts)
def test_silence_sinks_answers_do_not_and_it_is_bounded(shown: int, answered: int, more: int) -> None:
    def offset(seen: int, said: int) -> float:
        return float(offsets(np.array([seen]), np.array([said]))[0])

    answered = min(answered, shown)
    assert -SINK < offset(shown, answered) <= LIFT
    assert offset(shown, shown) >= 0
    assert offset(shown + more, answered) <= offset(shown, answered)
    assert offset(shown, answered) <= offset(shown, min(answered + more, shown))
    assert offset(0, 0) == LIFT


def test_between_equals_the_silent_goes_last_and_the_newcomer_first() -> None:
    logits = np.full(3, 0.5)
    order = spread(logits, np.array([40, 40, 0]), np.array([0, 30, 0]), 3)
    assert order.tolist() == [2, 1, 0]


@pytest.mark.parametrize("gap", [number / 100 for number in range(1, 60)])
def test_two_change_places_exactly_as_far_as_the_loss_allows(gap: float) -> None:
    logits = np.array([-3.0, -3.0 - gap])
    order = spread(logits, np.array([50, 0]), np.array([0, 0]), 1, most_loss=MOST_LOSS)
    swapped = naive_loss(logits, np.array([1])) <= MOST_LOSS
    assert order.tolist() == [int(swapped)]


def test_a_clear_order_stands() -> None:
    order = spread(np.array([3.0, 1.0, -1.0]), np.array([60, 60, 0]), np.zeros(3, np.int64), 3)
    assert order.tolist() == [0, 1, 2]


def test_with_equal_pasts_the_list_stands_even_where_trades_took_turns() -> None:
    logits = np.array([2.0, -1.0, 1.9, 1.9, -2.0])
    past = np.full(5, 7)
    assert spread(logits, past, past, 5).tolist() == [0, 1, 2, 3, 4]


def drawn_lists(
    drawn: List, k: int, seed: int, doubt: float = 0.5, most: float = MOST_LOSS, draws: int = 60
) -> Exploration:
    logits, shown, answered = drawn
    features = np.random.default_rng(7).random((len(logits), 4))
    rng = np.random.default_rng(seed)
    return explore(logits, features, doubt * np.eye(4), shown, answered, k, rng, most_loss=most, draws=draws)


@few
@given(lists(fewest=1), st.integers(1, 16), st.integers(0, 5), losses)
def test_a_draw_keeps_the_loss_and_its_propensities_are_probabilities(
    drawn: List, k: int, seed: int, most: float
) -> None:
    """Each in ]0, 1]; over the whole list they sum to the number shown; a rank's is not above its candidate's."""
    found = drawn_lists(drawn, k, seed, most=most)
    size = min(k, len(drawn[0]))
    assert naive_loss(drawn[0], found.order) <= most + 1e-12
    assert ((found.propensity > 0) & (found.propensity <= 1)).all()
    assert ((found.at_rank > 0) & (found.at_rank <= found.propensity + 1e-12)).all()
    assert found.all.sum() == pytest.approx(size)
    assert found.propensity.tolist() == found.all[found.order].tolist()


@few
@given(lists(fewest=1), st.integers(1, 16), st.integers(0, 5))
def test_the_same_seed_draws_the_same(drawn: List, k: int, seed: int) -> None:
    one, two = drawn_lists(drawn, k, seed), drawn_lists(drawn, k, seed)
    for name in ("order", "propensity", "at_rank", "all"):
        assert getattr(one, name).tolist() == getattr(two, name).tolist()


@few
@given(lists(fewest=1), st.integers(1, 16))
def test_without_doubt_a_draw_is_the_spread_list(drawn: List, k: int) -> None:
    found = drawn_lists(drawn, k, seed=1, doubt=0.0)
    assert found.order.tolist() == spread(*drawn, k).tolist()
    assert found.propensity.tolist() == [1.0] * len(found.order)


def test_doubt_shows_more_candidates_than_certainty_and_seeds_differ() -> None:
    drawn = (np.linspace(0.5, 0.0, 12), np.full(12, 5), np.full(12, 5))
    unsure, sure = drawn_lists(drawn, 4, 1, doubt=1.0), drawn_lists(drawn, 4, 1, doubt=1e-6)
    assert (unsure.all > 0).sum() > (sure.all > 0).sum()
    assert any(drawn_lists(drawn, 4, seed).order.tolist() != unsure.order.tolist() for seed in range(2, 8))


def test_a_propensity_is_how_often_the_sampler_shows_it() -> None:
    """Estimates from two seeds agree within four standard errors."""
    drawn = (np.linspace(0.5, 0.0, 12), np.full(12, 5), np.full(12, 5))
    one, two = drawn_lists(drawn, 4, 1, draws=3000), drawn_lists(drawn, 4, 2, draws=3000)
    error = np.sqrt(2 * one.all * (1 - one.all) / 3000) + 1e-3
    assert (np.abs(one.all - two.all) <= 4 * error).all()


def test_a_wild_posterior_moves_nobody_past_its_bound() -> None:
    drawn = (np.array([6.0, 0.0]), np.full(2, 5), np.full(2, 5))
    assert drawn[0][0] - drawn[0][1] > 2 * DOUBT
    assert drawn_lists(drawn, 2, 1, doubt=1e6, most=1.0).all.tolist() == [1.0, 1.0]
    assert drawn_lists(drawn, 1, 1, doubt=1e6, most=1.0).all.tolist() == [1.0, 0.0]


def test_a_covariance_that_is_flat_in_a_direction_will_do() -> None:
    direction = np.array([1.0, -1.0, 0.0, 0.0])
    found = explore(
        np.array([0.3, 0.2, 0.1]),
        np.random.default_rng(0).random((3, 4)),
        np.outer(direction, direction),
        np.zeros(3, np.int64),
        np.zeros(3, np.int64),
        2,
        np.random.default_rng(0),
    )
    assert found.all.sum() == pytest.approx(2)
