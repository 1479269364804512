"""Activities and contract subjects, and how near two activities are."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.nomenclature import (
    affinity,
    background_texts,
    cpv_name,
    naf_classes,
    naf_columns,
    naf_name,
    naf_positions,
    proximity,
    reach_km,
)
from tests.support import builders
from tests.support.builders import few

codes = st.sampled_from(sorted(naf_classes()))


def test_there_are_the_732_classes_sorted_each_with_words() -> None:
    classes = naf_classes()
    assert len(classes) == 732
    assert list(classes) == sorted(classes)
    for code, entry in classes.items():
        assert re.fullmatch(r"\d\d\.\d\d[A-Z]", code)
        assert entry.name.strip()
        assert all(word.strip() for word in entry.words)


def test_proximity_is_one_on_the_diagonal_symmetric_and_in_the_unit_interval() -> None:
    near = proximity()
    assert near.shape == (732, 732)
    assert (near == near.T).all()
    assert (near.diagonal() == 1).all()
    assert near.min() >= 0
    assert (near - np.eye(732)).max() < 1


def test_proximity_falls_with_each_level_that_parts_two_classes() -> None:
    column = naf_positions()
    joinery = proximity()[column["43.32A"]]
    same_group, same_division = joinery[column["43.31Z"]], joinery[column["43.91B"]]
    same_section, elsewhere = joinery[column["41.20A"]], joinery[column["81.30Z"]]
    assert 1 > same_group > same_division > same_section > elsewhere == 0


def test_a_code_without_its_letter_means_every_class_with_its_digits() -> None:
    names = list(naf_classes())
    assert [names[column] for column in naf_columns(["43.32"])] == ["43.32A", "43.32B", "43.32C"]
    assert [names[column] for column in naf_columns(["43.32Z"])] == ["43.32A", "43.32B", "43.32C"]
    assert naf_columns(["43.32A", "43.32"]).count(naf_positions()["43.32A"]) == 1
    assert naf_columns(["99.98Z", ""]) == []
    assert naf_name("43.32") is None


def test_without_a_code_affinity_is_unknown() -> None:
    assert affinity((), ()) is None
    assert affinity(("00.00Z",), ("00000000",)) is None


@few
@given(st.lists(codes, max_size=2), builders.cpv_codes)
def test_affinity_is_in_the_unit_interval_and_one_for_the_wanted_class(naf: list[str], cpv: tuple[str, ...]) -> None:
    suits = affinity(naf, cpv)
    assert (suits is None) == (not naf and not cpv)
    if suits is not None:
        assert suits.shape == (732,)
        assert suits.min() >= 0
        assert suits.max() <= 1
        assert all(suits[column] == 1 for column in naf_columns(naf))


@few
@given(st.lists(codes, max_size=2), builders.cpv_codes, codes)
def test_one_more_wanted_code_never_lowers_an_affinity(naf: list[str], cpv: tuple[str, ...], more: str) -> None:
    before, after = affinity(naf, cpv), affinity([*naf, more], cpv)
    assert after is not None
    assert before is None or (after >= before).all()


def test_gardening_contracts_suit_gardeners_before_bakers() -> None:
    suits, column = affinity((), ("77310000",)), naf_positions()
    assert suits is not None
    assert suits[column["81.30Z"]] == suits.max() > suits[column["10.71C"]]


def test_a_finer_code_narrows_what_suits() -> None:
    """A coarser prefix still counts, but less than when it is all that is known."""
    fine, coarse = affinity((), ("45421000",)), affinity((), ("45000000",))
    assert fine is not None
    assert coarse is not None
    joinery, mason = naf_positions()["43.32A"], naf_positions()["43.99C"]
    assert fine[joinery] > fine[mason]
    assert coarse[mason] > fine[mason]


def test_a_contract_subject_has_the_name_of_its_longest_known_prefix() -> None:
    assert cpv_name("03110000") not in (None, cpv_name("03000000"))
    assert cpv_name("03999999") == cpv_name("03000000")
    assert cpv_name("00000000") is None


def test_the_background_has_a_text_for_each_class_and_no_empty_one() -> None:
    assert len(background_texts()) > 732
    assert all(text.strip() for text in background_texts())


def test_every_class_has_a_usual_reach() -> None:
    assert all(20 <= (reach_km([code]) or 0) <= 400 for code in naf_classes())
    assert reach_km([]) is None
    assert reach_km(["00.00Z"]) is None
