"""European notices: where the work is done, and not where the buyer is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import eforms_samples as sample
from tests.support.eforms_samples import CREST, PRIVAS, opening


def place(content: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(content.get(name) for name in ("postcode", "commune_name", "department"))


@given(published=st.lists(st.sampled_from(["26", "69", "75", "91", "7"]), max_size=4), at_lot=st.booleans())
def test_the_place_of_the_work_is_the_notice_s_wherever_it_is_published(published: list[str], at_lot: bool) -> None:
    whole, part = sample.project(locations=None if at_lot else [PRIVAS]), sample.project(locations=[PRIVAS])
    content = opening(sample.notice([sample.lot(content=part)], whole=whole), code_departement=published)
    assert place(content) == ("07000", "Privas", "07")


BUYERS = st.sampled_from([
    ("Lyon", "69003"), ("Valence", "26000"), ("Privas", "07000"), ("Mairie de Crest (26400).", None), (None, None),
])  # fmt: skip


@given(buyer=BUYERS, published=st.sampled_from([["26"], ["07"], ["69"]]))
def test_a_buyer_s_place_is_not_taken_for_the_work_s(
    buyer: tuple[str | None, str | None], published: list[str]
) -> None:
    parts = {name: part for name, part in zip(("city", "postcode"), buyer, strict=True) if part}
    nowhere = sample.notice([sample.lot()], buyer=sample.company("ORG-0001", ["00030006100017"], **parts))
    assert place(opening(nowhere, code_departement=published)) == (None, None, published[0])
    by_code = sample.project(locations=[sample.location(nuts="FRK22")])
    told = sample.notice([sample.lot()], whole=by_code, buyer=sample.company("ORG-0001", ["00030006100017"], **parts))
    assert place(opening(told, code_departement=published)) == (None, None, "07")


@pytest.mark.parametrize(
    ("name", "city", "at_home"),
    [
        ("Commune de Crest", "Crest", True),
        ("VILLE DE CREST", "Crest", True),
        ("Mairie du Teil", "Le Teil", True),
        ("Crest", "CREST CEDEX", True),
        ("Saint Paul Trois Châteaux", "Saint-Paul-Trois-Châteaux", True),
        ("Commune de Saint-Modèle", "Crest", False),
        ("Communauté de communes du Crestois", "Crest", False),
        ("Centre hospitalier de Crest", "Crest", False),
        ("Valence Romans Agglo", "Valence", False),
    ],
)
def test_only_a_commune_that_tells_no_place_works_at_home(name: str, city: str, at_home: bool) -> None:
    buyer = sample.company("ORG-0001", ["00030006100017"], city=city, postcode="26400")
    by_code = sample.project(locations=[sample.location(nuts="FRK23")])
    content = opening(sample.notice([sample.lot()], whole=by_code, buyer=buyer), nomacheteur=name)
    assert place(content)[::2] == ("26400" if at_home else None, "26")
    for told in ([PRIVAS], [CREST, PRIVAS], [sample.location(nuts="FRK22")]):
        elsewhere = sample.notice([sample.lot()], whole=sample.project(locations=told), buyer=buyer)
        assert place(opening(elsewhere, nomacheteur=name))[0] == ("07000" if told == [PRIVAS] else None)


def test_of_several_departments_that_of_the_buyer_is_the_work_s_until_it_is_told() -> None:
    buyer = sample.company("ORG-0001", ["00030006100017"], city="Privas", postcode="07000")
    content = sample.notice([sample.lot()], buyer=buyer)
    assert place(opening(content, code_departement=["26", "07"])) == (None, None, "07")
    assert place(opening(content, code_departement=["26", "69"])) == (None, None, None)


@pytest.mark.parametrize(
    ("locations", "expected"),
    [
        ([sample.location(city="Mairie de Crest (26400).", nuts="FRK23")], ("26400", "Crest", "26")),
        ([sample.location(city="CREST CEDEX", postcode="26 401", nuts="FRK23")], ("26401", "CREST", "26")),
        ([sample.location(city="Crest", nuts="FRK23")], (None, "Crest", "26")),
        ([sample.location("Gymnase municipal, 26400 Crest", nuts="FRK23")], ("26400", "Crest", "26")),
        ([sample.location("Toute la Drôme", nuts="FRK23")], (None, None, "26")),
        ([sample.location("Maximum de 50000 euros par an", nuts="FRK23")], (None, None, "26")),
        ([sample.location("Siège : 69003 Lyon", nuts="FRK23")], (None, None, "26")),
        ([sample.location(city="Drôme", nuts="FRK23")], (None, None, "26")),
        ([CREST, sample.location(city="Die", postcode="26150", nuts="FRK23")], (None, None, "26")),
        ([CREST, CREST], ("26400", "Crest", "26")),
        ([CREST, PRIVAS], (None, None, "69")),
        ([sample.location(city="Luxembourg", postcode="2985", nuts="LU000", country="LUX")], (None, None, "69")),
        ([{"cac:Address": {"cbc:Region": "anyw-cou"}}], (None, None, "69")),
        ([{"cbc:Description": sample.french("26400 Crest")}], ("26400", "Crest", "26")),
    ],
)
def test_a_place_is_read_as_far_as_it_is_told(locations: list[sample.Element], expected: tuple[Any, ...]) -> None:
    """Published for the Rhône alone, which stands where the notice tells nothing."""
    content = sample.notice([sample.lot()], whole=sample.project(locations=locations))
    assert place(opening(content, code_departement=["69"])) == expected


def test_lots_in_one_commune_place_the_whole_and_lots_in_two_do_not() -> None:
    at_crest, at_die = (sample.project(locations=[sample.location(city=city, postcode=postcode, nuts="FRK23")])
                        for city, postcode in (("Crest", "26400"), ("Die", "26150")))  # fmt: skip
    together = sample.notice([sample.lot(1, content=at_crest), sample.lot(2, content=at_crest)])
    apart = sample.notice([sample.lot(1, content=at_crest), sample.lot(2, content=at_die)])
    assert place(opening(together)) == ("26400", "Crest", "26")
    assert place(opening(apart)) == (None, None, "26")
