"""Places as forms write them: a postcode and a name are read from a sentence, and no other word is taken for a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.open_data.sources.nuts import department_of_nuts
from api.open_data.sources.written_places import NOWHERE, WrittenPlace, common_place, place_in, typed_place

COMMUNES = [
    ("26400", "Crest"), ("07000", "Privas"), ("26130", "Saint-Paul-Trois-Châteaux"), ("07150", "Vallon-Pont-d'Arc"),
    ("26500", "Bourg-lès-Valence"), ("07800", "La Voulte-sur-Rhône"), ("07400", "Le Teil"), ("07140", "Les Vans"),
    ("26120", "CHABEUIL"), ("07700", "BOURG ST ANDEOL"), ("26300", "Bourg de Péage"), ("95500", "Gonesse"),
]  # fmt: skip
# Sentences around a commune; {before} and {after} are a stranger's words.
SENTENCES = [
    "{postcode} {name}", "{postcode} - {name}", "{name} ({postcode})", "{name} ({postcode}).", "{name}, {postcode}",
    "{name} {postcode}", "F-{postcode} {name}", "{postcode} {name} (France)", "{postcode} {name} CEDEX 9",
    "{postcode}, {name}.", "12 rue de la Gare, {postcode} {name}", "Salle des fêtes, {postcode} {name}",
    "{name} ({postcode}), salle des fêtes", "Groupe scolaire, 3 avenue Jean-Moulin {postcode} {name} - bâtiment B",
    "{postcode} {name}. Le chantier est fermé en août.",
    "Lieu : {name} ({postcode})", "Gymnase municipal à {name} ({postcode})",
]  # fmt: skip


@given(commune=st.sampled_from(COMMUNES), sentence=st.sampled_from(SENTENCES))
def test_a_commune_is_read_from_any_sentence_that_names_it_with_its_postcode(
    commune: tuple[str, str], sentence: str
) -> None:
    postcode, name = commune
    place = place_in(sentence.format(postcode=postcode, name=name))
    assert (place.postcode, place.city) == (postcode, name)


@pytest.mark.parametrize(
    ("sentence", "city", "postcode"),
    [
        ("Mairie de Crest (26400).", "Crest", "26400"),
        ("Mairie du Teil (07400)", "Le Teil", "07400"),
        ("mairie des Vans, 07140", "Les Vans", "07140"),
        ("Ville de La Voulte-sur-Rhône (07800)", "La Voulte-sur-Rhône", "07800"),
        ("Mairie d'Aubenas - 07200", "Aubenas", "07200"),
        ("Hôtel de Ville de Valence 26000", "Valence", "26000"),
        ("Maison de santé, au Teil (07400)", "Le Teil", "07400"),
        ("26400 Crest et ses environs", "Crest", "26400"),
        ("26400 crest", "crest", "26400"),
        ("07160 St. Martin", "St. Martin", "07160"),
        # A place without a name that is surely one.
        ("Lycée Jean de la Fontaine (26000)", None, "26000"),
        ("rue des Écoles Crest 26400", None, "26400"),
        ("26400).", None, "26400"),
        ("(26400)", None, "26400"),
        ("26400, France", None, "26400"),
        ("26400 Drôme", None, "26400"),
    ],
)
def test_a_town_hall_names_its_commune_and_a_building_none(sentence: str, city: str | None, postcode: str) -> None:
    place = place_in(sentence)
    assert (place.city, place.postcode, place.department) == (city, postcode, postcode[:2])


@pytest.mark.parametrize(
    ("sentence", "place"),
    [
        ("Crest", WrittenPlace(None, "Crest", None)),
        ("Vallon-Pont-d'Arc", WrittenPlace(None, "Vallon-Pont-d'Arc", None)),
        ("Mairie de Crest (26)", WrittenPlace(None, "Crest", "26")),
        ("Divers sites", NOWHERE),
        ("Territoire de la communauté de communes", NOWHERE),
        ("Drôme", NOWHERE),
        ("SIRET 826 001 018 00017", NOWHERE),
        ("tél. 0475000000", NOWHERE),
        ("26000 € par an", NOWHERE),
        ("26000 m² de pelouses", NOWHERE),
        ("26000,50 euros", NOWHERE),
        ("", NOWHERE),
        ("Crest (26400) et Die (26150)", WrittenPlace(None, None, "26")),
        ("Crest (26400), Privas (07000)", NOWHERE),
        ("26400 Crest, 26400 CREST", WrittenPlace("26400", "Crest", "26")),
    ],
)
def test_what_names_no_single_place_tells_none(sentence: str, place: WrittenPlace) -> None:
    assert place_in(sentence) == place


@given(
    sentence=st.text(max_size=60)
    | st.lists(st.sampled_from(["26400", "(", ").", "Crest", "à", "-", ",", "de"])).map(" ".join)
)
def test_a_name_that_is_told_has_letters_and_no_brackets(sentence: str) -> None:
    for place in (place_in(sentence), typed_place(sentence, sentence)):
        assert place.city is None or (any(map(str.isalpha, place.city)) and not set(place.city) & set("();:,"))
        assert place.postcode is None or (place.postcode.isdigit() and len(place.postcode) == 5)


@pytest.mark.parametrize(
    ("postcode", "city", "place"),
    [
        ("26400", "Crest", WrittenPlace("26400", "Crest", "26")),
        ("26 400", "CREST CEDEX", WrittenPlace("26400", "CREST", "26")),
        ("F-07000", "Privas", WrittenPlace("07000", "Privas", "07")),
        ("7000", "Privas", WrittenPlace("07000", "Privas", "07")),
        ("07006 Cedex", "Privas Cedex", WrittenPlace("07006", "Privas", "07")),
        (None, "26400 Crest", WrittenPlace("26400", "Crest", "26")),
        (None, "Mairie de Crest (26400).", WrittenPlace("26400", "Crest", "26")),
        ("26400", ").", WrittenPlace("26400", None, "26")),
        ("00000", "Divers sites", NOWHERE),
        ("Drôme", "Drôme", NOWHERE),
        (None, "Bourg-Saint-Andéol", WrittenPlace(None, "Bourg-Saint-Andéol", None)),
    ],
)
def test_fields_of_a_form_are_read_as_they_are_filled(
    postcode: str | None, city: str | None, place: WrittenPlace
) -> None:
    assert typed_place(postcode, city) == place


PLACES = st.builds(
    WrittenPlace,
    st.sampled_from(["26400", None]),
    st.sampled_from(["Crest", "Die", None]),
    st.sampled_from(["26", "07"]),
)


@given(places=st.lists(PLACES, max_size=4))
def test_what_several_places_have_in_common_is_true_of_each(places: list[WrittenPlace]) -> None:
    common = common_place(places)
    for place in places:
        assert all(told in (None, own) for told, own in zip(common, place, strict=True))
    if len(set(places)) == 1:
        assert common == places[0]


@pytest.mark.parametrize(
    ("nuts_code", "department"),
    [("FRK22", "07"), ("FRK23", "26"), ("frk23 ", "26"), ("FR713", "26"), ("FR712", "07"), ("FRM02", "2B"),
     ("FRY40", "974"), ("FRK2", None), ("FR", None), ("LU000", None), (None, None), ("FRI34", "86"), ("FRF34", "88")],
)  # fmt: skip
def test_a_nuts_code_of_the_third_level_is_a_department(nuts_code: str | None, department: str | None) -> None:
    assert department_of_nuts(nuts_code) == department
