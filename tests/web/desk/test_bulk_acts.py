"""Acts on the ticked lines of a list: said before, done whole, undone whole, or refused with nothing half-done."""

import csv
import io
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlmodel import col, select

from models.accounts import Account
from models.brokerage import BrokerageCase
from models.database import reading
from models.tables import Actor, AuditEntry, Opportunity
from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
from tests.support.page_forms import PageForm
from tests.support.world import Doors, demo_actor, demo_opportunity

GARDENERS, ROOFERS, ESAT = (
    demo_actor("a001", "00017926700026"),
    demo_actor("a024", "00000063800015"),
    demo_actor("a002", "00025845900031"),
)
TOGETHER = "/acteurs/ensemble"


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        yield client


def confirm(desk: TestClient, address: str, page: Response, **fields: str) -> Response:
    """Confirm the act that a page shows."""
    assert page.status_code == 200, page.text[:500]
    return desk.post(address, data=PageForm(page.text, address).with_(confirme="oui", **fields))


def archived(doors: Doors) -> set[str]:
    with reading(doors.engine) as session:
        return set(session.exec(select(Actor.id).where(col(Actor.archived_at).is_not(None))).all())


def test_the_ticked_actors_are_archived_after_a_page_that_says_so_and_come_back_whole(
    desk: TestClient, doors: Doors
) -> None:
    page = desk.post(TOGETHER, data={"acte": "archiver", "acteur": [GARDENERS, ROOFERS]})
    words = Outline(page.text).words
    assert "Archiver : 2 acteurs" in words
    assert "Zinc et Lauzes" in words
    assert archived(doors) == set()
    done = confirm(desk, TOGETHER, page)
    assert done.url.path.startswith("/actes/")
    assert "Archivage : 2 acteurs" in Outline(done.text).words
    assert archived(doors) == {GARDENERS, ROOFERS}
    assert "acte groupé" in desk.get(f"/acteurs/{ROOFERS}/historique").text
    back = desk.post(done.url.path)
    assert "2 rendus comme avant" in Outline(back.text).words
    assert archived(doors) == set()
    assert desk.post(done.url.path).status_code == 409
    with reading(doors.engine) as session:
        actions = session.exec(select(AuditEntry.action).where(AuditEntry.object_id == done.url.path[7:])).all()
    assert list(actions) == ["bulk.archived", "bulk.undone"]


def test_all_that_a_search_finds_is_counted_before_and_what_changed_since_is_asked_again(
    desk: TestClient, doors: Doors
) -> None:
    found = Outline(desk.get("/acteurs?type=esat").text)
    count = len(_names(desk.get("/acteurs.csv?type=esat")))
    assert f"Tout ce que la recherche trouve ({count} acteurs)" in found.words
    address = f"{TOGETHER}?type=esat"
    page = desk.post(address, data={"acte": "archiver", "tout": "oui"})
    assert f"Archiver : {count} acteurs" in Outline(page.text).words
    desk.post(f"/acteurs/{ESAT}/archives", data={"choix": "archiver"})
    doors.settle()
    again = confirm(desk, address, page)
    assert again.status_code == 409
    assert "La liste a changé entre-temps" in Outline(again.text).words
    assert archived(doors) == {ESAT}
    done = desk.post(address, data=PageForm(again.text, address).with_(confirme="oui"))
    assert len(archived(doors)) == count
    desk.post(done.url.path)
    desk.post(f"/acteurs/{ESAT}/archives", data={"choix": "restaurer"})
    assert archived(doors) == set()


@pytest.mark.parametrize(
    "sent", [{"acte": "archiver"}, {"acte": "archiver", "acteur": ["x"], "confirme": "oui"}, {"acte": "axe"}, {}]
)
def test_nothing_ticked_or_no_act_of_the_list_is_said_and_does_nothing(
    desk: TestClient, doors: Doors, sent: dict[str, str]
) -> None:
    answer = desk.post(TOGETHER, data=sent)
    assert answer.status_code == 422
    assert archived(doors) == set()


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_the_file_of_the_ticked_lines_has_them_alone(desk: TestClient, file_format: str) -> None:
    answer = desk.post(TOGETHER, data={"acte": file_format, "acteur": [GARDENERS, ROOFERS]})
    assert answer.headers["content-disposition"].endswith(f'.{file_format}"')
    if file_format == "csv":
        assert _names(answer) == ["Les Sécateurs du Val", "Zinc et Lauzes"]


