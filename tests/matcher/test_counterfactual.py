"""What would change a ranking: the change that is told suffices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.counterfactual import Change, changes

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
