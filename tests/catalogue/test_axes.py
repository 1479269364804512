"""The assumed axis: takeovers, the labour trades by their codes, and all the rest; what is given wins."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.catalogue.axes import AXES, LABOUR_CPV, LABOUR_NAF, Axis, axis_of
from api.core.french_input import axis
from matcher.nomenclature import cpv_name, naf_name

CODES = st.lists(st.sampled_from(("81.30Z", "43.32A", "38.11Z", "62.01Z", "02.20Z")), max_size=3)


@pytest.mark.parametrize(
    ("kind", "naf", "cpv", "expected"),
    [
        ("takeover", ["43.32A"], [], 3),
        ("market", ["88.10A"], [], 1),
        ("market", [], ["90511400"], 1),
        ("market", [], ["45421130"], 1),
        ("market", ["81.30Z"], ["77310000"], 2),
        ("market", ["62.01Z", "16.23Z"], [], 1),
        ("market", [], [], 2),
    ],
)
def test_an_axis_is_assumed_from_kind_and_codes(kind: str, naf: list[str], cpv: list[str], expected: int) -> None:
    assert axis_of(None, kind, naf, cpv) == Axis(expected, assumed=True)


@given(st.sampled_from(AXES), st.sampled_from(("market", "takeover")), CODES)
def test_what_is_given_is_never_assumed_otherwise(given_axis: int, kind: str, naf: list[str]) -> None:
    assert axis_of(given_axis, kind, naf, []) == Axis(given_axis, assumed=False)


def test_every_beginning_of_a_labour_trade_is_that_of_a_code_that_exists() -> None:
    """Our thesaurus of the CPV leaves out its finest codes: there, a coarser one stands for it."""
    for name, beginnings, known in (("naf", LABOUR_NAF, naf_name), ("cpv", LABOUR_CPV, cpv_name)):
        table = files("matcher.resources").joinpath(f"{name}.tsv").read_text("utf-8")
        codes = [line.partition("\t")[0] for line in table.splitlines()]
        for one in beginnings:
            assert any(code.startswith(one) or (name == "cpv" and one.startswith(code[:5])) for code in codes), one
        assert known(codes[-1])


@pytest.mark.parametrize(("cell", "read"), [("1", 1), ("2.0", 2), ("Axe 3", 3), ("axe n° 1 : métiers", 1), ("AXE2", 2)])
def test_an_axis_is_read_as_people_write_it(cell: str, read: int) -> None:
    assert axis(cell) == read


@pytest.mark.parametrize("cell", ["4", "0", "12", "1,5", "axe", "un"])
def test_what_is_no_axis_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="1, 2 ou 3"):
        axis(cell)
