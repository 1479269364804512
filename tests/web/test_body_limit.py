"""No request sends more than its route takes: it is refused before the rest is read, whoever sends it."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.web.body_limit import declared_length
from tests.support.desk_paths import CASE, address, visitor_of
from tests.support.outline import Outline
from tests.support.own_loop import run_apart
from tests.support.world import Doors
from tests.web.test_doors import DOORS

pytestmark = pytest.mark.slow

CHUNK = 50_000
# The limit of the settings' default, and what may have been on its way.
MOST = 256_000 + CHUNK
WRITES = sorted(door for door in DOORS if not door.startswith("GET "))
TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
BEGINNINGS = {
    TYPES[0]: b'{"text": "',
    TYPES[1]: b"texte=",
    TYPES[2]: b'--x\r\nContent-Disposition: form-data; name="fichier"; filename="f.csv"\r\n\r\n',
}


def send_endlessly(doors: Doors, door: str, kind: str, *, declared: bool, cookie: str = "") -> tuple[int, str, int]:
    """Send a body of 30 MB to a door; return the status, the page and how many bytes were read."""
    method, _, path = door.partition(" ")
    path = re.sub(r"{\w+}", "aucun", path)
    headers = [(b"host", b"polesud.invalid"), (b"content-type", kind.encode()), (b"sec-fetch-site", b"same-origin")]
    headers += [(b"content-length", b"30000000")] if declared else []
    headers += [(b"cookie", cookie.encode())] if cookie else []
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http", "headers": headers,
        "client": ("192.0.2.9", 1), "server": ("polesud.invalid", 80), "state": {},
    }  # fmt: skip
    read, status, page = 0, 0, b""

    async def receive() -> dict[str, Any]:
        nonlocal read
        body = BEGINNINGS[kind] if not read else b"a" * CHUNK
        read += len(body)
        return {"type": "http.request", "body": body, "more_body": read < 30_000_000}

    async def send(message: Any) -> None:
        nonlocal status, page
        status = message.get("status", status)
        page += message.get("body", b"")

    run_apart(doors.app(scope, receive, send))  # type: ignore[arg-type]
    return status, page.decode(), read


@pytest.mark.parametrize("door", WRITES)
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_nobody_sends_much_to_any_door(doors: Doors, door: str, kind: str, declared: bool) -> None:
    status, _, read = send_endlessly(doors, door, kind, declared=declared)
    assert read <= (0 if declared else MOST)
    assert status in (303, 400, 401, 403, 404, 413, 422)


@pytest.mark.parametrize("door", ["POST /connexion", "POST /avis/{token}"])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_a_page_says_so_in_french(doors: Doors, door: str, declared: bool) -> None:
    status, page, _ = send_endlessly(doors, door, TYPES[1], declared=declared)
    assert status == 413
    assert "Cet envoi est trop lourd" in Outline(page).words


def test_the_api_says_so_in_a_problem_document(doors: Doors) -> None:
    answer = doors.anonymous.post("/api/matches", json={"text": "a" * 300_000})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert answer.json()["title"] == "Envoi trop lourd"
    assert answer.json()["detail"] == "au plus 256 ko"


@pytest.fixture(scope="module")
def house(visitors: dict[str, TestClient]) -> TestClient:
    return visitors["administrator"]


def test_who_is_signed_in_sends_a_file_and_no_more_than_the_settings_allow(
    doors: Doors, house: TestClient, visitors: dict[str, TestClient], paths: dict[str, str]
) -> None:
    """2 MB go through; 30 MB are read by neither door, with or without a declared length."""
    big = b"id;nom;type\n" + b"x;y;z\n" * 400_000
    sent = house.post("/importer", data={"contenu": "actors"}, files={"fichier": ("f.csv", big)})
    assert sent.status_code == 303
    pdf = b"%PDF-1.7\n" + b"x" * 2_000_000
    documents = f"/opportunites/{CASE}/confidentialite/documents"
    assert house.post(documents, files={"fichier": ("n.pdf", pdf)}).status_code == 303
    cookie = "; ".join(f"{name}={value}" for name, value in house.cookies.items())
    for door in ("POST /importer", "POST /opportunites/{opportunity_id}/confidentialite/documents"):
        where = address(door, paths)
        assert visitor_of(doors, visitors, door) is house
        for declared in (True, False):
            _, _, read = send_endlessly(doors, f"POST {where}", TYPES[2], declared=declared, cookie=cookie)
            assert read == 0


def test_a_form_of_a_thousand_fields_is_refused(doors: Doors) -> None:
    answer = doors.anonymous.post("/connexion", content="a=1&" * 200, headers={
        "Content-Type": TYPES[1], "Sec-Fetch-Site": "same-origin",
    })  # fmt: skip
    assert answer.status_code == 400


def test_a_length_of_thousands_of_digits_is_too_much_and_no_failure(house: TestClient) -> None:
    """Whatever server is in front: Python makes no number of them."""
    documents = f"/opportunites/{CASE}/confidentialite/documents"
    for path in ("/connexion", "/api/matches", "/importer", documents):
        for digits in ("9" * 5_000, "0" * 5_000 + "9" * 30):
            answer = house.post(path, content=b"a=1", headers={"Content-Length": digits, "Content-Type": TYPES[1]})
            assert answer.status_code in (413, 422) if path == documents else answer.status_code == 413


@pytest.mark.parametrize(
    ("text", "length"),
    [("12", 12), ("", None), ("-3", None), ("²", None), ("٣", None), ("0" * 20 + "7", 7), ("0", 0), ("9" * 16, 10**15)],
)
def test_a_declared_length_is_read_as_a_bounded_number(text: str, length: int | None) -> None:
    assert declared_length({"content-length": text}) == length
