"""What browsers and careless programs could be made to do with any answer: read, guess, repeat, keep."""

import re
from itertools import count
from pathlib import Path

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from api.web.rendering import HERE
from tests.support.outline import Outline
from tests.support.proof_share import in_turn
from tests.support.signed_in import PASSWORD, browser, open_account, signed_in
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

ELSEWHERE = "https://ailleurs.invalid"
OPENING = demo_opportunity("o001")
GARDENERS = demo_actor("a001", "00017926700026")
# More than any column holds.
HUGE = 10**40
SCRIPTS = sorted((HERE / "static").glob("*.js"))
# Text run as code or as HTML, data left in the browser, words with other windows.
UNSAFE_IN_SCRIPTS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|javascript:"
    r"|localStorage|sessionStorage|indexedDB|document\.cookie|postMessage|WebSocket|importScripts|__proto__"
)


def addresses(doors: Doors) -> set[str]:
    """Return every address of the application, its parameters filled with what leads nowhere."""
    paths = {str(getattr(route, "path", "")) for route in iter_route_contexts(doors.app.routes)}
    return {re.sub(r"{\w+}", ABSENT, path) for path in paths if path}


def readers(doors: Doors) -> list[TestClient]:
    return [doors.anonymous, doors.client, doors.facilitator, signed_in(doors, "administrator")]


def test_no_other_site_s_script_may_read_an_answer(doors: Doors) -> None:
    """No answer, whatever its status and whoever asks, has a header that opens it to another origin."""
    preflight = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "GET"}
    seen = count()
    for door in readers(doors):
        for path in sorted(addresses(doors)):
            for method in ("GET", "OPTIONS"):
                # One in five: of eight, each address has one or two.
                if not in_turn(next(seen), 5):
                    continue
                answer = door.request(method, path, headers=preflight, follow_redirects=False)
                opened = [name for name in answer.headers if name.startswith("access-control-")]
                assert not opened, (method, path)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "PROPFIND", "INVENTE"])
def test_a_method_that_no_route_declares_is_refused(doors: Doors, method: str) -> None:
    for path in addresses(doors):
        answer = browser(doors).request(method, path, headers={"X-Repete": "canari"})
        assert answer.status_code in (401, 404, 405), (method, path)
        assert "canari" not in answer.text


def test_every_body_says_its_type_and_the_encoding_of_its_text(doors: Doors) -> None:
    seen: dict[str, httpx2.Response] = {}
    turn = count()
    files = {"/static/style.css", "/static/map.js", "/static/leaflet/leaflet.js", "/rapport.csv"}
    for door in readers(doors):
        for path in sorted(addresses(doors) | files | {f"/opportunites/{OPENING}"}):
            if not in_turn(next(turn), 3):
                continue
            answer = door.get(path, headers={"Accept": "text/html"}, follow_redirects=False)
            if answer.content:
                kind = answer.headers["content-type"]
                seen[kind] = answer
                assert not kind.startswith("text/") or "charset=utf-8" in kind, (path, kind)
                assert kind != "application/octet-stream", path
    assert len(seen) >= 4


def test_a_form_is_read_from_its_body_alone(doors: Doors) -> None:
    """Neither the address nor a cookie can stand for a field of a form, or of JSON."""
    open_account(doors, "facilitator", "forme@exemple.invalid")
    form = {"courriel": "forme@exemple.invalid", "mot_de_passe": PASSWORD}
    visit = browser(doors)
    visit.cookies.update(form)
    assert visit.post("/connexion", params=form).status_code == 401
    visit = browser(doors)
    assert visit.post("/connexion", data=form).status_code == 303
    assert doors.facilitator.post("/api/matches", params={"text": "tonte"}, json={}).status_code == 422


