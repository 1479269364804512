"""Those who sign in, for tests: an account of a role, by its invitation, and a browser that holds its session."""

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.accounts import accounts, invitations, partner_accounts, sessions
from api.core.errors import NotFoundError
from api.web.cookie import Cookie
from models.base import utc_now
from tests.support.options import OPTIONS
from tests.support.world import CLIENT_BASE, Doors

PASSWORD = "correct cheval pile agrafe"
OWN = {"Sec-Fetch-Site": "same-origin"}


def open_account(doors: Doors, role: str, email: str, name: str = "") -> str:
    """Return the id of a new account of the house, which has chosen its password."""
    link = invitations.invite(doors.engine, email, role, name=name, by="cli", now=utc_now(), options=OPTIONS)
    invitations.accept(doors.engine, link.rpartition("/")[2], PASSWORD, now=utc_now())
    return accounts.find_account(doors.engine, email).id


def open_partner(engine: Engine, email: str, *actors: str, name: str = "") -> str:
    """Return the id of a new partner's account, which speaks for these actors."""
    first, *others = actors
    link = partner_accounts.invite_partner(engine, email, first, name=name, by="cli", now=utc_now(), options=OPTIONS)
    assert link
    invitations.accept(engine, link.rpartition("/")[2], PASSWORD, now=utc_now())
    for one in others:
        assert partner_accounts.invite_partner(engine, email, one, by="cli", now=utc_now(), options=OPTIONS) is None
    return accounts.find_account(engine, email).id


def browser(doors: Doors, token: str | None = None) -> TestClient:
    """Return a browser that posts from our own pages, with a session or none."""
    client = TestClient(
        doors.app, base_url=CLIENT_BASE, headers=OWN, follow_redirects=False, raise_server_exceptions=False
    )
    client.portal = doors.anonymous.portal
    if token:
        client.cookies.set(Cookie.of(doors.app.state.settings).name, token)
    return client


def signed_in(doors: Doors, role: str, email: str = "") -> TestClient:
    """Return a browser in which somebody of a role is signed in; the account is made where there is none."""
    address = email or f"{role}@exemple.invalid"
    try:
        accounts.find_account(doors.engine, address)
    except NotFoundError:
        open_account(doors, role, address)
    return browser(
        doors,
        sessions.sign_in(doors.engine, address, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS),
    )
