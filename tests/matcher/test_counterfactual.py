"""What would change a ranking: the change that is told suffices, and a smaller one does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.counterfactual import Change, changes, threshold_logit
from matcher.ranking import best_units, diversify

FIRST = 3
logit = st.integers(-6_000_000, 6_000_000).map(lambda number: number / 1e6)
candidates = st.lists(st.tuples(logit, st.integers(-1, 3)), min_size=4, max_size=12)


def order(logits: list[float], trades: list[int]) -> list[int]:
    """Return the candidates in the order in which they are listed."""
    values, rows = np.array(logits), np.arange(len(logits))
    best = best_units(values, np.ones(len(logits), np.bool_), rows)
    return diversify(best, values, np.array(trades), len(logits))


@given(candidates, st.integers(0, 20))
def test_the_threshold_is_what_must_be_passed_and_no_more(rows: list[tuple[float, int]], pick: int) -> None:
    """Whoever is not among the first three gets in by passing it, and does not by staying below."""
    logits, trades = [row[0] for row in rows], [row[1] for row in rows]
    listed = order(logits, trades)
    chosen = listed[FIRST:][pick % len(listed[FIRST:])]
    height = threshold_logit([rows[row] for row in listed[:FIRST]], trades[chosen])
    for moved, inside in ((height + 1e-6, True), (height - 1e-6, False)):
        tried = [moved if row == chosen else value for row, value in enumerate(logits)]
        assert (chosen in order(tried, trades)[:FIRST]) is inside
    assert logits[chosen] <= height + 1e-9


unit = st.floats(0, 1)
NAMES = ("a", "b", "c")


@given(
    st.floats(0.001, 5),
    st.tuples(unit, unit, unit),
    st.tuples(*[st.floats(-5, 5).filter(lambda weight: abs(weight) > 0.05)] * 3),
)
def test_each_change_suffices_by_itself_and_stays_within_reach(
    missing: float, values: tuple[float, ...], weights: tuple[float, ...]
) -> None:
    """It adds what is missing, hardly more, and is in [0, 1]; what is not told could not have done it."""
    now, weighted = dict(zip(NAMES, values, strict=True)), dict(zip(NAMES, weights, strict=True))
    found = changes(missing, now, weighted, dict.fromkeys(NAMES, (0.0, 1.0)))
    for one in found:
        assert one.now == now[one.feature]
        assert missing < (one.least - one.now) * weighted[one.feature] < missing + 1e-5
        assert 0 <= one.least <= 1
    assert [one.size for one in found] == sorted(one.size for one in found)
    for name in set(NAMES) - {one.feature for one in found}:
        furthest = 1.0 if weighted[name] > 0 else 0.0
        assert (furthest - now[name]) * weighted[name] <= missing + 1e-5


def test_what_cannot_change_is_not_told() -> None:
    assert changes(0.5, {"a": 0.2}, {"a": 1.0}, {}) == []
    assert changes(0.5, {"a": 0.2}, {"a": 1.0}, {"a": (0.0, 0.6)}) == []
    assert changes(0.5, {"a": 0.2}, {"a": 0.0}, {"a": (0.0, 1.0)}) == []
    (one,) = changes(0.5, {"a": 0.2}, {"a": 1.0}, {"a": (0.0, 1.0)})
    assert one == Change("a", 0.2, pytest.approx(0.7, abs=1e-5))


def test_who_lacks_nothing_needs_no_change() -> None:
    assert changes(0.0, {"a": 0.2}, {"a": 1.0}, {"a": (0.0, 1.0)}) == []
