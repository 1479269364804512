"""Databases and doors for tests: tables with their places, the invented world of `fixtures/`, the API over a copy."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.accounts import api_keys
from api.app import create_app
from api.catalogue.places.loading import load_places
from api.catalogue.schemas import RecordKind
from api.core.clock import today_in_france
from api.core.settings import HOME_DEPARTMENTS, Settings
from api.evaluation.invented_world import FIXTURES, FIXTURES_TODAY
from api.imports.importing import ingest
from api.matching.desk import Desk
from matcher.embedding import Encoder
from models.base import identifier
from models.database import insert_new, open_database, writing
from models.revisions import migrate
from models.tables import metadata
from models.vectors import TextVector
from tests.support.databases import make_database, url_of

VAR = Path(__file__).parents[2] / "var"
ENCODER, DEMO = VAR / "encoder", VAR / "demo.db"
# `.invalid` (RFC 2606): no test may reach a real site.
CLIENT_BASE = "http://polesud.invalid"

WORLD_FILES: tuple[tuple[str, RecordKind], ...] = (
    ("actors.csv", "actors"),
    ("openings.csv", "opportunities"),
    ("takeovers.csv", "opportunities"),
)

ABSENT = "00000000-0000-5000-8000-000000000000"


def build_bare(path: Path) -> None:
    """Make a database with the tables that the metadata say, and nothing else."""
    make_database(path)
    engine = open_database(url_of(path))
    metadata.create_all(engine)
    engine.dispose()


def build_empty(path: Path) -> None:
    """Make a database with its tables and its communes."""
    make_database(path)
    engine = open_database(url_of(path))
    migrate(engine)
    load_places(engine)
    engine.dispose()


def build_world(path: Path, encoder: Encoder) -> None:
    """Make a database with the invented world, its vectors made; its dates are moved to today, as the demo does."""
    build_empty(path)
    engine = open_database(url_of(path))
    for name, kind in WORLD_FILES:
        ingest(engine, FIXTURES / name, kind, source="demo", shift_days=(today_in_france() - FIXTURES_TODAY).days)
    _take_vectors(engine, encoder)
    Desk(engine, encoder, HOME_DEPARTMENTS).snapshot()
    engine.dispose()


def _take_vectors(engine: Engine, encoder: Encoder) -> None:
    """Take what this encoder made of the same texts for `make demo`: encoding them anew takes half a minute."""
    rows: list[tuple[str, str, bytes]] = []
    # No demonstration was loaded, or by a version with other tables.
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"file:{DEMO}?mode=ro", uri=True)) as demo:
        question = "SELECT encoder_revision, text_hash, vector FROM text_vectors WHERE encoder_revision = ?"
        rows = demo.execute(question, [encoder.revision]).fetchall()
    names = ("encoder_revision", "text_hash", "vector")
    with writing(engine) as session:
        insert_new(session, TextVector, [dict(zip(names, row, strict=True)) for row in rows])


def demo_actor(source_id: str, siret: str | None = None) -> str:
    """Return the id of an actor of `fixtures/actors.csv`."""
    return identifier("actors", f"siret:{siret}" if siret else f"demo:{source_id}")


def demo_opportunity(source_id: str) -> str:
    """Return the id of an opportunity of `fixtures/`."""
    return identifier(
        "opportunities", f"takeover:demo:{source_id}" if source_id.startswith("r") else f"demo:{source_id}"
    )


def synthetic_siret(number: int) -> str:
    """Return a valid SIRET of a unit that does not exist: no real SIREN begins with 000."""

    def keyed(digits: str) -> str:
        total = sum(
            int(digit) if place % 2 else sum(divmod(2 * int(digit), 10)) for place, digit in enumerate(reversed(digits))
        )
        return digits + str(-total % 10)

    return keyed(f"{keyed(f'000{number:05d}')}0001")


@dataclass(frozen=True)
class Doors:
    """The API, knocked at with a facilitator's key, a client's, or none; and the tables behind it."""

    app: FastAPI
    facilitator: TestClient
    client: TestClient
    anonymous: TestClient
    secrets: dict[str, str]
    tables: Engine

    @property
    def engine(self) -> Engine:
        """The tables, with all that earlier requests had written in the background."""
        assert self.app.state.background.drain(60)
        return self.tables

    def settle(self) -> None:
        """Wait until outsiders see what was written: they are never made to wait for it."""
        assert self.app.state.desk.catch_up(60)

    def ask(self, question: dict[str, Any], *, door: TestClient | None = None) -> list[dict[str, Any]]:
        """Return the rankings of a question that must be answered."""
        answer = (door or self.facilitator).post("/api/matches", json=question)
        assert answer.status_code == 200, answer.text
        rankings: list[dict[str, Any]] = answer.json()["rankings"]
        return rankings


@contextmanager
def opened_doors(database: Path, encoder: Encoder, **options: Any) -> Iterator[Doors]:
    """Start the application over a database, with the encoder that is open already, and wait until it is ready."""
    engine = open_database(url_of(database))
    # Tests ask faster than people and programs do, and try every page.
    fields = {"rate_per_key": 0, "rate_per_account": 0, "needs_page": True}
    fields |= {"ledger": f"{database}.revocations"} | options
    fields |= {"database_url": url_of(database), "link_keys": str(database.with_suffix(".keys"))}
    app = create_app(Settings.model_validate(fields), encoder=encoder)
    with TestClient(app, base_url=CLIENT_BASE) as anonymous:
        for _ in range(1200):
            if anonymous.get("/ready").status_code == 200:
                break
            sleep(0.05)
        assert anonymous.get("/ready").json() == {"status": "ok"}
        yield doors_of(app, anonymous, engine)
    engine.dispose()


def doors_of(app: FastAPI, anonymous: TestClient, engine: Engine) -> Doors:
    """Return the doors of an application that is ready, with new keys.

    All who knock share the loop in which the application was started, as behind a server: otherwise each request would
    begin a loop of its own, and threads.
    """
    secrets = {
        role: api_keys.replace_key(engine, f"test {role}", role) for role in (api_keys.FACILITATOR, api_keys.CLIENT)
    }
    facilitator, client = (
        TestClient(app, base_url=CLIENT_BASE, headers={"X-API-Key": secrets[role]}, raise_server_exceptions=False)
        for role in (api_keys.FACILITATOR, api_keys.CLIENT)
    )
    for own in (facilitator, client):
        own.portal = anonymous.portal
    return Doors(app, facilitator, client, anonymous, secrets, engine)
