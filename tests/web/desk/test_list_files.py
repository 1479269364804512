"""Lists of the desk as files: the lines of their page, all of them, as CSV and as XLSX; each is noted."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlmodel import col, select

from models.database import reading
from models.tables import AuditEntry
from tests.support.accounts import account, signed_in
from tests.support.desk_paths import CASE, CONTACT, GARDENERS, OPENING
from tests.support.world import Doors


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        yield client


@pytest.fixture(scope="module")
def lists(doors: Doors, desk: TestClient) -> dict[str, str]:
    """Return what stands in a list and in its file, by the address of its page."""
    suggestion = doors.ask({"opportunity_id": OPENING, "k": 1})[0]["suggestions"][0]
    desk.post("/dossiers", data={"suggestion": suggestion["id"]})
    for owner in (f"/acteurs/{GARDENERS}", f"/opportunites/{OPENING}", f"/opportunites/{CASE}"):
        desk.post(f"{owner}/contacts", data=CONTACT)
    contact = re.findall(r"/courriers/nouveau\?contact=([\w-]+)", desk.get(f"/acteurs/{GARDENERS}").text)[0]
    letter = desk.post("/courriers", data={"contact": contact, "sujet": "Bonjour", "texte": "Bonjour"}).url.path
    desk.post(f"/acteurs/{GARDENERS}/abonnements", data={"courriel": "suit@exemple.invalid", "nom": "Lou Martin"})
    desk.post(f"/acteurs/{GARDENERS}/partenaires", data={"courriel": "parle@exemple.invalid", "nom": "Sacha Petit"})
    spoiled = doors.facilitator.post("/api/actors", json={"source_id": "f", "name": "HYPERLINK", "kind": "scop"})
    desk.post(f"/acteurs/{spoiled.json()['id']}/archives", data={"choix": "archiver"})
    found = desk.post("/trouver", data={"mots": "sécateurs"}).url.path
    return {
        "/dossiers": suggestion["candidate"]["name"],
        "/dossiers?etat=proposed&responsable=tous": suggestion["candidate"]["name"],
        f"/opportunites/{OPENING}/dossiers": suggestion["candidate"]["name"],
        f"/acteurs/{GARDENERS}": "Camille Roche",
        f"/opportunites/{OPENING}": "Camille Roche",
        f"/acteurs/{GARDENERS}/abonnements": "suit@exemple.invalid",
        f"/acteurs/{GARDENERS}/partenaires": "parle@exemple.invalid",
        "/courriers": "Bonjour",
        letter: "Camille Roche",
        "/archives?quoi=acteurs": "HYPERLINK",
        found: "Les Sécateurs du Val",
        "/acteurs?type=esat": "ESAT du Clos Mûrier",
    }


def test_each_list_has_a_link_to_its_file_which_says_the_same_in_both_formats_and_is_noted(
    desk: TestClient, doors: Doors, lists: dict[str, str]
) -> None:
    for page, words in lists.items():
        html = desk.get(page).text
        assert words in html, page
        links = dict(re.findall(r'href="([^"]+?\.(csv|xlsx)(?:\?[^"]*)?)"', html))
        by_format = {file_format: link.replace("&amp;", "&") for link, file_format in links.items()}
        assert set(by_format) == {"csv", "xlsx"}, page
        answer = desk.get(by_format["csv"])
        assert answer.status_code == 200, page
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))
        sheet = load_workbook(io.BytesIO(desk.get(by_format["xlsx"]).content)).active
        assert sheet is not None
        assert [
            ["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)
        ] == rows
        assert any(words in cell for row in rows[1:] for cell in row), page
    with reading(doors.engine) as session:
        exports = session.exec(select(AuditEntry.detail).where(col(AuditEntry.action) == "list.exported")).all()
    assert len(exports) == 2 * len(lists)
    assert not [detail for detail in exports if "exemple.invalid" in detail]


def test_no_contact_of_a_confidential_row_is_in_a_file(desk: TestClient, lists: dict[str, str]) -> None:
    assert lists
    assert "Camille Roche" in desk.get(f"/opportunites/{CASE}").text
    assert f"/opportunites/{CASE}/contacts.csv" not in desk.get(f"/opportunites/{CASE}").text
    assert desk.get(f"/opportunites/{CASE}/contacts.csv").status_code == 404
    (title,) = re.findall(r"<h1>([^<]+)</h1>", desk.get(f"/opportunites/{CASE}").text)
    for asked in (title, CONTACT["contact_nom"]):
        search = desk.post("/trouver", data={"mots": asked})
        assert title in search.text
        file = csv.reader(io.StringIO(desk.get(f"{search.url.path}.csv").content.decode("utf-8-sig")), delimiter=";")
        rows = [row for row in file if row[1] == title]
        assert rows
        assert all(row[4:] == [""] * 4 for row in rows), asked


@pytest.mark.parametrize("path", ["/dossiers.pdf", "/archives.", "/a-venir.CSV", f"/acteurs/{GARDENERS}/contacts.xls"])
def test_another_format_does_not_exist(desk: TestClient, path: str) -> None:
    assert desk.get(path).status_code == 404


def test_the_answers_that_wait_are_a_file_of_their_own(desk: TestClient, doors: Doors) -> None:
    suggestion = doors.ask({"opportunity_id": OPENING, "k": 3})[0]["suggestions"][2]["id"]
    asked = doors.facilitator.post("/api/subscriptions", json={"email": "lu@exemple.invalid", "search": "tonte"}).json()
    rating = {"partner_id": asked["partner_id"], "suggestion_id": suggestion, "interest": 3, "comment": "=Volontiers"}
    assert doors.facilitator.post("/api/ratings", json=rating).status_code < 300
    assert 'href="/dossiers/reponses.csv' in desk.get("/dossiers").text
    assert "'=Volontiers" in desk.get("/dossiers/reponses.csv").content.decode("utf-8-sig")
