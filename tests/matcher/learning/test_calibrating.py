"""Platt's calibration: it keeps the order, finds what made the data, and stays where it was without data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.learning.calibrating import LEAST_SLOPE, even_weights, fit_calibration
from matcher.scoring import Calibration


@settings(deadline=None)  # the first call of a linear solver is slow
@given(st.floats(0.3, 2.5), st.floats(-2, 2), st.integers(0, 1000))
def test_the_slope_and_offset_that_made_the_data_are_found(slope: float, offset: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, 1000)
    chance = 1 / (1 + np.exp(-(slope * logits + offset)))
    fitted = fit_calibration(logits, chance, np.ones(1000))
    assert fitted.slope == pytest.approx(slope, abs=0.1)
    assert fitted.offset == pytest.approx(offset, abs=0.1)


pairs = st.lists(st.tuples(st.floats(-10, 10), st.sampled_from([0.0, 1.0])), max_size=30)


@given(pairs)
def test_any_calibration_keeps_the_order_and_is_the_same_twice(rows: list[tuple[float, float]]) -> None:
    logits, targets = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    fitted = fit_calibration(logits, targets, np.ones(len(rows)))
    assert fitted.slope >= LEAST_SLOPE > 0
    assert fitted == fit_calibration(logits, targets, np.ones(len(rows)))


def test_without_a_pair_the_start_stays() -> None:
    nothing = np.zeros(0)
    assert fit_calibration(nothing, nothing, nothing, Calibration(1.4, -0.3)) == Calibration(1.4, -0.3)


def test_data_that_would_turn_the_order_round_stop_at_the_least_slope() -> None:
    logits = np.linspace(-3, 3, 200)
    assert fit_calibration(logits, (logits < 0).astype(float), np.ones(200)).slope == LEAST_SLOPE


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=20))
def test_each_query_counts_the_same_and_the_mean_weight_is_one(queries: list[str]) -> None:
    weight = even_weights(queries)
    sums = [sum(w for w, query in zip(weight, queries, strict=True) if query == name) for name in set(queries)]
    assert max(sums) == pytest.approx(min(sums))
    assert weight.mean() == pytest.approx(1)
