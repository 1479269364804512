"""Places of names among sorted ids."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.splicing import insertion_places

names = st.lists(st.text("abé", max_size=4))


@given(names, names)
def test_an_insertion_place_is_that_of_the_whole_name(ids: list[str], asked: list[str]) -> None:
    """Where a name is longer than every id too."""
    ids.sort()
    found = insertion_places(np.array(ids, np.str_), np.array(asked, np.str_))
    assert found.tolist() == [bisect_left(ids, name) for name in asked]
