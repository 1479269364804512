"""How suggestions are received, month by month."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from api.learning.interest import Month


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_the_interval_is_wilson_s(counts: tuple[int, int]) -> None:
    ratings, interested = counts
    low, high = Month(date(2026, 11, 1), ratings, interested).interval
    known = stats.binomtest(interested, ratings).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((known.low, known.high), abs=1e-6)
    assert low - 1e-9 <= interested / ratings <= high + 1e-9
