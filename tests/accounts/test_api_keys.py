"""A key opens what its role allows, and its secret is nowhere but in its owner's hands."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.accounts import api_keys
from api.audit.log import journal_page
from api.core.errors import InvalidError, UnauthorizedError
from models.base import utc_now
from models.database import reading, writing
from models.tables import ApiKey
from tests.support.api_document import api_document
from tests.support.databases import stored_bytes
from tests.support.reads import read_once
from tests.support.world import ABSENT, Doors, demo_actor

pytestmark = pytest.mark.slow

OPEN = {"/health", "/ready"}


def operations() -> Iterator[tuple[str, str]]:
    for path, methods in api_document()["paths"].items():
        for method in methods:
            yield method.upper(), path


OPERATIONS = sorted(operations())
CLOSED = [one for one in OPERATIONS if one[1] not in OPEN]
# A client may not read them either: they tell who the partners are.
FACILITATORS_READ = {"/api/subscriptions", "/api/ratings", "/api/nights", "/api/nights/{day}"}
WRITES = [one for one in CLOSED if one[0] != "GET" and one[1] not in ("/api/matches", "/api/coalitions")]
REFUSED = WRITES + [one for one in CLOSED if one[0] == "GET" and one[1] in FACILITATORS_READ]


def knock(doors: Doors, method: str, path: str, headers: dict[str, str]) -> int:
    """Return the status of a well-formed request."""
    filled = path.replace("{day}", "2026-11-24").replace("{", "").replace("}", "").replace("actor_id", ABSENT)
    filled = (
        filled.replace("opportunity_id", ABSENT).replace("suggestion_id", ABSENT).replace("subscription_id", ABSENT)
    )
    filled += f"?suggestion_id={ABSENT}" if (method, path) == ("GET", "/api/ratings") else ""
    bodies: dict[str, Any] = {
        "/api/matches": {"text": "tonte de pelouse"},
        "/api/coalitions": {"opportunity_id": ABSENT},
        "/api/actors": {"source_id": "a", "name": "A", "kind": "scop"},
        "/api/opportunities": {"source_id": "a", "title": "A"},
        "/api/subscriptions": {"email": "a@exemple.invalid", "search": "tonte"},
        "/api/ratings": {"partner_id": ABSENT, "suggestion_id": ABSENT, "interest": 3},
    }
    options = {} if method == "GET" else {"json": bodies.get(path, {})}
    return doors.anonymous.request(method, filled, headers=headers, **options).status_code


def test_there_are_routes_to_try() -> None:
    assert len(CLOSED) >= 10
    assert len(WRITES) >= 4
    assert len(OPERATIONS) - len(CLOSED) == len(OPEN)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_every_route_refuses_whoever_has_no_key(doors: Doors, method: str, path: str) -> None:
    """No key, an empty one, a wrong one, the hash of a right one, a right one in the wrong place."""
    right = doors.secrets["facilitator"]
    with reading(doors.engine) as session:
        digests = session.exec(select(ApiKey.secret_hash)).all()
    wrong: list[dict[str, str]] = [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "ps_" + "a" * 43},
        {"X-API-Key": right[:-1]},
        {"X-API-Key": right + "x"},
        {"Authorization": f"Bearer {right}"},
        *({"X-API-Key": digest} for digest in digests),
    ]
    assert [knock(doors, method, path, headers) for headers in wrong] == [401] * len(wrong)
    assert knock(doors, method, path, {"X-API-Key": right}) in (200, 201, 404, 409)


@pytest.mark.parametrize("path", sorted(OPEN))
def test_health_and_readiness_need_no_key(doors: Doors, path: str) -> None:
    assert knock(doors, "GET", path, {}) == 200


@pytest.mark.parametrize(("method", "path"), REFUSED)
def test_a_client_s_key_neither_writes_nor_reads_of_partners(doors: Doors, method: str, path: str) -> None:
    assert knock(doors, method, path, {"X-API-Key": doors.secrets["client"]}) == 403


def test_what_a_client_may_not_write_is_not_written(doors: Doors) -> None:
    path = f"/api/actors/{demo_actor('a001', '00017926700026')}"
    before = doors.client.get(path).json()
    assert doors.client.patch(path, json={"name": "Jamais pris"}).status_code == 403
    assert (
        doors.client.post("/api/actors", json={"source_id": "pris", "name": "Jamais pris", "kind": "scop"}).status_code
        == 403
    )
    assert doors.client.get(path).json() == before
    assert doors.client.get("/api/actors", params={"q": "Jamais pris"}).json()["actors"] == []


def test_a_client_s_key_reads_and_asks(doors: Doors) -> None:
    for method, path in set(CLOSED) - set(REFUSED):
        assert knock(doors, method, path, {"X-API-Key": doors.secrets["client"]}) in (200, 404)


def test_the_secret_is_neither_stored_nor_logged(
    doors: Doors, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in the tables, not in the journal of the database, not in any log at its most talkative."""
    with caplog.at_level(logging.DEBUG):
        for role in ("facilitator", "client"):
            assert getattr(doors, role).get("/api/actors").status_code == 200
            getattr(doors, role).get("/api/nulle-part")
        secret = api_keys.create_key(doors.engine, "une autre")
        assert secret
        assert read_once(doors.engine, api_keys.authenticate, secret, now=utc_now()).name == "une autre"
    content = stored_bytes(doors.engine)
    assert b"une autre" in content
    told = caplog.text + "".join(capfd.readouterr())
    for one in (*doors.secrets.values(), secret):
        assert one.encode() not in content
        assert one.removeprefix(api_keys.PREFIX).encode() not in content
        assert one.removeprefix(api_keys.PREFIX) not in told
        assert one.removeprefix(api_keys.PREFIX) not in repr(doors.app.state.__dict__)


