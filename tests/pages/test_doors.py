"""Who may come in where: every route against everyone who may knock, sessions that end, passwords that hold."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from api.errors import InvalidError, NotFoundError, UnauthorizedError
from api.journeys import accounts
from api.pages.visitors import local_path
from models.base import utc_now
from models.database import reading
from models.tables import Account, Invitation, SignInFailure, SignInSession
from tests.world import ABSENT, CLIENT_BASE, Doors

EMAIL, PASSWORD = "camille@exemple.invalid", "une phrase assez longue"
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SAME = {"Sec-Fetch-Site": "same-origin"}

# What a session of the desk opens; what only an administrator's does; what a signed link or nobody's key opens. All
# the rest is the API's, which asks for a key (tests/api/test_auth.py).
SESSION = {
    ("GET", "/"),
    ("POST", "/recherche"),
    ("GET", "/opportunites/{opportunity_id}"),
    ("GET", "/acteurs/{actor_id}"),
}
ADMINISTRATION = {("GET", "/comptes"), ("POST", "/comptes"), ("POST", "/comptes/{account_id}/fermer")}
DOORS = {("GET", "/connexion"), ("POST", "/connexion"), ("POST", "/deconnexion")}
LINKS = {
    (method, f"/{name}/{{token}}")
    for name in ("avis", "suivi", "confirmer", "desinscription", "voir", "invitation")
    for method in ("GET", "POST")
} - {("POST", "/voir/{token}")}
KEYS = {("GET", "/nuits/{day}"), ("GET", "/metrics")}


def account(engine: Engine, email: str = EMAIL, role: str = accounts.FACILITATOR, now: datetime = NOW) -> None:
    accounts.accept(engine, accounts.invite(engine, email, "Camille", role, now=now), PASSWORD, now=now)


@pytest.fixture(scope="module")
def sessions(doors: Doors) -> dict[str, TestClient]:
    """A browser signed in as each role, and one that is not."""
    found = {"nobody": TestClient(doors.app, base_url=CLIENT_BASE, headers=SAME, raise_server_exceptions=False)}
    for role in accounts.ROLES:
        account(doors.engine, f"{role}@exemple.invalid", role, utc_now())
        browser = TestClient(doors.app, base_url=CLIENT_BASE, headers=SAME, raise_server_exceptions=False)
        answer = browser.post(
            "/connexion", data={"email": f"{role}@exemple.invalid", "password": PASSWORD}, follow_redirects=False
        )
        assert answer.status_code == 303
        found[role] = browser
    return found


def hidden_routes(doors: Doors) -> set[tuple[str, str]]:
    """Return every route of ours that the OpenAPI document does not tell."""
    parts = [route.original_router for route in doors.app.routes if hasattr(route, "original_router")]
    assert len(parts) > 10
    return {
        (method, route.path)
        for part in parts
        for route in part.routes
        if isinstance(route, APIRoute) and not route.include_in_schema
        for method in route.methods - {"HEAD"}
    }


def test_every_page_is_declared_here(doors: Doors) -> None:
    """A new one fails until somebody says who may open it."""
    assert hidden_routes(doors) == SESSION | ADMINISTRATION | DOORS | LINKS | KEYS


@pytest.mark.parametrize(("method", "path"), sorted(SESSION | ADMINISTRATION))
def test_a_page_opens_to_whom_it_is_for_and_to_nobody_else(
    doors: Doors, sessions: dict[str, TestClient], method: str, path: str
) -> None:
    url = path.replace("{opportunity_id}", ABSENT).replace("{actor_id}", ABSENT).replace("{account_id}", ABSENT)

    def knock(browser: TestClient, headers: dict[str, str] | None = None) -> int:
        return browser.request(method, url, headers=headers or {}, follow_redirects=False).status_code

    opened = {200, 404, 422}
    assert knock(sessions["nobody"]) == 303
    # A key of the API opens no page.
    assert knock(sessions["nobody"], {"X-API-Key": doors.secrets["facilitator"]}) == 303
    assert knock(sessions[accounts.ADMINISTRATOR]) in opened
    facilitator = knock(sessions[accounts.FACILITATOR])
    assert facilitator == 403 if (method, path) in ADMINISTRATION else facilitator in opened


def test_a_session_opens_no_door_of_the_api(sessions: dict[str, TestClient]) -> None:
    """Else another site could have a visitor's browser call it."""
    browser = sessions[accounts.ADMINISTRATOR]
    assert browser.get("/api/actors").status_code == 401
    assert browser.post("/api/matches", json={"text": "tonte de pelouse"}).status_code == 401


@pytest.mark.parametrize("path", sorted(path for method, path in SESSION | ADMINISTRATION | DOORS if method == "POST"))
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://ailleurs.invalid"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_form_of_another_site_is_refused(doors: Doors, path: str, headers: dict[str, str]) -> None:
    url = path.replace("{account_id}", ABSENT)
    assert doors.anonymous.post(url, headers=headers, follow_redirects=False).status_code == 403


