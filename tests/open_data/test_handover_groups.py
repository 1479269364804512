"""Groups of companies that may be shown: each tells of ten or more on either side, and nothing else can be computed."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from api.open_data.handovers.grouping import LEAST, Cell, Counts, divide, sum_of

TERRITORIES = ("200068781", "200040459", "200071413", "")
DIVISIONS = ("41", "43", "10", "25", "47", "56")


@st.composite
def worlds(draw: st.DrawFn) -> dict[Cell, Counts]:
    found = {}
    for territory in TERRITORIES:
        for division in DIVISIONS:
            companies = draw(st.one_of(st.just(0), st.integers(1, 15), st.integers(15, 90)))
            if companies:
                seniors, older, larger = (draw(st.integers(0, companies)) for _ in range(3))
                found[Cell(territory, division)] = Counts(companies, seniors, older, larger)
    return found


@given(worlds())
def test_each_group_has_ten_with_a_senior_director_and_ten_without(cells: dict[Cell, Counts]) -> None:
    for group in divide(cells):
        assert group.counts.seniors >= LEAST
        assert group.counts.companies - group.counts.seniors >= LEAST


@given(worlds())
def test_groups_have_no_company_in_common_and_only_what_no_group_can_take_is_left_out(
    cells: dict[Cell, Counts],
) -> None:
    groups = divide(cells)
    shown, everything = sum_of(groups), sum_of_cells(cells.values())
    assert len({(group.territory, group.section, group.division) for group in groups}) == len(groups)
    left = Counts(
        *(getattr(everything, name) - getattr(shown, name) for name in ("companies", "seniors", "older", "larger"))
    )
    assert min(left.companies, left.seniors, left.older, left.larger) >= 0
    assert min(left.seniors, left.companies - left.seniors) < LEAST


@given(worlds())
def test_a_territory_with_a_group_is_told_whole(cells: dict[Cell, Counts]) -> None:
    """So the sum of its groups is its figure, and no company of it hides in the rest of the départements."""
    groups = divide(cells)
    for territory in {group.territory for group in groups} - {""}:
        in_cells = sum_of_cells(counts for cell, counts in cells.items() if cell.territory == territory)
        assert sum_of([group for group in groups if group.territory == territory]) == in_cells


@given(worlds())
def test_no_sum_or_difference_of_what_is_shown_is_below_ten(cells: dict[Cell, Counts]) -> None:
    """The totals of the page against its parts: what a total leaves beside any of its parts is whole groups again."""
    groups = divide(cells)
    totals = {
        "all": groups,
        **{f"territory {code}": [group for group in groups if group.territory == code] for code in TERRITORIES},
        **{f"section {first}": [group for group in groups if group.section == first] for first in (0, 10, 41, 45, 55)},
    }
    for name, larger in totals.items():
        for other_name, smaller in totals.items():
            rest = [group for group in larger if group not in smaller]
            if name != other_name and rest and len(rest) < len(larger):
                left = sum_of(rest)
                assert left.seniors >= LEAST
                assert left.companies - left.seniors >= LEAST


def test_what_is_too_small_joins_its_section_then_its_territory_then_the_rest() -> None:
    large, small, tiny = Counts(60, 20, 30, 30), Counts(14, 6, 5, 5), Counts(3, 3, 0, 0)
    cells = {
        Cell("200068781", "43"): large,
        Cell("200068781", "41"): small,
        Cell("200068781", "10"): small,
        Cell("200068781", "47"): tiny,
        Cell("200040459", "43"): Counts(12, 12, 0, 0),
        Cell("200071413", "43"): Counts(12, 0, 0, 0),
        Cell("200068781", "42"): small,
    }
    assert {(group.territory, group.section, group.division): group.counts for group in divide(cells)} == {
        ("200068781", 41, "43"): large,
        # Works with building make a group; too few bakers and shops are left, which the smallest group takes in.
        ("200068781", 0, ""): small + small + small + tiny,
        ("", 0, ""): Counts(24, 12, 0, 0),
    }


def sum_of_cells(cells: Iterable[Counts]) -> Counts:
    total = Counts()
    for counts in cells:
        total += counts
    return total
