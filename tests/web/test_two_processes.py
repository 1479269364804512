"""Two served processes over one database: requests go to one and the other in turn, and nothing is missed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.accounts import accounts, api_keys
from models.base import utc_now
from models.database import open_database, reading, writing
from models.set_aside import SetAside
from models.tables import AccountSession, Partner, Rating
from tests.support.accounts import PASSWORD, account
from tests.support.databases import copy_database, remove_database, url_of
from tests.support.page_forms import PageForm
from tests.support.serving import PATIENCE, serving, wait_for

pytestmark = pytest.mark.slow

TEXT = "Tonte et débroussaillage autour de l’école, à Crest"
NEW = "/opportunites/nouvelle"


class Alternating:
    """One person's browser, or program: each request goes to the other process than the one before."""

    def __init__(self, addresses: tuple[str, ...], **headers: str) -> None:
        self._turns = cycle(addresses)
        self._client = httpx2.Client(headers={"Sec-Fetch-Site": "same-origin"} | headers, timeout=PATIENCE)

    def __call__(self, method: str, path: str, **content: Any) -> httpx2.Response:
        return self._client.request(method, next(self._turns) + path, **content)

    def sign_in(self, email: str) -> None:
        answer = self("POST", "/connexion", data={"courriel": email, "mot_de_passe": PASSWORD})
        assert answer.status_code == 303, answer.text


@pytest.fixture(scope="module")
def pair(world_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, tuple[str, ...]]]:
    """A database, and the addresses of two processes that serve it."""
    folder = tmp_path_factory.mktemp("pair")
    database = copy_database(world_database, folder / "pair.db")
    engine = open_database(url_of(database))
    # Made once for both, as `docs/deployment.md` wants it.
    shared = {"POLESUD_IMPORTS": str(folder / "imports"), "POLESUD_LEDGER": str(folder / "ledger")}
    with ExitStack() as stack:
        served = [stack.enter_context(serving(database, errors=folder / f"{n}.log", **shared)) for n in range(2)]
        for process, address in served:
            wait_for(process, f"{address}/health", {200})
        for process, address in served:
            wait_for(process, f"{address}/ready", {200, 503})
        yield engine, tuple(address for _, address in served)
    engine.dispose()
    remove_database(database)
    assert not any("Traceback" in (folder / f"{n}.log").read_text() for n in range(2))


def until(found: Callable[[], bool]) -> None:
    end = monotonic() + PATIENCE
    while not found():
        assert monotonic() < end, "it never came"
        sleep(0.02)


def test_a_facilitator_s_journey_alternates_between_two_processes(pair: tuple[Engine, tuple[str, ...]]) -> None:
    engine, addresses = pair
    email = account(engine, "deux@exemple.invalid", accounts.FACILITATOR)
    house, outsider = Alternating(addresses), Alternating(addresses, **{"X-API-Key": key(engine, api_keys.CLIENT)})
    house.sign_in(email)
    # A pasted need: understood by one, ranked by the other, kept by the first, and seen at once on both.
    pasted = house("POST", "/recherche", data={"texte": TEXT})
    assert pasted.status_code == 303, pasted.text
    page = house("GET", pasted.headers["Location"])
    assert "Crest" in page.text
    with reading(engine) as session:
        assert all(b"Crest" not in row.content for row in session.exec(select(SetAside)))
    typed = {"genre": "tender", "objet": "Tonte de deux écoles", "lieu": "Crest (26)", "acte": "garder"}
    kept = house("POST", pasted.headers["Location"], data=typed)
    assert kept.status_code == 303, kept.text
    address = kept.headers["Location"].partition("?")[0]
    for _ in addresses:
        assert "Tonte de deux écoles" in house("GET", address).text
    # An edit is seen at once by its writer, and soon by those who never wait.
    for number in range(2 * len(addresses) + 1):
        form = PageForm(house("GET", f"{address}/corriger").text, f"{address}/corriger")
        saved = house("POST", f"{address}/corriger", data=form.with_(title=f"Tonte de {number} stades"))
        assert saved.status_code == 303, saved.text
        assert f"Tonte de {number} stades" in house("GET", address).text
    row = f"/api/opportunities/{address.rpartition('/')[2]}"
    for _ in addresses:
        until(lambda: outsider("GET", row).json().get("title") == "Tonte de 4 stades")
    # Whoever signs out of one is out of both.
    assert house("POST", "/deconnexion").status_code == 303
    for _ in addresses:
        assert house("GET", "/acteurs").headers["Location"].startswith("/connexion")


def test_a_form_that_its_session_did_not_outlive_is_found_on_the_other_process(
    pair: tuple[Engine, tuple[str, ...]],
) -> None:
    engine, addresses = pair
    email = account(engine, "expire@exemple.invalid", accounts.FACILITATOR)
    house = Alternating(addresses)
    house.sign_in(email)
    form = PageForm(house("GET", NEW).text, NEW)
    with writing(engine) as session:
        account_id = accounts.find_account(engine, email).id
        for row in session.exec(select(AccountSession).where(AccountSession.account_id == account_id)):
            row.expires_at = utc_now() - timedelta(minutes=1)
            session.add(row)
    sent = house("POST", NEW, data=form.with_(title="Élagage du mail"))
    assert sent.headers["Location"] == f"/connexion?retour={NEW}"
    house.sign_in(email)
    for _ in addresses:
        assert "Élagage du mail" in house("GET", NEW).text
    # Sent again, it is kept nowhere.
    house("POST", NEW, data=form.with_(title="Élagage du mail"))
    for _ in addresses:
        assert "Élagage du mail" not in house("GET", NEW).text


@pytest.mark.postgres_only("an SQLite file is taken for one process's: what it just showed is found a moment later")
def test_what_one_process_showed_is_rated_on_the_other_at_once(pair: tuple[Engine, tuple[str, ...]]) -> None:
    engine, addresses = pair
    with writing(engine) as session:
        session.add(Partner(id="p-deux", email="p@exemple.invalid", status="active"))
    program = Alternating(addresses, **{"X-API-Key": key(engine, api_keys.FACILITATOR)})
    opening = program("GET", "/api/opportunities").json()["opportunities"][0]["id"]
    shown: list[str] = []
    for _ in addresses:
        ranked = program("POST", "/api/matches", json={"opportunity_id": opening, "k": 1 + len(shown)}).json()
        shown.append(ranked["rankings"][0]["suggestions"][len(shown)]["id"])
        rating = {"partner_id": "p-deux", "suggestion_id": shown[-1], "interest": 3}
        assert program("POST", "/api/ratings", json=rating).status_code == 201
        program("GET", "/health")
    assert program("POST", "/api/ratings", json=rating | {"suggestion_id": "absente"}).status_code == 404
    with reading(engine) as session:
        rated = session.exec(select(Rating.suggestion_id).where(Rating.partner_id == "p-deux")).all()
    assert sorted(rated) == sorted(shown)


def key(engine: Engine, role: str) -> str:
    return api_keys.replace_key(engine, f"deux {role}", role)
