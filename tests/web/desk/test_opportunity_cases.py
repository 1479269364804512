"""The cases of one opportunity on one page: by state, added by hand, opened for a group, settled once one is won."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from models.database import reading
from models.tables import BrokerageCase, Opportunity, Suggestion
from tests.support.accounts import account, signed_in
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity
from tests.web.desk.test_cases import fresh, move, suggested, taken
from tests.web.desk.test_desk_pages import read

pytestmark = pytest.mark.slow

# An opening without lots; one in lots that a group answers; an actor that no list proposes for the first.
OPENING, IN_LOTS = demo_opportunity("m010"), demo_opportunity("m008")
BAKER = demo_actor("a001", "00017926700026")


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        yield client


def origins(doors: Doors, opportunity_id: str) -> dict[str, str]:
    """Return the actor and the origin of each case of an opportunity."""
    with reading(doors.engine) as session:
        question = select(Suggestion, BrokerageCase).join(BrokerageCase)
        rows = session.exec(question.where(Suggestion.opportunity_id == opportunity_id))
        return {suggestion.actor_id or "": case.origin for suggestion, case in rows}


def status(doors: Doors, opportunity_id: str) -> str:
    with reading(doors.engine) as session:
        return session.get_one(Opportunity, opportunity_id).status


def test_an_actor_is_found_by_its_name_and_added_by_hand(desk: TestClient, doors: Doors) -> None:
    page = f"/opportunites/{OPENING}/dossiers"
    assert "Aucun dossier n’est ouvert" in read(desk.get(page)).words
    name = doors.facilitator.get(f"/api/actors/{BAKER}").json()["name"]
    found = read(desk.get(page, params={"nom": name}))
    (offered,) = [one["value"] for one in found.all("input", name="acteur") if one["value"] == BAKER]
    answer = read(desk.post(f"{page}/ajouter", data={"acteur": offered}, follow_redirects=True))
    assert "1 dossier ouvert." in answer.words
    assert "acteur ajouté à la main" in answer.words
    assert origins(doors, OPENING) == {BAKER: "by_hand"}
    again = read(desk.get(page, params={"nom": name}))
    assert BAKER not in [one["value"] for one in again.all("input", name="acteur")]
    assert "1 l’était déjà" in read(desk.post(f"{page}/ajouter", data={"acteur": offered}, follow_redirects=True)).words
    assert "1 dossier" in read(desk.get(f"/opportunites/{OPENING}")).words


@pytest.mark.parametrize(
    ("form", "code", "why"),
    [
        ({}, 422, "au moins un acteur"),
        ({"acteur": ABSENT}, 404, "n’existe pas"),
        ({"acteur": BAKER, "lot": ABSENT}, 404, ""),
    ],
)
def test_what_cannot_be_opened_is_said(desk: TestClient, form: dict[str, str], code: int, why: str) -> None:
    assert why in read(desk.post(f"/opportunites/{OPENING}/dossiers/ajouter", data=form), code).words


def test_a_group_opens_its_cases_in_one_go(desk: TestClient, doors: Doors) -> None:
    group = read(desk.get(f"/opportunites/{IN_LOTS}/groupement?closes=oui"))
    members = [str(one["value"]) for one in group.all("input", name="acteur")]
    assert members
    answer = desk.post(
        f"/opportunites/{IN_LOTS}/dossiers/ajouter",
        data={"acteur": members, "origine": "groupement"},
        follow_redirects=True,
    )
    assert "groupement proposé" in read(answer).words
    assert origins(doors, IN_LOTS) == dict.fromkeys(members, "coalition")


def won_case(desk: TestClient, opening: str) -> tuple[str, str]:
    """Return the page of a case that was just won, and that of another case of the same opportunity."""
    first, second = suggested(read(desk.get(f"/opportunites/{opening}")))[:2]
    won, other = taken(desk, first), taken(desk, second)
    for state in ("interested", "introduced", "won"):
        assert move(desk, won, vers=state)[0] == 200
    return won, other


def test_after_a_success_one_form_settles_the_opportunity_and_the_other_cases(desk: TestClient, doors: Doors) -> None:
    opening = demo_opportunity("m014")
    won, other = won_case(desk, opening)
    kept = fresh(desk, f"/opportunites/{opening}")
    page = read(desk.get(won))
    assert "et maintenant" in page.words
    seen = str(page.all("input", name="gagnee")[0]["value"])
    ticks = [str(one["value"]) for one in page.all("input", name="clore")]
    (closing,) = [value for value in ticks if value.startswith(other.rpartition("/")[2])]
    assert len(ticks) == 2
    address = f"/opportunites/{opening}/issue"
    form: dict[str, object] = {"gagnee": seen, "clore": [closing], "note": "Un seul marché"}
    asked = read(desk.post(address, data=form), 422)
    assert "Dites ce que devient l’opportunité" in asked.words
    assert [one["value"] for one in asked.all("input", name="clore") if "checked" in one] == [closing]
    assert "Dites pourquoi" in read(desk.post(address, data=form | {"note": " ", "devenir": "filled"}), 422).words
    stale = closing.rpartition(".")[0] + ".9"
    assert "entre-temps" in read(desk.post(address, data=form | {"clore": [stale], "devenir": "filled"}), 409).words
    assert status(doors, opening) == "open"
    settled = read(desk.post(address, data=form | {"devenir": "filled"}, follow_redirects=True))
    assert "C’est enregistré" in settled.words
    assert status(doors, opening) == "closed"
    assert "Un seul marché" in read(desk.get(other)).words
    assert "elle est pourvue" in read(desk.get(won)).words
    assert "proposée" in read(desk.get(kept)).words
    # What was decided is no row of another opportunity.
    assert desk.post(f"/opportunites/{OPENING}/issue", data=form | {"devenir": "closed"}).status_code == 404


def test_an_opportunity_that_stays_open_keeps_its_other_cases(desk: TestClient, doors: Doors) -> None:
    opening = demo_opportunity("m016")
    won, other = won_case(desk, opening)
    seen = str(read(desk.get(won)).all("input", name="gagnee")[0]["value"])
    data = {"gagnee": seen, "devenir": "still_open", "note": "Gagnée"}
    assert desk.post(f"/opportunites/{opening}/issue", data=data, follow_redirects=True).status_code == 200
    assert status(doors, opening) == "open"
    assert "proposée" in read(desk.get(other)).words
