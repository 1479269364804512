"""What goes wrong is said in the words of the door where it does: to a browser as a page, to a program as a problem."""

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from api.app import create_app
from api.core.settings import Settings
from api.web.error_pages import DESK_WORDS, DESK_WORDS_READING, LINK_WORDS, DeskRoute, LinkRoute
from tests.support.outline import Outline
from tests.support.signed_in import browser, open_partner, signed_in
from tests.support.world import ABSENT, Doors, demo_actor

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def facilitator(doors: Doors) -> TestClient:
    return signed_in(doors, "facilitator")


@pytest.fixture(scope="module")
def partner(doors: Doors) -> TestClient:
    open_partner(doors.engine, "partenaire@exemple.invalid", demo_actor("a001", "00017926700026"))
    return signed_in(doors, "partner", "partenaire@exemple.invalid")


def menu(text: str) -> list[str]:
    return [one["href"] or "" for one in Outline(text).all("a") if one["href"] in ("/dossiers", "/espace/donnees")]


@pytest.mark.parametrize("path", ["/nulle-part", "/opportunites/x/y/z", "/static/rien.css"])
def test_an_unknown_address_is_a_page_for_a_browser_and_a_problem_for_a_program(doors: Doors, path: str) -> None:
    answer = browser(doors).get(path, headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src" in answer.headers["content-security-policy"]
    assert Outline(answer.text).all("h1")
    assert menu(answer.text) == []
    for accepted in ("application/json", "*/*"):
        assert browser(doors).get(path, headers={"Accept": accepted}).headers["content-type"] == PROBLEM


@pytest.mark.parametrize("path", ["/api/nulle-part", "/api/actors", f"/api/actors/{ABSENT}"])
def test_the_api_speaks_to_programs_whatever_they_accept(doors: Doors, path: str) -> None:
    answer = browser(doors).get(path, headers=BROWSER)
    assert answer.status_code in (401, 404)
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nulle-part", 404),
        ("GET", f"/acteurs/{ABSENT}", 404),
        ("GET", "/comptes", 403),
        ("GET", "/espace", 403),
        ("DELETE", "/acteurs", 405),
        ("GET", "/nuits/hier", 422),
        ("GET", "/rapport?annee=mille", 422),
        ("POST", "/dossiers/x", 422),
    ],
)
def test_who_is_signed_in_keeps_the_menu(facilitator: TestClient, method: str, path: str, status: int) -> None:
    answer = facilitator.request(method, path, headers=BROWSER)
    assert answer.status_code == status
    assert menu(answer.text) == ["/dossiers"]
    if status == 405:
        assert answer.headers["allow"]


def test_a_partner_keeps_its_own_menu(partner: TestClient) -> None:
    for path, status in (("/acteurs", 403), ("/espace/propositions/aucune", 404), ("/nulle-part", 404)):
        answer = partner.get(path, headers=BROWSER)
        assert answer.status_code == status
        assert menu(answer.text) == ["/espace/donnees"]


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/dossiers"), ("PUT", "/connexion"), ("GET", "/nuits/hier")])
def test_a_page_of_the_desk_does_not_speak_of_mails(facilitator: TestClient, method: str, path: str) -> None:
    words = Outline(facilitator.request(method, path, headers=BROWSER).text).words
    door_words = [*DESK_WORDS.values(), *DESK_WORDS_READING.values()]
    assert any(heading in words and text in words for heading, text in door_words)
    assert "courriel" not in words


@pytest.mark.parametrize("path", ["/opportunites?page=abc", "/acteurs?page=1e9", "/nuits/hier", "/rapport?annee=mille"])
def test_a_wrong_address_is_said_to_be_one(facilitator: TestClient, path: str) -> None:
    words = Outline(facilitator.get(path, headers=BROWSER).text).words
    assert "Cette adresse n’est pas valable" in words
    assert "envoi" not in words


@pytest.mark.parametrize("door", ["avis", "suivi", "voir", "confirmer", "desinscription"])
def test_a_link_of_a_mail_speaks_of_the_mail_even_to_who_is_signed_in(facilitator: TestClient, door: str) -> None:
    answer = facilitator.get(f"/{door}/faux", headers=BROWSER)
    assert answer.status_code == 404
    assert LINK_WORDS[404][0] in Outline(answer.text).words
    assert menu(answer.text) == []


def test_every_page_carries_the_words_of_its_door() -> None:
    """Only what programs ask for carries none."""
    app = create_app(Settings(database_url="sqlite://"))
    without = {
        str(found.path)
        for found in iter_route_contexts(app.routes)
        for route in [getattr(found, "original_route", found)]
        if isinstance(route, APIRoute) and not isinstance(route, (DeskRoute, LinkRoute))
    }
    assert {path for path in without if not path.startswith("/api/")} <= {
        *("/health", "/ready", "/metrics", "/docs", "/openapi.json", "/static-offline-docs"),
    }
    assert len(without) >= 15
