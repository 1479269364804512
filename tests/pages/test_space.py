"""A partner sees its own actors, what is proposed to them and what it said; nothing of anybody else's."""

import re

import pytest
from fastapi.testclient import TestClient

from models.base import utc_now
from tests.signed_in import PASSWORD, browser, open_partner, sessions
from tests.world import Doors, demo_actor

GARDENERS = demo_actor("a001", "00017926700026")
OTHER = demo_actor("a002", "")
MARK = re.compile(r"/espace/propositions/([\w-]+)")
EMAIL = "partenaire@exemple.invalid"


@pytest.fixture(scope="module")
def partner(doors: Doors) -> TestClient:
    open_partner(doors.engine, EMAIL, GARDENERS, name="Camille Partenaire")
    return sign_in(doors, EMAIL)


def sign_in(doors: Doors, email: str) -> TestClient:
    return browser(doors, sessions.sign_in(doors.engine, email, PASSWORD, address="192.0.2.1", now=utc_now()))


def marks(partner: TestClient) -> list[str]:
    return list(dict.fromkeys(MARK.findall(partner.get("/espace").text)))


def test_x(doors, partner):
    for p in ("/espace", "/espace/acteurs", f"/espace/acteurs/{GARDENERS}", "/espace/donnees"):
        a = partner.get(p)
        print(p, a.status_code)
    a = partner.post("/espace/donnees")
    print(a.status_code, a.text[:500])
    for m in marks(partner):
        a = partner.get(f"/espace/propositions/{m}")
        print(a.status_code)

    assert 0
