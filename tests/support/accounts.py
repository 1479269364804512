"""Somebody who is signed in, before the pages of the desk."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.accounts import accounts, invitations
from models.base import utc_now
from tests.support.options import OPTIONS
from tests.support.world import CLIENT_BASE, Doors

PASSWORD = "mot de passe assez long pour tous"
TOKEN = re.compile(r"[^/\s]+$")


def account(engine: Engine, email: str = "anim@exemple.invalid", role: str = accounts.FACILITATOR) -> str:
    """Make an account that may sign in, and return its address."""
    now = utc_now()
    link = invitations.invite(engine, email, role, name="Camille Exemple", by="cli", now=now, options=OPTIONS)
    found = TOKEN.search(link)
    assert found
    invitations.accept(engine, found[0], PASSWORD, now=now)
    return email


@contextmanager
def signed_in(doors: Doors, email: str) -> Iterator[TestClient]:
    """A browser of its own, signed in through the page."""
    with_cookie = TestClient(
        doors.app, base_url=CLIENT_BASE, headers={"Origin": CLIENT_BASE}, raise_server_exceptions=False
    )
    with_cookie.portal = doors.anonymous.portal
    answer = with_cookie.post("/connexion", data={"courriel": email, "mot_de_passe": PASSWORD}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    yield with_cookie
