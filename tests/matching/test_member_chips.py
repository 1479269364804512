"""What a member brings to a coalition, in a few words."""

import re

import pytest

from api.matching.fact_chips import Fact, Fit
from api.matching.member_chips import MOST_NEEDS, member_chips
from matcher.types import Reason

TITLE = "Entretien de tous les espaces verts, y compris ceux des écoles et du cimetière"


def holds(title: str = TITLE) -> Reason:
    return Reason("coalition_holds", 0.4, 0.9, {"title": title, "part": "whole"})


def means(value: float | None) -> Reason:
    code = "coalition_means" if value is not None else "coalition_means_unknown"
    return Reason(code, 0.1, value, {"title": TITLE, "part": "whole"})


def test_each_fact_of_a_member_has_a_short_chip_without_decimals_in_the_order_of_facts() -> None:
    near = Reason("coalition_near", figures={"km": 18.4, "exact": 1})
    network = Reason("coalition_network", figures={"networks": "Réseau"})
    chips = member_chips([holds(), means(0.42), network, near], takeover=False)
    assert [chip.fact for chip in chips] == [Fact.TRADE, Fact.DISTANCE, Fact.SIZE]
    for chip in chips:
        assert chip.words[0] == chip.words[0].upper()
        assert len(chip.words) <= 75
        assert not re.search(r"\d,\d", chip.words)


@pytest.mark.parametrize(
    ("values", "fit"),
    [((1.0,), Fit.FITS), ((1.0, 1.0), Fit.FITS), ((0.4,), Fit.CHECK), ((1.0, 0.4), Fit.CHECK), ((None,), Fit.UNKNOWN)],
)
def test_means_that_fall_short_of_one_need_are_to_check(values: tuple[float | None, ...], fit: Fit) -> None:
    assert [chip.fit for chip in member_chips([means(value) for value in values], takeover=False)] == [fit]


def test_many_needs_are_counted_after_the_first() -> None:
    chips = member_chips([holds(f"lot {number}") for number in range(9)], takeover=False)
    assert len(chips) == MOST_NEEDS + 1
    assert chips[-1].words == f"Et {9 - MOST_NEEDS} de plus"
