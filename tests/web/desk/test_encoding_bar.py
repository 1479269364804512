"""While many new rows are encoded, every page answers, and the house alone is told how many wait."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.accounts import sessions
from api.core.french import plural
from matcher.embedding import Encoder
from models.base import utc_now
from tests.support.databases import copy_database
from tests.support.held_encoder import COUNT, HeldEncoder, import_many
from tests.support.options import OPTIONS
from tests.support.signed_in import PASSWORD, browser, open_partner, signed_in
from tests.support.world import Doors, demo_actor, demo_opportunity, opened_doors

pytestmark = pytest.mark.slow

GARDENERS, OPENING = demo_actor("a001", "00017926700026"), demo_opportunity("m001")
PARTNER = "partenaire@exemple.invalid"
# Not a measure of speed: how often, at most, what must come is looked for.
LOOKS = 3_000


@dataclass
class Importing:
    """The invented world, in which a file of COUNT actors was just imported; none of them is encoded yet."""

    doors: Doors
    encoder: HeldEncoder
    house: TestClient
    partner: TestClient
    nobody: TestClient

    def wait_for(self, is_reached: Callable[[], bool]) -> None:
        for _ in range(LOOKS):
            if is_reached():
                return
            threading.Event().wait(0.02)
        raise AssertionError("it never came")

    def waiting(self) -> int:
        waiting: int = self.doors.app.state.desk.encoding.waiting
        return waiting


@pytest.fixture
def importing(world_database: Path, encoder: Encoder, tmp_path: Path) -> Iterator[Importing]:
    held = HeldEncoder(encoder)
    with opened_doors(copy_database(world_database, tmp_path / "world.db"), held) as doors:
        open_partner(doors.engine, PARTNER, GARDENERS)
        token = sessions.sign_in(
            doors.engine, PARTNER, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS
        )
        house = signed_in(doors, "facilitator")
        import_many(tmp_path / "world.db", tmp_path)
        state = Importing(doors, held, house, browser(doors, token), browser(doors))
        state.wait_for(lambda: state.waiting() == COUNT)
        yield state
        held.permits.release(1_000)


def test_pages_answer_from_what_is_ready_and_say_how_many_rows_wait(importing: Importing) -> None:
    """The house sees a bar; the number goes down with each portion; in the end there is no bar, and all rows."""
    for address in ("/", "/acteurs", "/dossiers", f"/opportunites/{OPENING}", f"/acteurs/{GARDENERS}"):
        page = importing.house.get(address)
        assert page.status_code == 200
        assert f"{plural(COUNT, 'fiche')} en cours d’encodage" in page.text
        assert f'value="0" max="{COUNT}"' in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "Reliure" not in importing.house.get("/acteurs?texte=reliure").text
    found = importing.house.post("/recherche", data={"texte": "Tonte à Crest"}, follow_redirects=True)
    assert found.status_code == 200, "who pastes a text has it encoded by its own request"

    importing.encoder.permits.release()
    importing.wait_for(lambda: importing.waiting() < COUNT)
    now = importing.house.get("/encodage").json()
    assert (now["done"], now["total"]) == (COUNT - importing.waiting(), COUNT)
    assert now["words"] == f"{plural(importing.waiting(), 'fiche')} en cours d’encodage"

    importing.encoder.permits.release(1_000)
    importing.wait_for(lambda: importing.waiting() == 0)
    page = importing.house.get("/acteurs?texte=reliure")
    assert "encodage" not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "Reliure 1" in page.text


def test_nobody_outside_is_told_that_rows_wait(importing: Importing) -> None:
    """Among them are confidential ones: neither a partner, nor a client, nor a visitor sees a bar or a number."""
    answers = [
        *(importing.partner.get(address) for address in ("/espace", "/espace/acteurs", "/espace/donnees", "/absente")),
        *(importing.nobody.get(address) for address in ("/connexion", "/ready", "/health", "/absente")),
        importing.doors.client.get("/api/actors"),
        importing.doors.client.post("/api/matches", json={"text": "Tonte à Crest", "k": 3}),
    ]
    for answer in answers:
        assert answer.status_code in (200, 404), answer.text
        assert "encodage" not in answer.text
        # As a number of its own: decimals of a score may be any digits.
        assert not re.search(rf"(?<![\d.]){COUNT}(?!\d)", answer.text)
    assert importing.partner.get("/encodage").status_code == 403
    assert importing.nobody.get("/encodage").status_code == 303