def test_a_replaced_key_opens_nothing_and_its_name_goes_to_the_new_one(engine: Engine) -> None:
    former = api_keys.create_key(engine, "Mairie")
    assert former
    assert api_keys.create_key(engine, "Mairie") is None
    latter = api_keys.replace_key(engine, "Mairie", api_keys.FACILITATOR)
    assert read_once(engine, api_keys.authenticate, latter, now=utc_now()).role == api_keys.FACILITATOR
    with pytest.raises(UnauthorizedError):
        read_once(engine, api_keys.authenticate, former, now=utc_now())
    # It stays in the tables, for what it asked keeps its author.
    with reading(engine) as session:
        names = {key.name: key.revoked_at for key in session.exec(select(ApiKey)).all()}
    assert len(names) == 2
    assert names["Mairie"] is None


def test_a_revoked_key_opens_nothing(doors: Doors) -> None:
    secret = api_keys.create_key(doors.engine, "à révoquer") or ""
    assert knock(doors, "GET", "/api/actors", {"X-API-Key": secret}) == 200
    with writing(doors.engine) as session:
        key = session.exec(select(ApiKey).where(ApiKey.name == "à révoquer")).one()
        key.revoked_at = key.created_at
    assert knock(doors, "GET", "/api/actors", {"X-API-Key": secret}) == 401


def test_secrets_cannot_be_guessed_from_one_another(engine: Engine) -> None:
    secrets = {api_keys.create_key(engine, f"clé {number}") for number in range(20)}
    assert len(secrets) == 20
    assert all(secret and secret.startswith(api_keys.PREFIX) and len(secret) >= 40 for secret in secrets)


def test_a_key_opens_until_it_expires_and_no_longer(engine: Engine) -> None:
    now = utc_now()
    secret = api_keys.create_key(engine, "Mairie", now=now, days=30)
    assert read_once(engine, api_keys.authenticate, secret, now=now + timedelta(days=30, seconds=-1))
    with pytest.raises(UnauthorizedError):
        read_once(engine, api_keys.authenticate, secret, now=now + timedelta(days=30))


def test_revoking_is_noted_with_who_did_it_and_the_name_stays_taken(engine: Engine) -> None:
    secret = api_keys.create_key(engine, "Mairie", by="account:a")
    key_id = read_once(engine, api_keys.find_key, "Mairie").id
    for _ in range(2):
        api_keys.revoke_key(engine, key_id, by="account:b", now=utc_now())
    with pytest.raises(UnauthorizedError):
        read_once(engine, api_keys.authenticate, secret, now=utc_now())
    noted = [(entry.action, entry.actor) for entry in reversed(read_once(engine, journal_page))]
    assert noted == [("key.created", "account:a"), ("key.revoked", "account:b")]
    assert api_keys.create_key(engine, "Mairie") is None


def test_a_key_s_day_of_use_is_written_soon_after_it_was_used(doors: Doors) -> None:
    assert doors.client.get("/api/actors").status_code == 200
    doors.app.state.rate_limits.merge()
    key = read_once(doors.engine, api_keys.find_key, "test client")
    assert key.last_used_on == utc_now().date()


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_key_has_a_name_of_a_bounded_length(engine: Engine, name: str) -> None:
    with pytest.raises(InvalidError):
        api_keys.create_key(engine, name)
