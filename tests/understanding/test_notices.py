"""What is read of notices, messages and takeovers, field by field."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.catalogue.places.places_in_text import Gazetteer
from api.core.settings import HOME_DEPARTMENTS
from api.understanding.folding import fold_in_place
from api.understanding.need import UnderstoodNeed
from api.understanding.understand import understand
from tests.understanding.notices import NOTICES, TODAY

# Places are `api.catalogue.places`' to read, and have their own table.
MUST_READ, PLACES_MUST_READ = 0.97, 0.8


def read_field(understood: UnderstoodNeed, name: str) -> Any:
    need = understood.need
    if name == "place":
        return need.place.commune if need.place else None
    if name == "lots":
        return tuple((lot.number, lot.title, lot.amount_eur, lot.reserved) for lot in need.lots)
    if name == "compared":
        return f"{need.title} {need.description}".strip()
    if name.startswith("takeover."):
        return getattr(need.takeover, name.partition(".")[2], None)
    return getattr(need, name)


def test_each_field_is_read_nearly_everywhere(gazetteer: Gazetteer) -> None:
    """The share read of each field, over all notices, printed with those that were not."""
    wanted, right, wrong = Counter[str](), Counter[str](), []
    for name, text, expected in NOTICES:
        understood = understand(text, gazetteer, frozenset(HOME_DEPARTMENTS), TODAY)
        for field_name, value in expected.items():
            wanted[field_name] += 1
            read = read_field(understood, field_name)
            if read == value:
                right[field_name] += 1
            else:
                wrong.append(f"{name}: {field_name} is {read!r}, not {value!r}")
    for field_name, count in wanted.items():
        print(f"{field_name}: {right[field_name]}/{count}")
    others = [field_name for field_name in wanted if field_name != "place"]
    assert sum(right[name] for name in others) >= MUST_READ * sum(wanted[name] for name in others), "\n".join(wrong)
    assert right["place"] >= PLACES_MUST_READ * wanted["place"], "\n".join(wrong)


@pytest.mark.parametrize("name", [name for name, _, _ in NOTICES])
def test_the_words_shown_beside_a_field_are_of_the_text(gazetteer: Gazetteer, name: str) -> None:
    text = next(text for known, text, _ in NOTICES if known == name)
    understood = understand(text, gazetteer, frozenset(HOME_DEPARTMENTS), TODAY)
    for span in understood.spans.values():
        assert 0 <= span.start < span.end <= len(text)


PROCEDURE = (
    "http",
    "ribunal",
    "ritère",
    "DC1",
    "profil d",
    "assurance",
    "0475",
    "04-75",
    "@",
    "DCE",
    "recours",
    "Procédure",
)


TENDERS = {name: text for name, text, wanted in NOTICES if wanted["kind"] == "tender"}


@pytest.mark.parametrize("name", TENDERS)
def test_no_procedure_is_compared(gazetteer: Gazetteer, name: str) -> None:
    need = understand(TENDERS[name], gazetteer, frozenset(HOME_DEPARTMENTS), TODAY).need
    compared = f"{need.title} {need.description} {[lot.title for lot in need.lots]}"
    assert not [words for words in PROCEDURE if words in compared], compared


@pytest.mark.parametrize("dash", ["-", "–"])
def test_the_buyer_of_a_first_line_ends_at_its_dash(gazetteer: Gazetteer, dash: str) -> None:
    text = f"Commune de Crest {dash} Tonte des stades en 2027\nDate limite : 18 décembre 2026"
    need = understand(text, gazetteer, frozenset(HOME_DEPARTMENTS), TODAY).need
    assert need.buyer == "Commune de Crest"
    assert "Tonte des stades" in need.title


OBJECTS = (
    "Réfection de la toiture du groupe scolaire", "Refonte du portail internet", "Référencement du site du musée",
    "Jouets pour la crèche", "Sectionneurs du réseau électrique", "Publications de l’office", "Pièces neuves de voirie",
    "Toiture de la mairie de Crest (26) – seconde tranche",
)  # fmt: skip
ADMINISTRATION = ("Réf. 2027-12", "Références 12", "Section II", "Section B", "Pièce n° 2", "JOUE du 2 mai")


@pytest.mark.parametrize("wanted", OBJECTS)
@pytest.mark.parametrize("above", ["", *ADMINISTRATION])
def test_an_object_is_read_whatever_word_its_beginning_resembles(gazetteer: Gazetteer, wanted: str, above: str) -> None:
    text = f"Commune de Crest\nAvis de marché\nObjet :\n{above}\n{wanted}\nLieu d’exécution : 26400 Crest\n"
    need = understand(text, gazetteer, frozenset(HOME_DEPARTMENTS), TODAY).need
    assert need.title == wanted


@given(st.lists(st.text("ab", min_size=1, max_size=90), min_size=1, max_size=30))
def test_no_word_is_cut_between_title_and_description(gazetteer: Gazetteer, words: list[str]) -> None:
    need = understand(" ".join(words), gazetteer, frozenset(HOME_DEPARTMENTS), TODAY).need
    assert f"{need.title} {need.description}".split() == words
    assert len(need.title) <= 300


HOSTILE = (
    "a" * 60_000, "Objet : " * 7_500, "lot n° 1 : a\n" * 4_500, "réservé aux " * 5_000, "45 000 € " * 6_500,
    "\n" * 60_000, " " * 60_000, "merci " * 10_000, "12/01/2027 " * 5_500, "a@" * 30_000, "", "\x00\ufffe🏗️" * 9,
    "5.1 Lot : LOT-0001",
    "Lot 1", "l. 2113-12 et " * 4_000,
    "cède " * 12_000, "31/02/2027 avant le 31 février", "9" * 15 + " €",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_read_too(gazetteer: Gazetteer, text: str) -> None:
    """Repetitions in patterns are bounded: none of these takes seconds, and none fails."""
    understood = understand(text, gazetteer, frozenset(HOME_DEPARTMENTS), TODAY)
    assert len(understood.need.title) <= 300


@given(st.text(max_size=400))
def test_any_text_folds_letter_by_letter(text: str) -> None:
    assert len(fold_in_place(text)) == len(text)
