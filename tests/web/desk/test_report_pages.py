"""The report's page and files: the figures of the year, no name of a confidential case, and every export noted."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.audit.log import journal_page
from api.core.clock import today_in_france
from api.core.french import number
from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import Stage
from api.takeovers.stages.wording import STAGES
from models.database import reading, writing
from models.takeovers import TakeoverFile, TakeoverStep
from tests.support import stored
from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
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


def test_a_table_of_its_own_is_named_in_its_file_and_in_the_journal(desk: TestClient, doors: Doors) -> None:
    answer = desk.get("/rapport.csv?tableau=axes")
    assert f'filename="rapport-{YEAR}-axes.csv"' in answer.headers["content-disposition"]
    (entry,) = read_once(doors.engine, journal_page, limit=1)
    assert entry.detail == '{"format":"csv","table":"axes"}'


def pictures_of(page: Outline) -> list[str]:
    return [picture["aria-label"] for picture in page.all("svg") if picture.get("role") == "img"]


def test_each_picture_says_what_it_shows_and_its_figures_stand_in_a_table_too(desk: TestClient) -> None:
    answer = desk.get("/rapport")
    page = read(answer)
    shown = pictures_of(page)
    assert [words.split(" : ")[0].split(". ")[0] for words in shown] == [
        "Opportunités reçues par axe et par département",
        "Dossiers par axe et par département",
        "Emplois par axe et par département",
        "Carte des opportunités reçues",
        "Dossiers arrivés à chaque étape ou plus loin, par axe",
    ]
    total = rows(desk)[-1]
    assert f"axe supposé : {number(int(total['Opportunités reçues']))}" in shown[0]
    assert "Emplois créés : 4, Emplois maintenus : 7" in shown[2]
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    assert not page.all("style")
    assert not any("style" in part for part in page.all("svg"))


def test_every_further_table_is_a_file_and_adds_up(desk: TestClient) -> None:
    whole = rows(desk)[-1]
    axes, places = rows(desk, "?tableau=axes"), rows(desk, "?tableau=territoires")
    for further in (axes, places):
        *parts, total = further
        for column in list(total)[2:]:
            assert sum(int(row[column]) for row in parts) == int(total[column]), column
    assert places[-1]["Opportunités reçues"] == whole["Opportunités reçues"]
    assert axes[-1]["Gagnés, axe confirmé"] == "0"
    assert axes[-1]["Gagnés, axe supposé"] == whole["Gagnés"]
    steps = rows(desk, "?tableau=dossiers")
    won = [row for row in steps if row["Étape"] == "gagnée"]
    assert sum(int(row["À cette étape"]) for row in won) == int(whole["Gagnés"])
    # A name that no table has gives the main one.
    assert rows(desk, "?tableau=autre") == rows(desk)


def test_a_workbook_has_a_sheet_a_table_with_a_chart_of_its_own(desk: TestClient) -> None:
    book = load_workbook(io.BytesIO(desk.get("/rapport.xlsx").content))
    assert book.sheetnames == [
        *(f"Rapport {YEAR}", "Axe confirmé, axe supposé", "Par intercommunalité", "Dossiers par étape", "Définitions"),
    ]
    for name in book.sheetnames[1:-1]:
        assert len(book[name]._charts) == 1, name


def test_a_confidential_case_is_in_no_territory(desk: TestClient, doors: Doors) -> None:
    """Neither the map nor the table moves by one of them: they count together, as « non situés »."""
    with reading(doors.engine) as session:
        told = [case for case in stored.all_opportunities(session) if case.confidential]
        placed = [case for case in stored.all_opportunities(session) if not case.confidential and case.commune_code]
    places = {row["Territoire"]: int(row["Opportunités reçues"]) for row in rows(desk, "?tableau=territoires")}
    assert places["Cas confidentiels (non situés)"] >= len(told) > 3
    others = sum(count for name, count in places.items() if name.startswith(("CC ", "CA ", "Grenoble", "Métropole")))
    assert others <= len(placed)


def test_takeovers_are_counted_by_stage_with_their_delays_and_ends(desk: TestClient, doors: Doors) -> None:
    began = datetime.combine(today_in_france(), time(9), UTC) - timedelta(days=5)
    since = max(began, datetime(YEAR, 1, 1, tzinfo=UTC))
    walks = {
        "r001": (Stage.FIRST_CONTACT, Stage.MANDATE, Stage.BLIND_SHEET),
        "r002": (Stage.FIRST_CONTACT, Stage.MANDATE, Stage.LOST),
        "r003": (Stage.JUDGMENT, Stage.CALL),
    }
    with writing(doors.engine) as session:
        for reference, stages in walks.items():
            opportunity_id = demo_opportunity(reference)
            session.add(
                TakeoverFile(
                    opportunity_id=opportunity_id,
                    stage=stages[-1],
                    version=len(stages),
                    opened_at=since,
                    touched_at=since,
                )
            )
            session.flush()
            for number_of_step, (former, stage) in enumerate(zip((stages[0], *stages), stages, strict=False), 1):
                session.add(
                    TakeoverStep(
                        opportunity_id=opportunity_id,
                        number=number_of_step,
                        at=since + timedelta(hours=12 * (number_of_step - 1)),
                        by="cli",
                        from_stage=former,
                        to_stage=stage,
                        reasons=[Reason.PRICE.value] if stage == Stage.LOST else [],
                    )
                )
    steps = {row["Étape"]: row for row in rows(desk, "?tableau=reprises") if row["Voie"] == "Voie du cédant"}
    assert [steps[STAGES[stage]]["Arrivés à l’étape ou plus loin"] for stage in walks["r001"]] == ["2", "2", "1"]
    assert [steps[STAGES[stage]]["À cette étape"] for stage in walks["r001"]] == ["0", "0", "1"]
    assert (steps["accord du cédant"]["Délai médian (jours)"], steps["accord du cédant"]["Passages comptés"]) == (
        "0.5",
        "2",
    )
    ends = rows(desk, "?tableau=fins")
    assert [list(row.values()) for row in ends] == [["perdue", "", "1"], ["perdue", "désaccord sur le prix", "1"]]
    page = read(desk.get("/rapport?axe=3"))
    assert [words for words in pictures_of(page) if words.startswith("Reprises par étape : voie du")] != []
    assert "Sans suivi à ce jour" in page.words
    assert rows(desk, "?axe=1&tableau=reprises") == rows(desk, "?axe=1")


def test_the_list_to_confirm_axes_in_bulk_is_one_link_away(desk: TestClient) -> None:
    address = "/opportunites?certitude=suppose"
    assert address in desk.get("/rapport").text
    page = read(desk.get(address))
    assert "à confirmer" in page.words
    assert "à confirmer)" not in read(desk.get("/opportunites?certitude=confirme")).words
