"""Whoever is refused leaves a line: which route, which status, which account or key; and nothing that they sent."""

import logging
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.accounts.account_keys import AccountKeys
from api.accounts.rate_limits import RateLimits
from api.app import create_app
from models.base import utc_now
from tests.support.options import OPTIONS
from tests.support.signed_in import PASSWORD, browser, open_partner, sessions, signed_in
from tests.support.world import ABSENT, Doors, demo_actor
from tests.web.test_security_headers import troubles

pytestmark = pytest.mark.slow

CANARY = "canari-7f3a"
Act = Callable[[Doors], object]
FORM = {"courriel": f"{CANARY}@exemple.invalid", "mot_de_passe": CANARY}


def partner(doors: Doors) -> str:
    gardeners = demo_actor("a001", "00017926700026")
    open_partner(doors.engine, "refus@exemple.invalid", gardeners)
    return sessions.sign_in(
        doors.engine, "refus@exemple.invalid", PASSWORD, client_address="192.0.2.9", now=utc_now(), options=OPTIONS
    )


def throttled(doors: Doors) -> None:
    for _ in range(6):
        browser(doors).post("/connexion", data=FORM)


@pytest.mark.parametrize(
    ("act", "line"),
    [
        (lambda doors: doors.anonymous.get(f"/api/actors?q={CANARY}"), "GET /api/actors, 401, nobody known"),
        (lambda doors: doors.client.get(f"/metrics?{CANARY}"), "GET /metrics, 403, key:"),
        (lambda doors: browser(doors, partner(doors)).get(f"/acteurs/{CANARY}"), "/acteurs/{actor_id}, 403, account:"),
        (lambda doors: signed_in(doors, "facilitator").get("/comptes"), "GET /comptes, 403, account:"),
        (lambda doors: browser(doors).get(f"/avis/{CANARY}"), "GET /avis/{token}, 404, nobody known"),
        (
            lambda doors: browser(doors).post(f"/avis/{CANARY}", headers={"Sec-Fetch-Site": "cross-site"}),
            "POST an address without a route, 403, nobody known",
        ),
        (throttled, "POST /connexion, 429, nobody known"),
        (
            lambda doors: browser(doors).post("/connexion", data={CANARY: "a" * 300_000}),
            "POST /connexion, 413, nobody known",
        ),
    ],
    ids=["no key", "a client", "a partner", "no administrator", "a forged link", "another site", "tries", "too much"],
)  # fmt: skip
def test_a_refusal_is_logged_by_its_route(doors: Doors, caplog: pytest.LogCaptureFixture, act: Act, line: str) -> None:
    with caplog.at_level(logging.WARNING):
        act(doors)
    told = [record.getMessage() for record in caplog.records if record.name == "api.web.refusal_log"]
    assert [one for one in told if line in one], told
    assert CANARY not in "".join(told)
    assert "exemple" not in "".join(told)


def test_a_refusal_before_any_route_is_logged_and_carries_the_headers(
    doors: Doors, caplog: pytest.LogCaptureFixture
) -> None:
    """Another host, and a network that asks too much: in a service of its own limits over the same tables."""
    options = doors.app.state.settings.model_copy(
        update={"public_url": "https://rapprochements.exemple.invalid", "rate_per_network": 1}
    )
    app = create_app(options)
    key = AccountKeys.of(doors.app.state.signers.newest()).counters[-1]
    app.state.rate_limits = RateLimits(doors.engine, key, options, utc_now)
    elsewhere = TestClient(app, base_url=f"https://{CANARY}.invalid", client=("203.0.113.5", 5000))
    flooding = TestClient(app, base_url=options.public_url, client=("203.0.113.5", 5000))
    with caplog.at_level(logging.WARNING):
        answers = [elsewhere.get("/connexion"), flooding.get("/nulle-part"), flooding.get("/nulle-part")]
    assert [answer.status_code for answer in answers] == [421, 404, 429]
    assert [trouble for answer in answers for trouble in troubles(answer)] == []
    assert all(answer.headers["strict-transport-security"] for answer in answers)
    told = [record.getMessage() for record in caplog.records if record.name == "api.web.refusal_log"]
    assert told == [f"refused: GET an address without a route, {status}, nobody known" for status in (421, 429)]


def test_what_is_answered_or_merely_absent_leaves_no_line(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    visit = signed_in(doors, "facilitator")
    with caplog.at_level(logging.WARNING):
        for path in ("/", f"/acteurs/{ABSENT}", "/nulle-part", "/connexion"):
            visit.get(path)
        browser(doors).get("/comptes")
        doors.client.get(f"/api/actors/{ABSENT}")
    assert [record for record in caplog.records if record.name == "api.web.refusal_log"] == []
