"""Brokerage through the door: taken in hand from a list, moved by buttons, seen by those who are signed in alone."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from api.audit.log import journal_page
from api.core.clock import today_in_france
from api.learning.ratings import rate
from models.base import utc_now
from models.database import reading, writing
from models.tables import BrokerageCase, Opportunity, Partner, Suggestion
from tests.support.accounts import account, signed_in
from tests.support.outline import Outline
from tests.support.reads import read_once
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity
from tests.web.desk.test_desk_pages import HOSTILE, read

pytestmark = pytest.mark.slow

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r001")
GARDENERS = demo_actor("a001", "00017926700026")


@pytest.fixture(scope="module")
def desk(doors: Doors) -> Iterator[TestClient]:
    with signed_in(doors, account(doors.engine)) as client:
        yield client


@pytest.fixture(scope="module")
def other(doors: Doors, desk: TestClient) -> Iterator[TestClient]:  # noqa: ARG001 (its account is the first)
    with signed_in(doors, account(doors.engine, "autre@exemple.invalid")) as client:
        yield client


def suggested(outline: Outline) -> list[str]:
    """The suggestions of a page that have a button to take them in hand."""
    return [str(one["value"]) for one in outline.all("input", name="suggestion")]


def taken(desk: TestClient, suggestion: str) -> str:
    answer = desk.post("/dossiers", data={"suggestion": suggestion}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    assert path.startswith("/dossiers/")
    return str(path)


def fresh(desk: TestClient, path: str = f"/opportunites/{OPENING}") -> str:
    """A case that was just taken in hand, from a page that still has one to take."""
    return taken(desk, suggested(read(desk.get(path)))[-1])


def version(desk: TestClient, path: str) -> str:
    return str(read(desk.get(path)).all("input", name="version")[0]["value"])


def move(desk: TestClient, path: str, seen: str | None = None, **form: object) -> tuple[int, Outline]:
    data = {"version": seen or version(desk, path)} | form
    answer = desk.post(path, data=data, follow_redirects=True)
    return answer.status_code, Outline(answer.text)


def test_an_actor_is_taken_in_hand_from_the_opportunity_and_the_pages_say_so(desk: TestClient) -> None:
    before = read(desk.get(f"/opportunites/{OPENING}"))
    path = taken(desk, suggested(before)[0])
    assert "proposée" in read(desk.get(path)).words
    after = read(desk.get(f"/opportunites/{OPENING}"))
    assert suggested(after) == suggested(before)[1:]
    assert after.all("a", href=path)
    assert "proposée suivi par Camille Exemple" in after.words
    assert "dossier ouvert" in after.words.partition("Historique du suivi")[2]


def test_the_board_says_who_follows_an_opportunity(desk: TestClient) -> None:
    fresh(desk)
    board = desk.get("/opportunites?texte=espaces verts communaux").text
    assert 'data-name="Suivi par">Camille Exemple<' in board
    assert (
        'data-name="Suivi par"><span class="quiet">personne<' in desk.get("/opportunites?texte=papiers et cartons").text
    )


def test_an_opportunity_is_taken_in_hand_from_the_actor(desk: TestClient) -> None:
    path = taken(desk, suggested(read(desk.get(f"/acteurs/{GARDENERS}")))[0])
    history = read(desk.get(f"/acteurs/{GARDENERS}")).words.partition("Historique du suivi")[2]
    assert "dossier ouvert" in history
    assert read(desk.get(path)).all("a", href=f"/acteurs/{GARDENERS}")


def test_a_case_goes_its_way_to_a_success_with_jobs(desk: TestClient) -> None:
    path = fresh(desk)
    soon = today_in_france() + timedelta(days=3)
    status, page = move(
        desk, path, vers="contacted", note="Laissé un message", relance=soon.isoformat(), champs="relance"
    )
    assert status == 200
    assert "proposée → contactée" in page.words
    assert "Laissé un message" in page.words
    assert "dans 3 jours" in page.words
    _, page = move(desk, path, vers="interested")
    assert "dans 3 jours" in page.words
    _, page = move(desk, path, vers="introduced", relance="", champs="relance")
    assert "plus de relance" in page.words
    _, page = move(desk, path, vers="won", crees="2", maintenus="", champs="emplois")
    assert "2 emplois créés" in page.words
    assert "Prochaine relance" not in page.words
    _, page = move(desk, path, crees="2", maintenus="1 0", champs="emplois")
    assert "2 emplois créés, 10 emplois maintenus" in page.words
    assert "Gagnée" not in [one["value"] for one in page.all("button", name="vers")]
    _, page = move(desk, path, vers="introduced", note="Erreur de saisie")
    assert "gagnée → mise en relation" in page.words
    assert "emplois non renseignés" in page.words


def test_a_refusal_needs_a_reason_and_what_was_written_is_kept(desk: TestClient) -> None:
    path = fresh(desk)
    status, page = move(desk, path, vers="refused", note="Trop loin pour eux")
    assert status == 422
    assert "une raison au moins" in page.words
    assert "Trop loin pour eux" in page.words
    status, page = move(desk, path, vers="refused", raison=["too_far", "wrong_size"])
    assert status == 200
    assert "trop loin" in page.words
    assert path not in {one["href"] for one in read(desk.get("/dossiers?responsable=tous")).all("a")}
    assert read(desk.get("/dossiers?responsable=tous&etat=refused")).all("a", href=path)


@pytest.mark.parametrize(
    ("form", "status", "why"),
    [
        ({"vers": "won"}, 409, "ne peut pas passer"),
        ({}, 422, "rien à enregistrer"),
        ({"relance": "2020-01-01", "champs": "relance"}, 422, "à venir"),
        ({"relance": "demain", "champs": "relance"}, 422, "date attendue"),
        ({"crees": "deux", "champs": "emplois"}, 422, "nombre entier"),
        ({"responsable": ABSENT}, 404, "n’existe pas"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    desk: TestClient, form: dict[str, str], status: int, why: str
) -> None:
    path = fresh(desk, f"/opportunites/{demo_opportunity('m010')}")
    seen = version(desk, path)
    found, page = move(desk, path, **form)
    assert found == status
    assert why in page.words
    assert version(desk, path) == seen
    move(desk, path, vers="lost")


def test_who_comes_second_is_told_that_the_case_has_changed(desk: TestClient, other: TestClient) -> None:
    path = fresh(desk)
    seen = version(other, path)
    assert move(desk, path, vers="contacted")[0] == 200
    status, page = move(other, path, seen, vers="interested", note="Ma note")
    assert status == 409
    assert "a changé entre-temps" in page.words
    assert "Ma note" in page.words
    assert move(other, path, vers="interested")[0] == 200


def test_a_case_is_handed_to_somebody_else_and_waits_for_them(desk: TestClient, other: TestClient) -> None:
    path = fresh(desk)
    (mine,) = [one["value"] for one in read(other.get(path)).all("option")]
    assert mine
    assert not read(other.get("/dossiers")).all("a", href=path)
    choices = [one["value"] for one in read(desk.get(path)).all("option")]
    assert move(desk, path, responsable=choices[0])[0] == 200
    assert read(other.get("/dossiers")).all("a", href=path)
    assert not read(desk.get("/dossiers")).all("a", href=path)
    assert read(desk.get(f"/dossiers?responsable={choices[0]}")).all("a", href=path)


def test_what_is_overdue_comes_first_and_is_counted_in_the_menu(desk: TestClient, doors: Doors) -> None:
    path = fresh(desk)
    before = menu_count(desk)
    with writing(doors.engine) as session:
        session.get_one(BrokerageCase, path.rpartition("/")[2]).remind_on = today_in_france() - timedelta(days=1)
    assert menu_count(desk) == before + 1
    words = read(desk.get("/dossiers")).words
    assert words.index("En retard") < words.index("Plus tard")
    assert "hier" in words


def menu_count(desk: TestClient) -> int:
    """What the menu says on the page of what waits, which counts anew, and then elsewhere."""
    found = [re.search(r"Suivi \((\d+)\)", read(desk.get(path)).words) for path in ("/dossiers", "/acteurs")]
    counts = [int(one[1]) if one else 0 for one in found]
    assert counts[0] == counts[1]
    return counts[0]


def test_an_answer_by_mail_waits_until_somebody_takes_it_in_hand(desk: TestClient, doors: Doors) -> None:
    suggestion = suggested(read(desk.get(f"/opportunites/{demo_opportunity('m014')}")))[0]
    with writing(doors.engine) as session:
        session.add(Partner(id="p1", email="canari@exemple.invalid", label="Réseau du Canari", status="active"))
    rate(doors.engine, "p1", suggestion, interest=3, comment=HOSTILE, now=utc_now())
    answer = desk.get("/dossiers")
    page = read(answer)
    assert "Réseau du Canari" in page.words
    assert "Rappelez-moi vite" in page.words
    assert suggestion in suggested(page)
    assert not page.all("script")
    assert page.all("a", href="mailto:canari@exemple.invalid")
    path = taken(desk, suggestion)
    assert suggestion not in suggested(read(desk.get("/dossiers")))
    assert "Réseau du Canari" in read(desk.get(path)).words
    assert read(desk.get(path)).all("a", href="mailto:canari@exemple.invalid")
    with writing(doors.engine) as session:
        session.get_one(Partner, "p1").status = "unsubscribed"
    assert "canari@exemple.invalid" not in desk.get(path).text


def test_whoever_answered_is_shown_with_the_numbers_of_their_actor_and_the_case_with_those_of_both_sides(
    desk: TestClient, doors: Doors
) -> None:
    opening = demo_opportunity("m014")
    suggestion = suggested(read(desk.get(f"/opportunites/{opening}")))[0]
    with reading(doors.engine) as session:
        actor = f"/acteurs/{session.get_one(Suggestion, suggestion).actor_id}"
    for owner, number in ((actor, "0465710021"), (f"/opportunites/{opening}", "0465710022")):
        typed = {"contact_nom": "Anne Roche", "contact_telephone": number, "contact_source": "un appel"}
        assert desk.post(f"{owner}/contacts", data=typed, follow_redirects=False).status_code == 303
    with writing(doors.engine) as session:
        session.add(Partner(id="p2", email="serin@exemple.invalid", label="Réseau du Serin", status="active"))
    rate(doors.engine, "p2", suggestion, interest=2, now=utc_now())
    waiting = read(desk.get("/dossiers"))
    assert waiting.all("a", href="mailto:serin@exemple.invalid")
    assert waiting.all("a", href="tel:+33465710021")
    case = read(desk.get(taken(desk, suggestion)))
    assert case.all("a", href="tel:+33465710021")
    assert case.all("a", href="tel:+33465710022")


def test_a_confidential_case_is_for_those_who_are_signed_in_and_seeing_it_is_noted(
    desk: TestClient, doors: Doors
) -> None:
    path = fresh(desk, f"/opportunites/{CASE}")
    title = doors.facilitator.get(f"/api/opportunities/{CASE}").json()["title"]
    assert title in read(desk.get(path)).words
    (entry,) = read_once(doors.engine, journal_page, limit=1)
    assert (entry.action, entry.object_id) == ("opportunity.seen", CASE)
    assert "confidentiel" in read(desk.get("/dossiers")).words
    for door in (doors.anonymous, doors.client, doors.facilitator):
        for address in ("/dossiers", path):
            answer = door.get(address, follow_redirects=False)
            assert answer.status_code == 303
            assert title not in answer.text


def test_what_is_not_there_is_said_as_a_page(desk: TestClient) -> None:
    assert "Cette page n’existe pas" in read(desk.get(f"/dossiers/{ABSENT}"), 404).words
    assert "Cette page n’existe pas" in read(desk.post("/dossiers", data={"suggestion": "x"}), 404).words


def test_the_axis_of_an_opportunity_is_assumed_until_it_is_given(desk: TestClient, doors: Doors) -> None:
    path = f"/opportunites/{OPENING}"
    assert "Axe des départements (à confirmer)" in read(desk.get(path)).words
    title = doors.facilitator.get(f"/api/opportunities/{OPENING}").json()["title"]
    assert title not in read(desk.get("/opportunites?axe=3")).words
    assert desk.post(f"{path}/axe", data={"axe": "3"}, follow_redirects=False).status_code == 303
    assert doors.facilitator.get(f"/api/opportunities/{OPENING}").json()["axis"] == 3
    assert title in read(desk.get("/opportunites?axe=3")).words
    assert "Axe des départements (à confirmer)" not in read(desk.get(path)).words
    desk.post(f"{path}/axe", data={"axe": ""})
    with reading(doors.engine) as session:
        assert session.get_one(Opportunity, OPENING).axis is None


def test_a_case_opened_by_mistake_is_cancelled_and_its_actor_may_be_taken_in_hand_again(desk: TestClient) -> None:
    opening = f"/opportunites/{demo_opportunity('m010')}"
    suggestion = suggested(read(desk.get(opening)))[0]
    path = taken(desk, suggestion)
    status, page = move(desk, path, vers="cancelled", note="Mauvaise ligne")
    assert status == 200
    assert "ne compte nulle part" in page.words
    assert suggestion in suggested(read(desk.get(opening)))
    assert path not in {one["href"] for one in read(desk.get("/dossiers?responsable=tous")).all("a")}
    assert not read(desk.get("/dossiers?responsable=tous&etat=closed")).all("a", href=path)
    assert read(desk.get("/dossiers?responsable=tous&etat=cancelled")).all("a", href=path)
    assert taken(desk, suggestion) == path
    assert "annulée → proposée" in read(desk.get(path)).words
