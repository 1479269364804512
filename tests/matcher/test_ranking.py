"""The best unit of each owner, best owner first, ties by the order of ids; trades take turns."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.ranking import best_units, diversify
from matcher.types import FloatArray, IntArray
from tests.support.builders import few

units = st.lists(st.tuples(st.integers(-2, 2), st.booleans(), st.integers(0, 4)), max_size=12)


@few
@given(units)
def test_it_is_the_naive_definition(rows: list[tuple[int, bool, int]]) -> None:
    logits = np.array([row[0] for row in rows], np.float64)
    eligible = np.array([row[1] for row in rows], np.bool_)
    owner = np.array([row[2] for row in rows], np.int64)
    expected = []
    for one in set(owner.tolist()):
        mine = [i for i, (_, allowed, of) in enumerate(rows) if allowed and of == one]
        if mine:
            expected.append(min(mine, key=lambda i: (-rows[i][0], i)))
    expected.sort(key=lambda i: (-rows[i][0], rows[i][2]))
    assert best_units(logits, eligible, owner).tolist() == expected


def test_an_owner_whose_best_unit_is_not_eligible_stands_by_its_next() -> None:
    rows = best_units(np.array([9.0, 1.0, 5.0]), np.array([False, True, True]), np.array([0, 0, 1]))
    assert rows.tolist() == [2, 1]


def test_infinitely_low_still_counts() -> None:
    rows = best_units(np.array([-np.inf, 0.0]), np.array([True, True]), np.array([0, 1]))
    assert rows.tolist() == [1, 0]


lists = st.lists(st.tuples(st.integers(-4, 4), st.integers(-1, 3)), max_size=10).map(
    lambda rows: sorted(rows, key=lambda row: -row[0])
)


def arrays(rows: list[tuple[int, int]]) -> tuple[IntArray, FloatArray, IntArray]:
    logits, trades = np.array([row[0] for row in rows], np.float64), np.array([row[1] for row in rows], np.int64)
    return np.arange(len(rows)), logits, trades


@few
@given(lists, st.floats(0, 3))
def test_turns_are_the_greedy_definition(rows: list[tuple[int, int]], exponent: float) -> None:
    """Each time the row is taken whose logit, less what its trade has already had, is the highest."""
    left, taken, expected = list(range(len(rows))), dict.fromkeys(range(4), 0), []
    while left:
        best = max(left, key=lambda i: (rows[i][0] - exponent * math.log1p(taken.get(rows[i][1], 0)), -i))
        left.remove(best)
        expected.append(best)
        if rows[best][1] >= 0:
            taken[rows[best][1]] += 1
    assert diversify(*arrays(rows), len(rows), exponent) == expected


@few
@given(lists, st.integers(0, 12), st.floats(0, 3))
def test_turns_cut_a_prefix(rows: list[tuple[int, int]], k: int, exponent: float) -> None:
    assert diversify(*arrays(rows), k, exponent) == diversify(*arrays(rows), 99, exponent)[:k]


@few
@given(lists)
def test_turns_change_nothing_within_a_trade_nor_where_trades_are_unknown(rows: list[tuple[int, int]]) -> None:
    order = diversify(*arrays(rows), 99)
    assert sorted(order) == list(range(len(rows)))
    for trade in range(4):
        mine = [i for i in order if rows[i][1] == trade]
        assert mine == sorted(mine)
    assert diversify(*arrays([(logit, -1) for logit, _ in rows]), 99) == list(range(len(rows)))
    assert diversify(*arrays(rows), 99, 0.0) == list(range(len(rows)))
