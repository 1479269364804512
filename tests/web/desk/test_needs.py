"""A pasted need: understood, ranked lot by lot, corrected, and kept as an opportunity."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from models.audit import AuditEntry
from models.database import reading
from models.opportunities import Lot, Opportunity, TakeoverCase
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.signed_in import signed_in
from tests.support.world import Doors

NOTICE = """Acheteur : Commune de Crest
Objet du marché : Entretien des espaces verts et nettoyage des locaux
Lieu : à Crest
Estimation : 85 000 € HT
Date limite de remise des offres : 18/12/2099 à 12h00
Lot 1 – Entretien des espaces verts : 45 000 €
Lot 2 – Nettoyage des locaux : 40 000 € (lot réservé EA/ESAT, art. L2113-12)
Critères : prix 40 %
Dossier : https://marches.exemple.invalid/dce/12"""
CESSION = "Cède menuiserie à Crest, départ en retraite du dirigeant, 6 salariés, CA 540 000 €"


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, "facilitator") as client:
        yield client


def read(answer: httpx2.Response, status: int = 200) -> Outline:
    assert answer.status_code == status, answer.text[:500]
    return Outline(answer.text)


def paste(desk: TestClient, text: str) -> str:
    answer = desk.post("/recherche", data={"texte": text}, follow_redirects=False)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_each_lot_has_its_list_and_a_reserved_lot_only_whom_it_is_reserved_for(desk: TestClient) -> None:
    page = read(desk.get(paste(desk, NOTICE)))
    assert "Lot 1 : Entretien des espaces verts" in page.words
    assert "Lot 2 : Nettoyage des locaux" in page.words
    assert "Réservé aux EA et ESAT." in page.words
    assert "85 000" in desk.get(paste(desk, NOTICE)).text.replace("\u202f", " ").replace("\xa0", " ")


def test_back_finds_the_need_as_it_was_and_a_correction_is_another_page(desk: TestClient) -> None:
    first = paste(desk, NOTICE)
    answer = desk.post(
        first, data={"objet": "Fauche des talus", "lieu": "Crest (26)", "acte": "classer"}, follow_redirects=False
    )
    second = answer.headers["location"]
    assert second != first
    assert "Fauche des talus" in desk.get(second).text
    assert "Fauche des talus" not in desk.get(first).text


def test_a_need_is_kept_as_one_opportunity_with_its_lots_and_journaled(desk: TestClient, doors: Doors) -> None:
    address = paste(desk, NOTICE)
    fields = {
        "genre": "tender", "objet": "Entretien et nettoyage", "lieu": "Crest (26)", "montant": "85 000",
        "limite": "2099-12-18", "acheteur": "Commune de Crest", "acte": "garder",
        "lot_numero": ["1", "2"], "lot_titre": ["Espaces verts", "Locaux"],
        "lot_montant": ["45 000", "40 k€"], "lot_reserve": ["", "ea_esat"],
    }  # fmt: skip
    kept = [desk.post(address, data=fields, follow_redirects=False).headers["location"] for _ in range(2)]
    assert kept[0] == kept[1], "kept twice it is one"
    opportunity_id = kept[0].rpartition("/")[2].partition("?")[0]
    with reading(doors.engine) as session:
        row = session.get(Opportunity, opportunity_id)
        lots = session.exec(select(Lot).where(Lot.opportunity_id == opportunity_id).order_by(Lot.number)).all()
        noted = session.exec(select(AuditEntry).where(AuditEntry.object_id == opportunity_id)).all()
    assert row is not None
    assert (row.title, row.commune_code, row.amount_eur) == ("Entretien et nettoyage", "26108", 85_000)
    assert [(lot.title, lot.amount_eur, lot.reserved) for lot in lots] == [
        ("Espaces verts", 45_000, []),
        ("Locaux", 40_000, ["ea_esat"]),
    ]
    assert [entry.action for entry in noted] == ["opportunity.created"]
    assert "Entretien et nettoyage" in read(desk.get(kept[0])).words


def test_a_pasted_takeover_is_kept_as_a_confidential_case(desk: TestClient, doors: Doors) -> None:
    address = paste(desk, CESSION)
    assert "Le chiffre d’affaires" in read(desk.get(address)).words
    fields = {
        "genre": "takeover",
        "objet": "Menuiserie",
        "effectif": "6",
        "chiffre": "540 000",
        "cause": "retirement",
        "lieu": "Crest (26)",
    }
    kept = desk.post(address, data=fields | {"acte": "garder"}, follow_redirects=False).headers["location"]
    with reading(doors.engine) as session:
        row = session.get_one(Opportunity, kept.rpartition("/")[2].partition("?")[0])
        case = session.exec(select(TakeoverCase).where(TakeoverCase.opportunity_id == row.id)).one()
    assert row.confidential
    assert (case.headcount, case.turnover_eur, case.cause) == (6, 540_000, "retirement")


def test_what_cannot_be_read_of_the_form_is_said_and_nothing_is_kept(desk: TestClient) -> None:
    address = paste(desk, NOTICE)
    wrong = {
        "objet": "",
        "lieu": "Nullepartville",
        "montant": "beaucoup",
        "limite": "demain",
        "cpv": "12",
        "acte": "garder",
    }
    words = read(desk.post(address, data=wrong), 422).words
    for said in (
        "Écrivez l’objet",
        "Ce lieu n’est pas connu",
        "Écrivez un montant",
        "Choisissez une date",
        "CPV invalide",
    ):
        assert said in words


@pytest.mark.parametrize(
    "text", ["Réfection de la toiture de la salle des fêtes de Saoû, charpente bois", "Tonte du stade, à Crest"]
)
def test_a_need_that_is_kept_keeps_its_scores(desk: TestClient, text: str) -> None:
    address = paste(desk, text)
    pasted = desk.get(address).text
    form = PageForm(pasted, address)
    kept = read(desk.post(address, data=form.with_(acte="garder"), follow_redirects=True))
    scores = re.findall(r"score (0,[0-9]+)", Outline(pasted).words)
    assert len(scores) > 3
    assert re.findall(r"score (0,[0-9]+)", kept.words)[: len(scores)] == scores


def test_a_need_is_read_by_whoever_pasted_it_alone(desk: TestClient, doors: Doors) -> None:
    address = paste(desk, NOTICE)
    assert urlsplit(address).query == ""
    other = signed_in(doors, "administrator", "autre@exemple.invalid")
    assert other.get(address).status_code == 404
    assert desk.get("/recherche/aucun").status_code == 404
