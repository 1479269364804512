"""The sheet for a buyer: what actors say of themselves, a contact only with consent, nothing confidential."""

from collections.abc import Iterator
from io import BytesIO

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, delete, select

from api.core.clock import today_in_france
from models.database import reading, writing
from models.tables import Actor, AuditEntry, Contact
from tests.support.accounts import account, signed_in
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity
from tests.web.desk.test_desk_pages import read

pytestmark = pytest.mark.slow

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")
GARDENERS = demo_actor("a001", "00017926700026")
LIST, RANKING = "/acteurs/feuille", f"/opportunites/{OPENING}/feuille"
AGREED, KEPT = "sheet-agreed", "sheet-kept"


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine, "feuille@exemple.invalid")) as client:
        yield client


@pytest.fixture
def contacts(doors: Doors) -> Iterator[None]:
    """Two persons of an actor: one agreed to be named, the other did not."""
    with writing(doors.engine) as session:
        for contact_id, name, basis in (
            (AGREED, "Camille Daccord", "consent"), (KEPT, "Noé Réservé", "legitimate_interest"),
        ):  # fmt: skip
            session.add(
                Contact(
                    id=contact_id, actor_id=GARDENERS, name=name, phone="+33465712345", source="Bureau, au café",
                    lawful_basis=basis, retained_until=today_in_france(),
                )
            )  # fmt: skip
    yield
    with writing(doors.engine) as session:
        session.execute(delete(Contact).where(col(Contact.id).in_((AGREED, KEPT))))


def table_of(content: bytes) -> list[list[str]]:
    """Return the rows of the only sheet of a workbook."""
    (sheet,) = openpyxl.load_workbook(BytesIO(content)).worksheets
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.usefixtures("contacts")
@pytest.mark.parametrize("path", [LIST, RANKING])
def test_a_contact_is_given_only_where_the_person_agreed_and_somebody_ticked_it(desk: TestClient, path: str) -> None:
    asked = {"acteur": [GARDENERS]}
    page = read(desk.get(path, params=asked))
    assert "donner Camille Daccord" in page.words
    assert "Noé Réservé" not in page.words
    assert "Camille" not in str(table_of(desk.get(f"{path}.xlsx", params=asked).content))
    (heading, row) = table_of(desk.get(f"{path}.xlsx", params=asked | {"contact": [AGREED, KEPT]}).content)
    assert heading[-1] == "Contact"
    assert row[-1].startswith("Camille Daccord, 04")
    assert "Réservé" not in row[-1]
    assert "café" not in str(row)


def test_without_a_tick_the_sheet_is_of_the_first_three_of_the_ranking(desk: TestClient, doors: Doors) -> None:
    (ranking,) = doors.ask({"opportunity_id": OPENING, "k": 3})
    rows = table_of(desk.get(f"{RANKING}.xlsx").content)
    assert [row[0] for row in rows[1:]] == [one["candidate"]["name"] for one in ranking["suggestions"]]
    assert "Personne n’est sur la feuille" in read(desk.get(LIST)).words


def test_nothing_of_the_house_stands_in_the_file(desk: TestClient) -> None:
    (heading, *_) = table_of(desk.get(f"{RANKING}.xlsx").content)
    assert heading == ["Nom", "Métiers", "Lieu", "Effectif", "Agréments"]


def test_a_confidential_actor_is_on_no_sheet_and_no_sheet_names_a_confidential_case(
    desk: TestClient, doors: Doors
) -> None:
    with reading(doors.engine) as session:
        secret = session.exec(select(Actor).where(col(Actor.confidential))).first()
    assert secret is not None
    for path in (LIST, RANKING):
        asked = {"acteur": [secret.id, GARDENERS, ABSENT]}
        assert "hors de la feuille" in read(desk.get(path, params=asked)).words
        rows = table_of(desk.get(f"{path}.xlsx", params=asked).content)
        assert len(rows) == 2
        assert secret.name not in str(rows)
    for path in (f"/opportunites/{CASE}/feuille", f"/opportunites/{CASE}/feuille.xlsx"):
        answer = desk.get(path, params={"acteur": [GARDENERS]})
        assert answer.status_code == 409
        assert "aucune feuille ne peut le nommer" in answer.text


@pytest.mark.usefixtures("contacts")
def test_a_file_that_leaves_is_noted_with_how_many_it_tells_of(desk: TestClient, doors: Doors) -> None:
    desk.get(f"{LIST}.xlsx", params={"acteur": [GARDENERS], "contact": [AGREED]})
    assert doors.app.state.background.drain(60)
    with reading(doors.engine) as session:
        entry = session.exec(
            select(AuditEntry).where(AuditEntry.action == "actor.sheet_exported").order_by(col(AuditEntry.seq).desc())
        ).first()
    assert entry is not None
    assert entry.detail == '{"contacts":1,"count":1,"format":"xlsx"}'
