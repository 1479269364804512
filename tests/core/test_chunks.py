"""Long lists are cut for the database, and nothing of them is lost."""

from hypothesis import given
from hypothesis import strategies as st

from api.core.chunks import in_chunks


@given(st.lists(st.integers(), max_size=50), st.integers(1, 60))
def test_parts_are_the_whole_in_its_order_none_empty_and_none_too_long(values: list[int], most: int) -> None:
    parts = list(in_chunks(values, most))
    assert [value for part in parts for value in part] == values
    assert all(0 < len(part) <= most for part in parts)
