"""The places that texts name are read, and which of them is the place of work."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.catalogue.places.loading import file_communes, file_former_communes
from api.catalogue.places.mentions import PlaceKind, PlaceReading, PlaceRole
from api.catalogue.places.place_reading import read_places
from api.catalogue.places.place_tokens import name_words
from api.catalogue.places.places_in_text import Gazetteer
from api.core.text import without_accents
from models.places import Commune, FormerCommune
from tests.support.place_sentences import SENTENCES

HOME = frozenset({"26", "07"})
GAZETTEER = Gazetteer(
    [Commune(**row) for row in file_communes()], [FormerCommune(**row) for row in file_former_communes()]
)
COMMUNES = [commune for code in GAZETTEER.names if (commune := GAZETTEER.commune(code))]


def plain(name: str) -> str:
    return without_accents(name).replace("-", " ")


def read(text: str) -> PlaceReading:
    return read_places(text, GAZETTEER, HOME)


CALLED = {words: {named.code for named in names} for words, names in GAZETTEER.place_names.communes.items()}
SAME_NAME = Counter(plain(commune.name).lower() for commune in COMMUNES)
DECIDED: dict[str, Callable[[Commune], str]] = {
    "postcode and name": lambda c: f"{c.postcodes[0]} {c.name}",
    "postcode, in the midst": lambda c: f"Nettoyage des bureaux, 3 rue Haute, {c.postcodes[-1]} {c.name}",
    "name and postcode": lambda c: f"Travaux – {c.name} ({c.postcodes[0]})",
    "département in brackets": lambda c: f"{c.name} ({c.department})",
    "capitals": lambda c: f"TRAVAUX A {c.name.upper()} ({c.department})",
    "capitals without accents or hyphens": lambda c: f"{plain(c.name).upper()} ({c.department})",
    "without accents or hyphens": lambda c: f"chantier à {plain(c.name)} ({c.department})",
    "typographic": lambda c: f"{c.name.replace(chr(39), '’').replace('-', '‑')} ({c.department})",
    "St for Saint": lambda c: f"{c.name.replace('Sainte-', 'Ste ').replace('Saint-', 'St ')} ({c.department})",
    "INSEE code": lambda c: f"Commune, code INSEE {c.code}",
}
BY_NAME: dict[str, Callable[[Commune], str]] = {
    "commune de": lambda c: f"Commune de {c.name}",
    "chantier": lambda c: f"chantier à {c.name}",
    "place of execution": lambda c: f"Lieu d’exécution : {c.name}",
    "capitals": lambda c: f"COMMUNE DE {plain(c.name).upper()}",
}


@pytest.mark.parametrize("form", DECIDED)
def test_every_commune_is_read_where_its_code_or_departement_stands_beside_it(form: str) -> None:
    texts = {commune.code: DECIDED[form](commune) for commune in COMMUNES}
    missed = [
        text for code, text in texts.items() if not (best := read(text).best) or not same_commune(best.commune, code)
    ]
    assert missed == []


def same_commune(read_code: str | None, code: str) -> bool:
    """Return whether these are one, or cannot be told apart: two of one name in one département."""
    one, other = GAZETTEER.commune(read_code or ""), GAZETTEER.commune(code)
    assert other
    return one is not None and (plain(one.name), one.department) == (plain(other.name), other.department)


@pytest.mark.parametrize("form", BY_NAME)
def test_communes_are_read_by_their_name_alone_unless_another_is_called_so_too(form: str) -> None:
    missed, other = [], []
    alone = [commune for commune in COMMUNES if SAME_NAME[plain(commune.name).lower()] == 1]
    for commune in alone:
        best = read(BY_NAME[form](commune)).best
        if best is None:
            missed.append(commune.name)
        elif best.commune != commune.code:
            assert best.commune in CALLED[" ".join(name_words(commune.name))], commune.name
            other.append(commune.name)
    # Missed in capitals: « LE CAIRE », where nothing tells a name from ordinary words.
    assert len(missed) <= (0.015 * len(alone) if form == "capitals" else 0), missed
    assert len(other) <= 0.015 * len(alone), other


@pytest.mark.parametrize(("text", "place"), SENTENCES, ids=[text[:50] for text, _ in SENTENCES])
def test_the_place_of_work_is_read_first(text: str, place: str) -> None:
    best = read(text).best
    assert (best.label if best else "") == place


def test_both_communes_of_a_text_are_read_with_the_words_that_named_them() -> None:
    text = "ateliers de couture, secteur Aubenas / Privas"
    work = read(text).work
    assert [place.name for place in work] == ["Aubenas", "Privas"]
    assert [text[place.start : place.end] for place in work] == [place.words for place in work] == ["Aubenas", "Privas"]


def test_what_is_no_place_of_work_is_kept_apart_with_its_role() -> None:
    others = read(
        "Je suis artisan à Romans ; chantier à Crest, livrer jusqu'à Valence, recours : tribunal de Lyon"
    ).others
    assert {place.name: place.role for place in others} == {
        "Romans-sur-Isère": PlaceRole.BUYER,
        "Valence": PlaceRole.DELIVERY,
        "Lyon": PlaceRole.OTHER,
    }


def test_who_asks_stands_in_where_no_work_is_placed_and_is_believed_less() -> None:
    [asks], [works] = read("Commune de Crest").work, read("Chantier à Crest").work
    assert asks.role is PlaceRole.BUYER
    assert asks.confidence < works.confidence


def test_a_label_holds_for_the_postcode_on_the_line_below_it() -> None:
    [site] = read("Adresse du chantier : 4 rue de Crest\n26120 Chabeuil").work
    assert (site.name, site.role) == ("Chabeuil", PlaceRole.WORK)


def test_a_homonym_is_the_desk_s_own_unless_the_text_says_another_departement() -> None:
    assert [place.department for place in read("chantier à Saint-Étienne").work][:1] == ["42"]
    for department in ("04", "26"):
        [best, *_] = read_places("chantier à Montclar", GAZETTEER, frozenset({department})).work
        assert best.department == department
    assert [place.department for place in read("Montclar (04)").work] == ["04"]


def test_of_an_area_in_several_departements_the_desk_s_own_part_is_meant() -> None:
    [drome] = read_places("élagage dans le Vercors", GAZETTEER, frozenset({"26"})).work
    [isere] = read_places("élagage dans le Vercors", GAZETTEER, frozenset({"38"})).work
    assert (drome.kind, drome.department, isere.department) == (PlaceKind.TERRITORY, "26", "38")
    assert drome.point is not None
    assert drome.point.exact is False


def test_without_any_table_nothing_is_read_but_departements() -> None:
    assert read_places("chantier à Crest", Gazetteer([]), HOME) == PlaceReading()


NAMES = st.sampled_from([commune.name for commune in COMMUNES])
AROUND = st.sampled_from(["à", "commune de", "(26)", "26400", ":", "\n", "d'", "km de"])
PIECES = st.one_of(NAMES, st.text(max_size=12), AROUND)


@given(st.lists(PIECES, max_size=25).map(" ".join))
def test_any_text_is_read_and_each_place_lies_where_its_words_stand(text: str) -> None:
    reading = read(text)
    for place in (*reading.work, *reading.others):
        assert text[place.start : place.end] == place.words
        assert 0 <= place.confidence <= 1
    assert len({place.commune or place.name for place in reading.work}) == len(reading.work)