def test_a_repeated_field_of_a_key_is_no_second_key(doors: Doors) -> None:
    """Of two X-API-Key headers, none is tried after the other was refused."""
    both = [("X-API-Key", "ps_faux"), ("X-API-Key", doors.secrets["client"])]
    assert browser(doors).get("/api/actors", headers=both).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/static/", "/static/leaflet/", "/static/leaflet/images/", "/static-offline-docs/", "/static/.git/config",
        "/static/%2e%2e/rendering.py",
        "/static/%252e%252e/rendering.py", "/static/..%2frendering.py", "/static/leaflet/..%2f..%2f__init__.py",
        "/static//etc/passwd", "/.git/config", "/.git/HEAD", "/.env", "/var/polesud.db", "/api/app.py",
        "/pyproject.toml",
    ],
)  # fmt: skip
def test_no_folder_is_listed_and_nothing_beside_what_is_served_is_read(doors: Doors, path: str) -> None:
    for door in readers(doors):
        answer = door.get(path, follow_redirects=False)
        assert answer.status_code in (401, 404), path


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_our_scripts_write_texts_as_texts_and_leave_nothing_in_the_browser(script: Path) -> None:
    assert not UNSAFE_IN_SCRIPTS.findall(script.read_text("utf-8"))


def test_there_are_scripts_to_look_at() -> None:
    assert "map.js" in {path.name for path in SCRIPTS}


@pytest.mark.parametrize(
    "path",
    [f"/opportunites?page={HUGE}", f"/acteurs?page={HUGE}", f"/dossiers?page={HUGE}", f"/journal?avant={HUGE}",
     f"/opportunites/{OPENING}?nombre={HUGE}", f"/rapport?annee={HUGE}", f"/rapport.csv?annee={HUGE}",
     f"/acteurs/{GARDENERS}?page={HUGE}", f"/dossiers?page=-{HUGE}", f"/journal?avant=-{HUGE}", f"/nuits/{HUGE}"],
)  # fmt: skip
def test_a_number_that_no_column_holds_is_no_failure(doors: Doors, path: str) -> None:
    assert signed_in(doors, "administrator").get(path).status_code < 500


@pytest.mark.parametrize("path", ["/api/actors", "/api/opportunities", "/api/subscriptions", "/api/ratings"])
def test_nor_is_it_for_a_program(doors: Doors, path: str) -> None:
    for name in ("limit", "offset", "page", "after"):
        assert doors.facilitator.get(path, params={name: HUGE}).status_code < 500


def test_leaving_clears_what_the_browser_keeps(doors: Doors) -> None:
    """Clear Site Data (W3C): caches of pages, whatever is stored. Only the cookie of the session goes."""
    left = signed_in(doors, "facilitator").post("/deconnexion")
    assert left.headers["clear-site-data"] == '"cache", "storage"'
    assert "Max-Age=0" in left.headers["set-cookie"]


def test_every_page_of_a_session_offers_to_leave_it(doors: Doors) -> None:
    for role in ("administrator", "facilitator"):
        visit = signed_in(doors, role)
        menu = Outline(visit.get("/").text)
        pages = {link["href"] for link in menu.all("a") if (link["href"] or "").startswith("/")}
        for path in pages | {f"/opportunites/{OPENING}", f"/acteurs/{GARDENERS}", f"/acteurs/{ABSENT}"}:
            page = visit.get(path or "")
            assert Outline(page.text).all("form", action="/deconnexion"), path


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "http://a b"]
)
def test_no_link_of_a_record_leads_to_anything_but_a_site(doors: Doors, address: str) -> None:
    opportunity = {"source_id": "lien", "title": "Lien", "url": address}
    actor = {"source_id": "lien", "name": "Lien", "kind": "scop", "website": address}
    assert doors.facilitator.post("/api/opportunities", json=opportunity).status_code == 422
    assert doors.facilitator.post("/api/actors", json=actor).status_code == 422


def test_a_password_is_masked_and_may_be_pasted_or_filled_in_by_a_keeper(doors: Doors) -> None:
    """Nothing else is asked of who signs in: no question, no hint; and no script is there that could forbid pasting."""
    page = Outline(browser(doors).get("/connexion").text)
    shown = {one["name"]: one for one in page.all("input") if one.get("type") != "hidden"}
    assert set(shown) == {"courriel", "mot_de_passe"}
    assert shown["mot_de_passe"]["type"] == "password"
    assert shown["mot_de_passe"]["autocomplete"] == "current-password"
    assert shown["courriel"]["autocomplete"] == "username"
    assert not page.all("script")
