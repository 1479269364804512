"""Two processes over one database: how long until outsiders of the one see what was changed through the other."""

import random
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
from rich.console import Console

from api.accounts import api_keys
from api.accounts.audience import Audience
from api.demo.postgres_server import create_database, postgres_server
from bench.ratings import prepare
from bench.record_ids import opportunity_ids
from bench.results import Result
from bench.served_api import TIMEOUT_S, served
from models.database import open_database

EDITS = 40
# Edits come at any moment between two looks at the tables.
LONGEST_PAUSE_S = 0.9
GOAL_S = 1.0


@dataclass(frozen=True)
class Waits:
    """Seconds from the answer to an edit until the other process shows it."""

    seconds: list[float]

    def results(self, name: str) -> list[Result]:
        return [
            Result("fraîcheur", f"{name} : vu de l’autre processus, médiane", statistics.median(self.seconds), "s"),
            Result("fraîcheur", f"{name} : au plus tard, de {len(self.seconds)}", max(self.seconds), "s", GOAL_S),
        ]


def measure(_console: Console) -> list[Result]:
    """Measure over PostgreSQL, which tells of changes, and over an SQLite file, which is looked at."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        results = waits(f"sqlite:///{folder / 'fresh.db'}", folder).results("SQLite")
        with postgres_server(folder / "data") as server_url:
            return results + waits(create_database(server_url, "fresh"), folder).results("PostgreSQL")


def waits(url: str, folder: Path, edits: int = EDITS) -> Waits:
    """Move the deadline of an opening through one process, and rank actors for it by the other until it tells it.

    Who asks has a client's key: an outsider, who never waits for the snapshot.
    """
    engine = open_database(url)
    prepare(engine)
    opening = opportunity_ids(engine, 1, Audience())[0]
    house, outsider = (
        {"X-API-Key": api_keys.replace_key(engine, role, role)} for role in (api_keys.FACILITATOR, api_keys.CLIENT)
    )
    rng, seconds = random.Random(0), []
    shared = {"POLESUD_LINK_KEYS": str(folder / "keys"), "POLESUD_LEDGER": str(folder / "revocations")}
    with ExitStack() as stack:
        one, other = (stack.enter_context(served(url, **shared))[0] for _ in range(2))
        writer = stack.enter_context(httpx2.Client(base_url=one, headers=house, timeout=TIMEOUT_S))
        reader = stack.enter_context(httpx2.Client(base_url=other, headers=outsider, timeout=TIMEOUT_S))
        for number in range(edits):
            time.sleep(rng.uniform(0, LONGEST_PAUSE_S))
            deadline = str(date.today() + timedelta(days=100 + number))
            writer.patch(f"/api/opportunities/{opening}", json={"deadline": deadline}).raise_for_status()
            began = time.perf_counter()
            while _shown(reader, opening) != deadline:
                if time.perf_counter() - began > TIMEOUT_S:
                    raise TimeoutError("the other process does not show the edit")
            seconds.append(time.perf_counter() - began)
    engine.dispose()
    return Waits(seconds)


def _shown(client: httpx2.Client, opening: str) -> str:
    """Return the deadline of an opening in a client's snapshot."""
    answer = client.post("/api/matches", json={"opportunity_id": opening, "k": 1}).raise_for_status()
    return str(answer.json()["rankings"][0]["question"]["deadline"])
