"""Measures by hand, their intervals, and the comparison of two runs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluation.measures import (
    CLASS_HIT,
    JUDGED,
    MISSED,
    PRECISIONS,
    among_judged,
    compare,
    interval,
    per_query,
    reliability,
)
from matcher.types import FloatArray
from tests.support.builders import few

# Undefined where no candidate has a positive grade; 1 for a perfect list.
POSITIVE = ("nDCG@10", "MRR@10", "R@10", "R@50")
values = st.lists(st.one_of(st.just(math.nan), st.floats(0, 1)), min_size=1, max_size=12)
paired = st.integers(1, 10).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from((math.nan, 0.0, 0.25, 0.5, 1.0)), min_size=n, max_size=n),
        st.lists(st.sampled_from((math.nan, 0.0, 0.25, 0.5, 1.0)), min_size=n, max_size=n),
    )
)


def test_measures_by_hand() -> None:
    """Relevant: b (3) at rank 2, d (1) at rank 4, z (2) never; a gain is 2^grade − 1, discounted by log2(rank + 1)."""
    found = per_query({"q": {"b": 3, "d": 1, "z": 2, "a": 0}}, {"q": ["a", "b", "c", "d"]})
    ideal = 7 / math.log2(2) + 3 / math.log2(3) + 1 / math.log2(4)
    assert found["nDCG@10"][0] == pytest.approx((7 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert found["MRR@10"][0] == pytest.approx(1 / 2)
    assert found["R@10"][0] == pytest.approx(2 / 3)
    assert found["R@50"][0] == pytest.approx(2 / 3)


def test_precision_misses_and_judged_by_hand() -> None:
    """From grade 2 on, b (rank 2) and z (rank 6) count; d has 1, a 0, and three of six were never judged."""
    qrels = {"q": {"b": 3, "d": 1, "z": 2, "a": 0}}
    run = {"q": ["x1", "b", "d", "x2", "x3", "z"]}
    found = {name: column[0] for name, column in per_query(qrels, run, relevant=2).items()}
    assert (found["P@5"], found["P@10"], found[MISSED]) == (pytest.approx(1 / 5), pytest.approx(2 / 10), 0)
    assert found[JUDGED] == pytest.approx(3 / 6)
    every_positive = {name: column[0] for name, column in per_query(qrels, run).items()}
    assert every_positive["P@5"] == pytest.approx(2 / 5)
    assert per_query(qrels, {"q": ["d", "a", "x1", "b"]}, relevant=2)[MISSED].tolist() == [1]
    assert per_query(qrels, {"q": ["d", "a", "x1", "b"]}, relevant=1)[MISSED].tolist() == [0]


def test_a_query_without_a_list_has_no_precision_misses_and_is_not_judged() -> None:
    found = per_query({"empty": {"a": 3}, "missing": {"a": 3}}, {"empty": []}, relevant=2)
    for name in (*PRECISIONS, JUDGED):
        assert found[name].tolist() == [0, 0], name
    assert found[MISSED].tolist() == [1, 1]


def test_a_query_that_nobody_can_answer_counts_as_missed() -> None:
    """Whether someone fits is unknown to who asks: precision and misses are defined for every query."""
    found = per_query({"q": {"a": 1}}, {"q": ["a"]}, relevant=2)
    assert [found[name][0] for name in ("P@5", MISSED, JUDGED)] == [0, 1, 1]


def test_among_judged_leaves_out_whom_nobody_judged_and_keeps_the_order() -> None:
    qrels = {"q": {"a": 0, "b": 3, "c": 1}, "p": {"x": 1}}
    condensed = among_judged(qrels, {"q": ["x", "b", "y", "a"], "p": ["y"], "unjudged": ["a"]})
    assert condensed == {"q": ["b", "a"], "p": [], "unjudged": []}


def test_a_measure_looks_no_further_than_its_depth() -> None:
    others = [f"x{i}" for i in range(60)]
    eleventh = per_query({"q": {"r": 1}}, {"q": [*others[:10], "r", *others[10:]]})
    assert [eleventh[name][0] for name in ("nDCG@10", "MRR@10", "R@10", "R@50")] == [0, 0, 0, 1]
    last = per_query({"q": {"r": 1}}, {"q": [*others[:50], "r"]})
    assert last["R@50"][0] == 0


def test_a_perfect_and_an_empty_list() -> None:
    qrels = {"p": {"a": 2, "b": 1}, "e": {"a": 1}, "missing": {"a": 1}}
    found = per_query(qrels, {"p": ["a", "b"], "e": []})
    for name in POSITIVE:
        missing_and_empty, perfect = found[name][[0, 1]], found[name][2]
        assert perfect == pytest.approx(1), name
        assert missing_and_empty.tolist() == [0, 0], name


def test_a_query_without_a_relevant_candidate_is_undefined_not_zero() -> None:
    found = per_query({"a": {"x": 0}, "b": {"x": 1}}, {"a": ["x"], "b": ["x"]}, {"x": "81.30Z"})
    for name in (*POSITIVE, CLASS_HIT):
        assert math.isnan(found[name][0]), name
        assert found[name][1] == 1, name


def test_values_stand_in_the_order_of_sorted_ids() -> None:
    found = per_query({"q2": {"x": 1}, "q10": {"x": 1}}, {"q2": ["x"], "q10": ["y"]})
    assert found["MRR@10"].tolist() == [0, 1]


def test_a_class_hit_needs_a_relevant_class_among_the_first_ten() -> None:
    classes = {"r": "81.30Z", "twin": "81.30Z", "other": "10.71C"}
    qrels = {"q": {"r": 1, "other": 0}}
    assert per_query(qrels, {"q": ["other", "twin"]}, classes)[CLASS_HIT].tolist() == [1]
    assert per_query(qrels, {"q": ["other"]}, classes)[CLASS_HIT].tolist() == [0]
    assert per_query(qrels, {"q": [f"x{i}" for i in range(10)] + ["twin"]}, classes)[CLASS_HIT].tolist() == [0]
    assert np.isnan(per_query(qrels, {"q": ["twin"]}, {"twin": "81.30Z"})[CLASS_HIT]).all()


@few
@given(values)
def test_an_interval_holds_its_mean_over_the_defined_queries(column: list[float]) -> None:
    found = interval(np.array(column))
    defined = [value for value in column if not math.isnan(value)]
    assert found.queries == len(defined)
    if defined:
        assert found.mean == pytest.approx(np.mean(defined))
    else:
        assert math.isnan(found.mean)
    if len(defined) > 1:
        assert min(defined) - 1e-9 <= found.low <= found.mean + 1e-9
        assert found.mean - 1e-9 <= found.high <= max(defined) + 1e-9
        assert interval(np.array(column)) == found
    else:
        assert math.isnan(found.low)
        assert math.isnan(found.high)


def test_a_larger_sample_has_a_narrower_interval() -> None:
    sample = np.random.default_rng(1).random(30)
    small, large = interval(sample), interval(np.tile(sample, 9))
    assert large.high - large.low < (small.high - small.low) / 2


@few
@given(paired)
def test_a_comparison_turns_round_with_its_sides(columns: tuple[list[float], list[float]]) -> None:
    one, other = map(np.array, columns)
    there, back = compare(one, other), compare(other, one)
    assert (there.wins, there.ties, there.losses) == (back.losses, back.ties, back.wins)
    assert there.wins + there.ties + there.losses == int((~(np.isnan(one) | np.isnan(other))).sum())
    np.testing.assert_allclose(there.difference, -back.difference)
    np.testing.assert_allclose(there.p, back.p)
    assert math.isnan(there.p) or 0 < there.p <= 1


@few
@given(values)
def test_a_run_against_itself_is_all_ties(column: list[float]) -> None:
    found = compare(np.array(column), np.array(column))
    assert (found.wins, found.losses) == (0, 0)
    if found.ties:
        assert (found.difference, found.p) == (0, 1)
    else:
        assert math.isnan(found.difference)
        assert math.isnan(found.p)


def test_the_p_of_small_samples_is_exact() -> None:
    """Six wins of six: of 64 sign flips two are as extreme, so p = 2/64; one win and one loss alike say nothing."""
    assert compare(np.full(6, 0.5), np.zeros(6)).p == pytest.approx(2 / 64)
    assert compare(np.array([1.0, 0.0]), np.array([0.0, 1.0])).p == 1


def test_one_query_proves_nothing() -> None:
    found = compare(np.array([0.5, math.nan]), np.array([0.25, 1.0]))
    assert (found.wins, found.ties, found.losses, found.difference, found.p) == (1, 0, 0, 0.25, 1)


def test_reliability_bins_by_score_and_leaves_out_empty_bins() -> None:
    scores: FloatArray = np.array([0.05, 0.07, 0.95, 1.0])
    rows = reliability(scores, np.array([0.0, 1.0, 1.0, 1.0]))
    assert [(round(mean, 3), share, count) for mean, share, count in rows] == [(0.06, 0.5, 2), (0.975, 1.0, 2)]