def test_an_older_browser_is_known_by_its_origin(doors: Doors) -> None:
    data = {"email": "personne@exemple.invalid", "password": "x"}
    assert doors.anonymous.post("/connexion", data=data, headers={"Origin": CLIENT_BASE}).status_code == 401


def test_whoever_signs_in_comes_back_to_where_they_were(doors: Doors, sessions: dict[str, TestClient]) -> None:
    assert doors.anonymous.get("/", follow_redirects=False).headers["location"] == "/connexion?retour=/"
    away = sessions["nobody"].get(f"/acteurs/{ABSENT}", follow_redirects=False)
    assert away.headers["location"] == f"/connexion?retour=/acteurs/{ABSENT}"
    data = {"email": "facilitator@exemple.invalid", "password": PASSWORD, "retour": f"/acteurs/{ABSENT}"}
    browser = TestClient(doors.app, base_url=CLIENT_BASE, headers=SAME)
    answer = browser.post("/connexion", data=data, follow_redirects=False)
    assert answer.headers["location"] == f"/acteurs/{ABSENT}"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    browser.post("/deconnexion", follow_redirects=False)
    assert browser.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("back", ["https://a.invalid/", "//a.invalid", "/\\a.invalid", "a", "", "javascript:x", "/\na"])
def test_signing_in_never_leads_to_another_site(back: str) -> None:
    assert local_path(back) == "/"
    assert local_path("/acteurs/x?a=b") == "/acteurs/x?a=b"


@given(st.text(max_size=40))
def test_a_way_back_is_always_on_this_site(back: str) -> None:
    found = local_path(back)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))


def test_an_invitation_serves_once_and_a_new_one_ends_the_former(engine: Engine) -> None:
    first = accounts.invite(engine, EMAIL, "Camille", accounts.FACILITATOR, now=NOW)
    second = accounts.invite(engine, EMAIL, "Camille", accounts.FACILITATOR, now=NOW)
    with pytest.raises(NotFoundError):
        accounts.accept(engine, first, PASSWORD, now=NOW)
    with pytest.raises(InvalidError):
        accounts.accept(engine, second, "court", now=NOW)
    with pytest.raises(NotFoundError):
        accounts.accept(engine, second, PASSWORD, now=NOW + accounts.INVITATION_LASTS)
    accounts.accept(engine, second, PASSWORD, now=NOW)
    with pytest.raises(NotFoundError):
        accounts.accept(engine, second, PASSWORD, now=NOW)
    assert accounts.visitor(engine, accounts.sign_in(engine, EMAIL, PASSWORD, now=NOW), now=NOW)


def test_a_session_ends_by_time_by_its_owner_by_a_new_password_and_with_the_account(engine: Engine) -> None:
    account(engine)
    tokens = [accounts.sign_in(engine, EMAIL.upper(), PASSWORD, now=NOW) for _ in range(2)]
    assert len(set(tokens)) == 2
    assert accounts.visitor(engine, tokens[0], now=NOW + accounts.SESSION_LASTS) is None
    accounts.sign_out(engine, tokens[0], now=NOW)
    assert accounts.visitor(engine, tokens[0], now=NOW) is None
    assert accounts.visitor(engine, tokens[1], now=NOW)
    account(engine)
    assert accounts.visitor(engine, tokens[1], now=NOW) is None
    last = accounts.sign_in(engine, EMAIL, PASSWORD, now=NOW)
    found = accounts.visitor(engine, last, now=NOW)
    assert found
    accounts.disable(engine, found.account_id, now=NOW)
    assert accounts.visitor(engine, last, now=NOW) is None
    with pytest.raises(UnauthorizedError):
        accounts.sign_in(engine, EMAIL, PASSWORD, now=NOW)


def test_after_some_failures_an_address_waits_known_or_not_and_even_with_the_right_password(engine: Engine) -> None:
    account(engine)
    for email in (EMAIL, "inconnue@exemple.invalid"):
        said = set()
        for _ in range(accounts.PATIENCE):
            with pytest.raises(UnauthorizedError) as refused:
                accounts.sign_in(engine, email, "faux", now=NOW)
            said.add(refused.value.detail)
        assert said == {"Adresse ou mot de passe incorrect."}
        with pytest.raises(UnauthorizedError, match="Trop"):
            accounts.sign_in(engine, email, PASSWORD, now=NOW)
    assert accounts.sign_in(engine, EMAIL, PASSWORD, now=NOW + accounts.FIRST_WAIT + timedelta(seconds=1))


def test_no_secret_and_no_address_is_kept_where_it_need_not_be(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    account(engine)
    token = accounts.sign_in(engine, EMAIL, PASSWORD, now=NOW)
    with pytest.raises(UnauthorizedError):
        accounts.sign_in(engine, EMAIL, "faux", now=NOW)
    rows: list[Any] = []
    with reading(engine) as session:
        for table in (Account, Invitation, SignInFailure, SignInSession):
            rows += session.exec(select(table)).all()
    kept = " ".join(str(row.model_dump()) for row in rows)
    assert PASSWORD not in kept
    assert token not in kept
    assert kept.count(EMAIL) == 1
    assert EMAIL not in caplog.text
    assert "$argon2id$" in kept