def test_the_axis_of_the_ticked_opportunities_is_changed_and_given_back(desk: TestClient, doors: Doors) -> None:
    address, ticked = "/opportunites/ensemble", [demo_opportunity("m001"), demo_opportunity("m002")]
    shown = Outline(desk.get("/opportunites?type=market").text)
    assert set(ticked) <= {box["value"] for box in shown.all("input", name="coche")}
    before = _axes(doors, ticked)
    page = desk.post(address, data={"acte": "axe", "coche": ticked})
    assert "Changer l’axe : 2 opportunités" in Outline(page.text).words
    assert confirm(desk, address, page, axe="9").status_code == 422
    done = confirm(desk, address, page, axe="3")
    assert "Changement d’axe : 2 opportunités" in Outline(done.text).words
    assert set(_axes(doors, ticked).values()) == {3}
    desk.post(done.url.path)
    assert _axes(doors, ticked) == before
    file = desk.post(address, data={"acte": "csv", "coche": ticked})
    assert len(file.text.splitlines()) == 3


def test_open_cases_of_the_ticked_actors_are_given_to_a_colleague_and_back(desk: TestClient, doors: Doors) -> None:
    suggestions = doors.ask({"opportunity_id": demo_opportunity("m001"), "k": 2})[0]["suggestions"]
    for suggestion in suggestions:
        desk.post("/dossiers", data={"suggestion": suggestion["id"]})
    ticked = [suggestion["candidate"]["id"] for suggestion in suggestions]
    account(doors.engine, "collegue@exemple.invalid")
    with reading(doors.engine) as session:
        colleague = session.exec(select(Account.id).where(Account.email == "collegue@exemple.invalid")).one()
    before = _in_charge(doors)
    page = desk.post(TOGETHER, data={"acte": "confier", "acteur": ticked})
    assert "2 dossiers ouverts" in Outline(page.text).words
    nobody = confirm(desk, TOGETHER, page)
    assert nobody.status_code == 422
    assert "Choisissez à qui" in Outline(nobody.text).words
    done = confirm(desk, TOGETHER, page, responsable=colleague)
    assert "Changement de responsable : 2 dossiers" in Outline(done.text).words
    assert set(_in_charge(doors).values()) == {colleague}
    assert "rendus comme avant" in Outline(desk.post(done.url.path).text).words
    assert _in_charge(doors) == before


def test_what_a_colleague_did_since_the_page_was_shown_is_not_overwritten_unseen(
    desk: TestClient, doors: Doors
) -> None:
    """A case opened since is not given away, nor an axis changed since set anew: the page is shown again."""
    first, second = doors.ask({"opportunity_id": demo_opportunity("m003"), "k": 2})[0]["suggestions"]
    desk.post("/dossiers", data={"suggestion": first["id"]})
    ticked = [suggestion["candidate"]["id"] for suggestion in (first, second)]
    page = desk.post(TOGETHER, data={"acte": "confier", "acteur": ticked})
    desk.post("/dossiers", data={"suggestion": second["id"]})
    before = _in_charge(doors)
    other = account(doors.engine, "autre.collegue@exemple.invalid")
    with reading(doors.engine) as session:
        colleague = session.exec(select(Account.id).where(Account.email == other)).one()
    again = desk.post(TOGETHER, data=PageForm(page.text, TOGETHER).with_(confirme="oui", responsable=colleague))
    assert again.status_code == 409
    assert _in_charge(doors) == before
    assert confirm(desk, TOGETHER, _as_shown_anew(again), responsable=colleague).url.path.startswith("/actes/")

    address, ids = "/opportunites/ensemble", [demo_opportunity("m004"), demo_opportunity("m005")]
    page = desk.post(address, data={"acte": "axe", "coche": ids})
    desk.post(f"/opportunites/{ids[0]}/axe", data={"axe": "2"})
    axes = _axes(doors, ids)
    again = desk.post(address, data=PageForm(page.text, address).with_(confirme="oui", axe="3"))
    assert again.status_code == 409
    assert _axes(doors, ids) == axes


def _as_shown_anew(refused: Response) -> Response:
    refused.status_code = 200
    return refused


def _axes(doors: Doors, ids: list[str]) -> dict[str, int | None]:
    with reading(doors.engine) as session:
        return dict(session.exec(select(Opportunity.id, Opportunity.axis).where(col(Opportunity.id).in_(ids))).all())


def _in_charge(doors: Doors) -> dict[str, str | None]:
    with reading(doors.engine) as session:
        return dict(session.exec(select(BrokerageCase.id, BrokerageCase.facilitator_id)).all())


def _names(answer: Response) -> list[str]:
    return [row["Nom"] for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")]
