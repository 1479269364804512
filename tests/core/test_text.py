"""No cell that we write is run as a formula, whatever separator its reader guesses; and it comes back whole."""

import csv
import io
import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.core.text import NUMBER, harmless, restored

SEPARATORS = ";,\t|"
SIGNS = "=+-@＝＋－＠"
CELL = st.text("=+-@＝\t\r\n;,|\"' 15.%aé\u2028", max_size=9)


def runs(cell: str) -> bool:
    """Whether a spreadsheet might run a cell. A number that a wrong separator joins to the next cell is no formula."""
    seen = cell.strip(' "\t\r\n')
    first = re.split("[;,|\t\r\n\u2028]", seen)[0].strip(' "')
    return seen.startswith(tuple(SIGNS)) and not NUMBER.fullmatch(first)


def read(text: str, separator: str) -> list[str]:
    """Return the cells of a file as a program that knows quotes reads it, and as one that does not."""
    quoted = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]
    return quoted + [cell for line in text.splitlines() for cell in line.split(separator)]


@given(
    rows=st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=3), written=st.sampled_from(SEPARATORS)
)
def test_no_cell_runs_under_any_separator(rows: list[list[str]], written: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=written).writerows([harmless(cell) for cell in row] for row in rows)
    for separator in SEPARATORS:
        assert not [cell for cell in read(text.getvalue(), separator) if runs(cell)]


@given(cell=CELL.map(str.strip))
def test_a_cell_comes_back_as_it_was(cell: str) -> None:
    assert restored(harmless(cell)) == cell


@pytest.mark.parametrize(
    "cell", ["-5", "+33 4 75 00 00 00", "-1,5 %", "Menuiserie ; -12,50", "a-b", "l’été", "", "x = y"]
)
def test_numbers_and_common_texts_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


@pytest.mark.parametrize(("before", "sign"), list(product(("", "a;", "a,", "a\t", "a|", 'a";', "a\n", "a; "), SIGNS)))
def test_a_sign_after_any_separator_is_neutral(before: str, sign: str) -> None:
    assert "'" in harmless(f"{before}{sign}CMD()")


@pytest.mark.parametrize("cell", ["\tx", "\rx"])
def test_a_cell_that_begins_with_a_tab_is_neutral(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
