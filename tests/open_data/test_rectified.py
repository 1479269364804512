"""National rectifications: the new deadline stands in words or elements; buyer and place stay."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from api.core.french import NBSP
from api.demo.fake_services import Served
from api.open_data.sources import boamp
from api.open_data.sources.rectified import deadline_in
from tests.support.notices import openings, read
from tests.support.open_data_samples import JSON, TODAY, opening, put, records

NOTICES = {record["idweb"]: record for record in records(boamp)}
RECTIFICATION = "26-132877"
INFORMATION = ("donnees", JSON, "FNSimple", "rectificatif", "infosRectif")
UNREAD = f"(rectifiée{NBSP}: voir l’avis)"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Rubrique : Date limite de réception des plis, au lieu de 07/12/2026 à 12h00, lire 14/12/2026 à 12h00", 14),
        ("Date limite de remise des offres : au lieu de lire : 7/12/2026 à 12h, lire : 14/12/26 à 12h", 14),
        ("La date limite de dépôt des offres est reportée au lundi 14 décembre 2026 à 16 heures.", 14),
        ("La date limite de remise des plis initialement fixée au 07/12/2026 est repoussée au 14.12.2026 à 12:00", 14),
        ("Nouvelle date limite de réception des offres : 14/12/2026 à 17h00", 14),
        ("Remise des offres : 14/12/2026 à 12h00 au lieu du 07/12/2026 à 12h00", 14),
        ("Date limite : au lieu de 12h00 le 07/12/2026, lire 12h00 le 1er décembre 2026", 1),
        ("Rubrique : visite, au lieu de 1/12/2026, lire 2/12/2026. Rubrique : date limite, lire 14/12/2026", 14),
        ("Date limite d’obtention des renseignements complémentaires : lire 10/12/2026", None),
        ("La date limite de remise des offres, initialement fixée au 07/12/2026, ne change pas.", None),
        ("Le lot 3 porte sur la taille des haies : lire 1 200 mètres au lieu de 120.", None),
        ("Date limite de réception : lire 31/02/2027", None),
        ("Date limite de réception des offres reportée de quinze jours", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_new_deadline_is_read_where_a_text_announces_one(text: str, day: int | None) -> None:
    assert deadline_in(text) == (date(2026, 12, day) if day else None)
    found = opening(put(NOTICES[RECTIFICATION], INFORMATION, text))
    assert found.content.get("deadline") == (date(2026, 12, day) if day else None)
    assert found.content["title"].endswith(UNREAD) is (day is None)
    assert (found.missing == ()) is (day is not None)


@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_be_searched(text: str) -> None:
    assert isinstance(deadline_in(f"Date limite {text} lire {text}"), date | None)


@pytest.mark.parametrize(
    "information",
    [
        {"rubDelais": "ReceptionOffres", "auLieuDeDate": "2026-12-07T12:00:00", "lireDate": "2026-12-14T23:30:00"},
        [{"rubTexte": "Objet", "lire": "…"}, {"rubDelais": {"ReceptionOffres": ""}, "lireDate": "2026-12-14T23:30:00"}],
        {"rubDelais": {"lireDate": "2026-12-14"}},
        {"rubDelais": "ReceptionOffres", "lireDate": "2026-12-14T22:30:00Z"},
    ],
    ids=["element", "list", "inside", "UTC"],
)
def test_a_new_deadline_is_read_from_its_elements(information: Any) -> None:
    assert opening(put(NOTICES[RECTIFICATION], INFORMATION, information)).content["deadline"] == date(2026, 12, 14)


def test_a_new_date_of_something_else_is_no_deadline() -> None:
    information = {"rubDelais": "ValiditeOffres", "lireDate": "2026-12-14T12:00:00"}
    assert "deadline" not in opening(put(NOTICES[RECTIFICATION], INFORMATION, information)).content


def test_a_deadline_before_the_rectification_is_not_believed() -> None:
    text = "Date limite de réception des offres : lire 01/11/2026"
    assert opening(put(NOTICES[RECTIFICATION], INFORMATION, text)).content["title"].endswith(UNREAD)


def test_a_rectification_moves_the_deadline_and_leaves_buyer_and_place(engine: Engine, service: Served) -> None:
    first = NOTICES["26-131201"]
    service.records["boamp"] = [first]
    read(engine, service)
    before = openings(engine)["26-131201"]
    service.records["boamp"] = [first, NOTICES[RECTIFICATION]]
    read(engine, service)
    (row,) = openings(engine).values()
    assert row.deadline == date(2026, 12, 18)
    assert row.buyer_name == "Commune de Crest"
    assert (row.title, row.description) == (before.title, before.description)
    assert (row.department, row.postcode, row.commune_name) == ("26", "26400", "Crest")


def test_what_a_rectification_says_unreadably_is_seen_until_it_is_said_readably(
    engine: Engine, service: Served
) -> None:
    unread = put(NOTICES[RECTIFICATION], INFORMATION, "Le règlement de la consultation est modifié.")
    again = NOTICES[RECTIFICATION] | {"idweb": "26-132900", "dateparution": "2026-11-12"}
    service.records["boamp"] = [NOTICES["26-131201"], unread]
    read(engine, service)
    (row,) = openings(engine).values()
    assert row.title.endswith(UNREAD)
    assert row.deadline == date(2026, 12, 11)
    service.records["boamp"].append(again)
    read(engine, service)
    (row,) = openings(engine).values()
    assert UNREAD not in row.title
    assert row.deadline == date(2026, 12, 18)


def test_a_rectification_read_alone_says_who_buys_until_its_notice_does(engine: Engine, service: Served) -> None:
    service.records["boamp"] = [NOTICES[RECTIFICATION]]
    read(engine, service, since=TODAY - timedelta(days=20))
    assert openings(engine)["26-131201"].buyer_name == "Collectivité"
    service.records["boamp"].append(NOTICES["26-131201"])
    read(engine, service)
    assert openings(engine)["26-131201"].buyer_name == "Commune de Crest"
