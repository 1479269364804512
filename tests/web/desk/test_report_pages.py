"""The report's page and files: the figures of the year, no name of a confidential case, and every export noted."""

import csv
import io
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.audit.log import journal_page
from api.core.clock import today_in_france
from models.database import reading
from tests.support import stored
from tests.support.accounts import account, signed_in
from tests.support.reads import read_once
from tests.support.world import Doors, demo_opportunity
from tests.web.desk.test_cases import fresh, move
from tests.web.desk.test_desk_pages import read

pytestmark = pytest.mark.slow

YEAR = today_in_france().year


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        for reference, forms in (
            (
                "m001",
                (
                    {"vers": "contacted"},
                    {"vers": "introduced"},
                    {"vers": "won", "crees": "4", "maintenus": "7", "champs": "emplois"},
                ),
            ),
            ("r001", ({"vers": "refused", "raison": ["too_far"]},)),
        ):
            path = fresh(client, f"/opportunites/{demo_opportunity(reference)}")
            for form in forms:
                assert move(client, path, **form)[0] == 200
        yield client


def rows(desk: TestClient, query: str = "") -> list[dict[str, str]]:
    answer = desk.get(f"/rapport.csv{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_the_page_tells_the_year_its_figures_and_what_they_mean(desk: TestClient) -> None:
    page = read(desk.get("/rapport"))
    for words in (f"Rapport {YEAR}", "Drôme (26) et Ardèche (07)", "Ce que comptent ces chiffres", "Trop loin"):
        assert words in page.words
    assert not page.all("script")
    total = rows(desk)[-1]
    assert (total["Gagnés"], total["Emplois créés"], total["Emplois maintenus"]) == ("1", "4", "7")
    assert (total["Refusés"], total["Motif : trop loin"]) == ("1", "1")


def test_a_year_without_anything_and_a_narrower_report(desk: TestClient) -> None:
    assert "Aucun dossier refusé" in read(desk.get("/rapport?annee=2015")).words
    assert {row["Gagnés"] for row in rows(desk, "?annee=2015")} == {"0"}
    takeovers = rows(desk, f"?annee={YEAR}&axe=3")
    assert {row["Axe"] for row in takeovers} == {"3. Reprise et maintien d’activité", "Tous"}
    assert (takeovers[-1]["Refusés"], takeovers[-1]["Gagnés"]) == ("1", "0")
    assert "Restreint à : axe 3, département : Ardèche (07)" in read(desk.get("/rapport?axe=3&departement=07")).words
    read(desk.get("/rapport?departement=inconnu"))
    read(desk.get("/rapport?annee=1900"), 422)


def test_confidential_cases_are_counted_and_never_named(desk: TestClient, doors: Doors) -> None:
    with reading(doors.engine) as session:
        secrets = [one.title for one in stored.all_opportunities(session) if one.confidential]
    assert len(secrets) > 3
    assert sum(int(row["Opportunités reçues"]) for row in rows(desk, "?axe=3")[:-1]) >= len(secrets)
    texts = [desk.get("/rapport").text, desk.get("/rapport.csv").text]
    book = load_workbook(io.BytesIO(desk.get("/rapport.xlsx").content))
    texts.append(repr([list(sheet.iter_rows(values_only=True)) for sheet in book]))
    for title in secrets:
        assert all(title not in text for text in texts)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_is_in_the_journal(desk: TestClient, doors: Doors, form: str) -> None:
    answer = desk.get(f"/rapport.{form}?axe=1")
    assert f'filename="rapport-{YEAR}.{form}"' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    (entry,) = read_once(doors.engine, journal_page, limit=1)
    assert (entry.action, entry.object_id) == ("report.exported", str(YEAR))
    assert entry.detail == f'{{"axis":1,"format":"{form}"}}'
