"""Sections: each score is in one, better scores are never in a worse one, and counts agree."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.sections import FLOORS, Section, section_of, section_sizes
from tests.support.builders import few

scores = st.one_of(st.floats(0, 1), st.sampled_from(sorted(FLOORS.values())))


@few
@given(st.lists(scores, max_size=12))
def test_a_better_score_is_never_in_a_worse_section_and_counts_are_those_of_single_scores(drawn: list[float]) -> None:
    order = list(Section)
    placed = [section_of(score) for score in sorted(drawn, reverse=True)]
    assert placed == sorted(placed, key=order.index)
    sizes = section_sizes(np.array(drawn, np.float64))
    assert sizes == {section: placed.count(section) for section in order}


def test_each_floor_belongs_to_its_section() -> None:
    assert [section_of(floor) for floor in FLOORS.values()] == list(Section)
