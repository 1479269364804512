"""What people write in cells is understood, in French first."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.catalogue.schemas import ActorIn, OpportunityIn
from api.catalogue.validation_messages import in_french
from api.core import french_input, french_numbers


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12 500,50 €", 12500.5), ("12500.5", 12500.5), ("1 200", 1200), ("1\u202f200,00", 1200), ("430 k€", 430_000),
        ("1,2 M€", 1_200_000), ("2 millions", 2_000_000), ("1.250.000", 1_250_000), ("1.250,75", 1250.75),
        ("1,250.75", 1250.75), ("25 km", 25), ("12 salariés", 12), ("-5", -5), ("50000 HT", 50_000), ("3 Md€", 3e9),
        ("12.500 €", 12_500), ("1.500", 1500), ("0.125", 0.125), ("12.5", 12.5), ("30km", 30), ("12'500", 12_500),
        ("environ 12 500 € HT/an", 12_500), ("430 milliers d'euros", 430_000), ("1,5 million d’euros", 1_500_000),
        ("430 kEUR", 430_000), ("１２ ５００", 12_500), ("12 mille", 12_000),
    ],
)  # fmt: skip
def test_numbers(cell: str, number: float) -> None:
    assert french_numbers.number(cell) == pytest.approx(number)


@given(st.text("019 \u00a0\u202f,€", max_size=8))
def test_a_plain_number_is_read_as_one_with_words_around_it(cell: str) -> None:
    def read(parse: Callable[..., object], text: str) -> object:
        try:
            return parse(text, scale=1000.0)
        except ValueError as error:
            return str(error)

    for parse in (french_numbers.number, french_numbers.euros):
        assert read(parse, cell.strip()) == read(parse, f"environ {cell}")


@pytest.mark.parametrize("cell", ["douze", "12 x", "1.2.3", "€", "1,2,3", "10-19"])
def test_what_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="nombre attendu"):
        french_numbers.number(cell)


@pytest.mark.parametrize(
    "cell", ["2026-11-24", "24/11/2026", "24.11.26", "24 novembre 2026", "20261124", "2026-11-24T08:30:00+01:00"]
)
def test_dates(cell: str) -> None:
    assert french_input.day(cell) == date(2026, 11, 24)


@pytest.mark.parametrize("cell", ["31/02/2026", "hier", "24 brumaire 2026", "1732406400", ""])
def test_what_is_no_date_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="date attendue"):
        french_input.day(cell)


@pytest.mark.parametrize(
    ("name", "cell", "code"),
    [
        ("actor_kind", "SCOP", "scop"), ("actor_kind", "Réseau de sous-traitance", "network"),
        ("actor_kind", "collectif de salariés", "employee_group"), ("actor_kind", "Entreprise d’insertion", "ei"),
        ("actor_kind", "Employee group", "employee_group"), ("actor_kind", "Entrepreneur·e", "entrepreneur"),
        ("opportunity_kind", "Cas de reprise", "takeover"), ("cause", "Départ à la retraite", "retirement"),
        ("origin", "Appel d'offres", "tender"), ("origin", "besoin récurrent", "recurring_need"),
        ("status", "Annulé", "cancelled"), ("actor_kind", "licorne", "licorne"),
    ],
)  # fmt: skip
def test_words_of_a_closed_list(name: str, cell: str, code: str) -> None:
    assert french_input.word(name)(cell) == code


@pytest.mark.parametrize(
    ("name", "cell", "found"),
    [
        ("seeks", "débouchés | reprises", ["markets", "acquisitions"]),
        ("seeks", "Sous-traitance;partenaires\nmarkets", ["subcontracts", "partners", "markets"]),
        ("reserved", "EA/ESAT", ["ea_esat"]), ("reserved", "EA/ESAT | SIAE", ["ea_esat", "siae"]),
        ("reserved", "non", []),
    ],
)  # fmt: skip
def test_lists_of_words(name: str, cell: str, found: list[str]) -> None:
    assert french_input.words(name)(cell) == found


def test_lists_of_texts_keep_their_commas_and_lists_of_codes_do_not() -> None:
    assert french_input.texts("taille, tonte | élagage;abattage\nbois") == [
        "taille, tonte",
        "élagage",
        "abattage",
        "bois",
    ]
    assert french_input.code_list("77310000-6, 45232150.0 90910000") == ["77310000-6", "45232150", "90910000"]
    assert french_input.slugs("Qualibat RGE, SAP | amiante ss4") == ["qualibat_rge", "sap", "amiante_ss4"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("7", "7"), ("Ardèche", "07"), ("Drôme (26)", "26"), ("07 - Ardèche", "07"), ("26.0", "26"),
        # A name and a number that contradict each other are left for the schema to refuse.
        ("Loire (26)", "Loire (26)"),
    ],
)  # fmt: skip
def test_departments_by_number_or_by_name(cell: str, code: str) -> None:
    assert french_input.department(cell) == code


def test_a_legal_category_tells_a_kind() -> None:
    expected = {
        "5458": "scop", "5558": "scop", "5658": "scop", "6560": "cooperative", "5453": "cooperative", "8210": "mutual",
        "9220": "association", "9222": "ai", "9223": "association", "9260": "association", "9300": "foundation",
        "5499": "company", "5415": "company",
    }  # fmt: skip
    assert {code: french_input.actor_kind_of(code) for code in expected} == expected


BAD: list[tuple[type[Any], dict[str, Any], str]] = [
    (ActorIn, {"siret": "123"}, "14 chiffres"),
    (ActorIn, {"kind": "licorne"}, "valeur inconnue : attendu scop, "),
    (ActorIn, {"headcount": "x"}, "nombre entier attendu"),
    (ActorIn, {"headcount": 2_000_000}, "1\u202f000\u202f000 au plus"),
    (ActorIn, {"radius_km": 0}, "doit dépasser 0"),
    (ActorIn, {"website": "exemple"}, "http://"),
    (ActorIn, {"postcode": "26"}, "cinq chiffres"),
    (ActorIn, {"ess": "peut-être"}, "oui ou non"),
    (ActorIn, {"information_date": "1850-01-01"}, "01/01/1900 au moins"),
    (ActorIn, {"name": ""}, "vide"),
    (ActorIn, {"name": "x" * 301}, "300 caractères au plus"),
    (ActorIn, {"inconnu": 1}, "champ inconnu"),
    (ActorIn, {"lat": 45.0}, "latitude et longitude"),
    (ActorIn, {"activities": "x"}, "liste attendue"),
    (OpportunityIn, {"deadline": "hier"}, "date attendue"),
    (OpportunityIn, {"source_id": None}, "texte attendu"),
]


@pytest.mark.parametrize(("schema", "change", "said"), BAD, ids=[next(iter(change)) for _, change, _ in BAD])
def test_every_refusal_is_in_french(schema: type[Any], change: dict[str, Any], said: str) -> None:
    base = {"source_id": "1", "name": "N", "kind": "scop"} if schema is ActorIn else {"source_id": "1", "title": "T"}
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(schema).validate_python(base | change)
    for error in caught.value.errors():
        assert said in in_french(error)


def test_an_error_that_nobody_foresaw_still_gets_french_words() -> None:
    assert in_french({"type": "unheard_of", "loc": (), "msg": "Oops"}) == "valeur refusée"
    assert in_french({"type": "string_too_long", "loc": (), "msg": "Oops"}) == "valeur refusée"
