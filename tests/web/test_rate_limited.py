"""Beyond the limits the answer is 429 with Retry-After, in the form of the door that was knocked at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.accounts import api_keys
from api.app import create_app
from api.core.settings import Settings
from matcher.embedding import Encoder
from models.database import open_database
from tests.support.accounts import PASSWORD, account
from tests.support.databases import url_of
from tests.support.world import CLIENT_BASE

pytestmark = pytest.mark.slow

LIMIT = 5


@pytest.fixture
def served(database: Path, encoder: Encoder) -> Iterator[tuple[TestClient, str, str]]:
    """A service of small limits, a key, and the address of an account."""
    engine = open_database(url_of(database))
    secret, email = api_keys.create_key(engine, "Mairie") or "", account(engine)
    engine.dispose()
    options = Settings(
        database_url=url_of(database),
        link_keys=str(database.with_suffix(".keys")),
        rate_per_key=LIMIT,
        rate_per_account=LIMIT,
        rate_per_network=3 * LIMIT,
    )
    with TestClient(create_app(options, encoder=encoder), base_url=CLIENT_BASE, follow_redirects=False) as client:
        yield client, secret, email


def at(client: TestClient, address: str) -> TestClient:
    """Return a client of a network of its own."""
    return TestClient(client.app, base_url=CLIENT_BASE, client=(address, 5000), follow_redirects=False)


def test_a_key_is_told_to_wait_as_a_problem_document(served: tuple[TestClient, str, str]) -> None:
    client, secret, _ = served
    answers = [client.get("/api/subscriptions", headers={"X-API-Key": secret}) for _ in range(LIMIT + 2)]
    assert [answer.status_code for answer in answers] == [403] * LIMIT + [429] * 2
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert client.get("/connexion").status_code == 200


def test_an_account_is_told_to_wait_by_a_page(served: tuple[TestClient, str, str]) -> None:
    client, _, email = served
    form = {"courriel": email, "mot_de_passe": PASSWORD}
    client.post("/connexion", data=form, headers={"Origin": CLIENT_BASE})
    answers = [client.get("/compte") for _ in range(LIMIT + 1)]
    assert [answer.status_code for answer in answers] == [200] * LIMIT + [429]
    assert "Trop de requêtes à la fois" in answers[-1].text
    assert "Retry-After" in answers[-1].headers


@pytest.mark.parametrize(
    ("path", "accept", "media"),
    [("/connexion", "text/html", "text/html"), ("/api/actors", "text/html", "application/problem+json")],
)
def test_a_network_is_told_to_wait_before_anything_is_read_and_others_are_not(
    served: tuple[TestClient, str, str], path: str, accept: str, media: str
) -> None:
    flooding, other = at(served[0], "203.0.113.5"), at(served[0], "203.0.113.6")
    statuses = [flooding.get(path, headers={"Accept": accept}).status_code for _ in range(3 * LIMIT + 1)]
    assert statuses.count(429) == 1
    refused = flooding.get(path, headers={"Accept": accept})
    assert refused.headers["content-type"].startswith(media)
    assert "Retry-After" in refused.headers
    assert refused.headers["cache-control"] == "no-store"
    assert flooding.get("/health").status_code == 200
    assert other.get("/connexion").status_code == 200
