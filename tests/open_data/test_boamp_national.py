"""BOAMP's national notices as the service writes them: départements, local hours, reservations, social clauses."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from api.demo.fake_services import Served
from api.open_data.sources import boamp
from tests.support.notices import notice, openings, read
from tests.support.open_data_samples import JSON, opening, put, records, without

NOTICES = {record["idweb"]: record for record in records(boamp)}
FNSIMPLE, MAPA, OLD = "26-130500", "26-133555", "26-133802"
UNTIL = date(2049, 12, 31)


# Départements.


@pytest.mark.parametrize(("written", "code"), [("7", "07"), ("07", "07"), ("26", "26"), ("20A", "2A"), ("974", "974")])
def test_a_departement_is_read_however_it_is_written(written: str, code: str) -> None:
    record = NOTICES[FNSIMPLE] | {"code_departement": [written], "donnees": "{}"}
    assert opening(record).content["department"] == code


def test_a_commune_works_at_home_where_its_notice_tells_no_place() -> None:
    """However its seat is spelt: national forms seldom have a place of work. A larger buyer has many."""
    form = ("donnees", JSON, "FNSimple")
    record = without(NOTICES["26-133910"], (*form, "initial", "natureMarche", "lieuExecution"))
    record = put(record, (*form, "organisme", "cp"), "07000") | {"code_departement": ["26", "7"]}
    commune = opening(record | {"nomacheteur": "Commune du Haut-Pays"}).content
    assert (commune["department"], commune["postcode"]) == ("07", "07000")
    assert "postcode" not in opening(record | {"nomacheteur": "Département de l’Ardèche"}).content


def test_a_notice_of_both_departements_lies_where_its_buyer_does() -> None:
    record = NOTICES["26-133910"] | {"code_departement": ["26", "7"]}
    content = opening(record).content
    assert (content["department"], content["postcode"]) == ("07", "07100")


@pytest.mark.parametrize("refine_only", [False, True])
def test_notices_of_ardeche_come_whether_the_service_filters_by_where_or_by_refine(
    engine: Engine, service: Served, refine_only: bool
) -> None:
    service.refine_only = refine_only
    service.records["boamp"] = [
        notice(1, code_departement=["7"]),
        notice(2, code_departement=["26"]),
        notice(3, code_departement=["26", "7"]),
        notice(4, code_departement=["38"]),
    ]
    report = read(engine, service, boamp_filter="refine" if refine_only else "where")["boamp"]
    assert report.complete
    assert set(openings(engine)) == {"26-100001", "26-100002", "26-100003"}
    assert openings(engine)["26-100001"].department == "07"


def test_who_asks_the_wrong_way_finds_nothing(engine: Engine, service: Served) -> None:
    service.refine_only = True
    service.records["boamp"] = [notice(1, code_departement=["7"])]
    assert read(engine, service)["boamp"].counts.get("records", 0) == 0


# Deadlines.


@given(day=st.dates(date(2026, 11, 1), date(2027, 6, 1)), hour=st.times())
def test_the_deadline_of_a_national_notice_is_the_day_that_is_written(day: date, hour: Any) -> None:
    """Its hour is local, and the service labels it UTC: 23:30 stays the same day."""
    written = f"{day}T{hour:%H:%M:%S}"
    record = NOTICES[FNSIMPLE] | {"datelimitereponse": f"{written}+00:00"}
    record = put(record, ("donnees", JSON, "FNSimple", "initial", "procedure", "dateReceptionOffres"), written)
    assert opening(record).content["deadline"] == day
    assert opening(without(record, ("datelimitereponse",))).content["deadline"] == day


@pytest.mark.parametrize("idweb", [FNSIMPLE, "26-132010"])
def test_a_deadline_that_only_fills_the_field_is_missing_and_counted(idweb: str) -> None:
    record = without(NOTICES[idweb], ("donnees",)) | {"datelimitereponse": f"{UNTIL}T12:00:00+00:00"}
    found = opening(record)
    assert "deadline" not in found.content
    assert "datelimitereponse" in found.missing


def test_a_purchasing_system_is_open_for_years() -> None:
    record = NOTICES[FNSIMPLE] | {"datelimitereponse": "2034-06-01T12:00:00+00:00"}
    assert opening(record).content["deadline"] == date(2034, 6, 1)


# Reservations and social clauses.


@pytest.mark.parametrize(
    ("value", "reserved"),
    [
        *((value, True) for value in ({"oui": ""}, {"oui": {"@xsi:type": "xs:string"}}, "oui", True)),
        *((value, False) for value in ({"non": ""}, {"non": {"@xsi:type": "xs:string"}}, "non", "", None)),
    ],
)
def test_a_reservation_of_fnsimple_must_say_yes(value: Any, reserved: bool) -> None:
    path = ("donnees", JSON, "FNSimple", "initial", "natureMarche", "reservationMarche")
    found = opening(put(NOTICES[FNSIMPLE], path, value))
    assert found.content.get("reserved") == (["ea_esat", "siae"] if reserved else None)


def test_a_reserved_lot_of_fnsimple_reserves_no_other() -> None:
    path = ("donnees", JSON, "FNSimple", "initial", "lots", "lot", 1, "reservationMarche")
    content = opening(put(NOTICES["26-131201"], path, {"oui": ""})).content
    assert "reserved" not in content
    assert [lot.get("reserved") for lot in content["lots"]] == [None, ["ea_esat", "siae"]]


@pytest.mark.parametrize("criteria", [["sociaux"], ["environnementaux", "sociaux"], "sociaux;environnementaux"])
@pytest.mark.parametrize("idweb", [FNSIMPLE, MAPA, OLD, "26-134203"])
def test_the_service_s_own_list_tells_a_social_clause(idweb: str, criteria: Any) -> None:
    assert opening(NOTICES[idweb] | {"criteres": criteria}).content["social_clause"] is True
    assert "social_clause" not in opening(NOTICES[idweb] | {"criteres": ["environnementaux"]}).content


CLAUSES = (
    "Le marché comprend une clause d'exécution à caractère social (facultative).",
    "Clause sociale d’insertion par l’activité économique.",
    "Clause obligatoire d'insertion : 5 % des heures.",
    "Conditions d’exécution à caractère social, article L. 2112-2.",
    "120 heures d'insertion sont demandées.",
    "Critères sociaux : 10 points.",
    "Considérations sociales : voir le CCAP.",
)
NO_CLAUSES = (
    "Le marché ne comporte pas de clause sociale.",
    "Marché sans clause d'insertion.",
    "Clause sociale : sans objet.",
    "Aucune clause sociale.",
    "Réhabilitation du centre social.",
)
PLACES = {
    FNSIMPLE: [("initial", "informComplementaire"), ("initial", "procedure", "criteresAttrib")],
    MAPA: [("initial", "renseignements", "rensgComplt"), ("initial", "criteres")],
    "26-134203": [("initial", "descriptionMarche", "description"), ("initial", "informComplementaire")],
}


@pytest.mark.parametrize(("idweb", "place"), [(idweb, place) for idweb, places in PLACES.items() for place in places])
@pytest.mark.parametrize("text", CLAUSES + NO_CLAUSES)
def test_a_social_clause_is_read_wherever_a_form_writes_it(idweb: str, place: tuple[str, ...], text: str) -> None:
    form = {FNSIMPLE: "FNSimple", MAPA: "MAPA"}.get(idweb, "DSP")
    value = {"autresInformComplementaire": text} if place[-1] in ("informComplementaire", "criteres") else text
    content = opening(put(NOTICES[idweb], ("donnees", JSON, form, *place), value)).content
    assert content.get("social_clause") is (True if text in CLAUSES else None)


@pytest.mark.parametrize("text", CLAUSES)
def test_the_form_of_before_2024_tells_a_social_clause_too(text: str) -> None:
    path = ("donnees", JSON, "RENSEIGNEMENTS_COMPLEMENTAIRES", "RENS_COMPLEMENT")
    assert opening(put(NOTICES[OLD], path, text)).content["social_clause"] is True


@pytest.mark.parametrize(
    ("text", "reserved"),
    [
        ("Marché réservé aux entreprises adaptées.", ["ea_esat"]),
        ("Consultation réservée exclusivement aux ESAT, EA et structures d’insertion.", ["ea_esat", "siae"]),
        ("Marché réservé aux SIAE", ["siae"]),
        ("Participation réservée aux structures de l’économie sociale et solidaire", ["ess"]),
        ("Marché réservé au titre de l’article L. 2113-13", ["siae"]),
        ("Transport réservé aux personnes handicapées", None),
        ("Parking réservé aux usagers de l’ESAT", None),
        ("L’acheteur se réserve le droit de recourir à des entreprises adaptées.", None),
        ("Marché non réservé aux entreprises adaptées.", None),
    ],
)
def test_who_a_market_is_reserved_for_is_read_in_words(text: str, reserved: list[str] | None) -> None:
    path = ("donnees", JSON, "MAPA", "initial", "renseignements", "rensgComplt")
    assert opening(put(NOTICES[MAPA], path, text)).content.get("reserved") == reserved


@pytest.mark.parametrize(
    ("text", "answer", "whole", "lots"),
    [
        ("Le lot n° 2 est réservé aux ESAT. Trois ans.", {"non": ""}, None, [None, ["ea_esat"]]),
        ("Trois ans. Les lots 1 et 2 sont réservés aux SIAE.", {"oui": ""}, None, [["siae"], ["siae"]]),
        ("Le lot 1 est réservé.", {"oui": ""}, None, [["ea_esat", "siae"], None]),
        ("Le lot 7 est réservé.", {"oui": ""}, ["ea_esat", "siae"], [None, None]),
        ("Marché réservé aux EA.", {"oui": ""}, ["ea_esat"], [None, None]),
    ],
)
def test_lots_that_a_text_names_are_reserved_rather_than_the_whole(
    text: str, answer: Any, whole: Any, lots: list[Any]
) -> None:
    market = ("donnees", JSON, "FNSimple", "initial", "natureMarche")
    record = put(put(NOTICES["26-131201"], (*market, "description"), text), (*market, "reservationMarche"), answer)
    content = opening(record).content
    assert content.get("reserved") == whole
    assert [lot.get("reserved") for lot in content["lots"]] == lots
