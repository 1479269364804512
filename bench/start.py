"""How soon a process that serves is ready, what it holds, and how soon it shows a changed row.

The vectors are scattered ones (`bench.scattered`): what they say has no part in it.
"""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from sqlalchemy import update
from sqlmodel import col

from api.core.settings import HOME_DEPARTMENTS
from api.matching.desk import Desk
from api.matching.kept_columns import KeptColumns
from bench.record_ids import actor_ids
from bench.results import Result, ratio
from bench.scattered import ScatteredEncoder
from bench.served_api import served
from bench.timing import percentile
from bench.world import ENCODER, FULL, Size, prepare
from matcher.embedding import Encoder, open_encoder
from models.database import open_database, writing
from models.tables import Actor

# The desk of two départements; that of the country takes minutes to make: POLESUD_BENCH_ACTORS=200000.
ACTORS = int(os.environ.get("POLESUD_BENCH_ACTORS", FULL.actors))
# How long the first start may take to write its file.
WRITTEN_S = 300.0
CHANGES = 20


@dataclass(frozen=True)
class Started:
    """Seconds until a process was ready, of its processors, and what it holds then, in MB."""

    ready_s: float
    processor_s: float
    resident_mb: float
    private_mb: float
    shared_out_mb: float  # PSS: a page of two processes counts half in each

    @classmethod
    def of(cls, process: psutil.Process, ready_s: float) -> "Started":
        spent, memory = process.cpu_times(), process.memory_full_info()
        return cls(ready_s, spent.user + spent.system, memory.rss / 2**20, memory.uss / 2**20, memory.pss / 2**20)


def measure(console: Console) -> list[Result]:
    """Start without the file, with it, and a second process beside the first."""
    size = Size(ACTORS, FULL.openings, FULL.takeovers)
    scattered = ScatteredEncoder(open_encoder(str(ENCODER)))
    engine, url = prepare(console, size, encoder=scattered, kind="scattered-")
    engine.dispose()
    path = Path(f"{url.removeprefix('sqlite:///')}.columns")
    path.unlink(missing_ok=True)
    with started(url) as (_, first):
        _wait_for(path)
    with ExitStack() as both:
        one, again = both.enter_context(started(url))
        _, beside = both.enter_context(started(url))
        shared = Started.of(one, again.ready_s)
    changed = changed_ms(url, scattered)
    said = f"{size.actors} acteurs"
    return [
        Result("départ", f"prête sans fichier, {said}", first.ready_s, "s"),
        Result("départ", "dont temps de processeur", first.processor_s, "s"),
        Result("départ", f"prête avec le fichier, {said}", again.ready_s, "s", 3 if size.actors <= FULL.actors else 5),
        Result("départ", "dont temps de processeur", again.processor_s, "s"),
        ratio("départ", "avec ÷ sans fichier, temps de processeur", again.processor_s, first.processor_s, 0.7),
        Result("départ", "le fichier", path.stat().st_size / 2**20, "Mo"),
        Result("départ", "mémoire résidente", again.resident_mb, "Mo"),
        Result("départ", "mémoire privée", again.private_mb, "Mo", 600),
        Result("départ", "PSS, à deux processus", max(shared.shared_out_mb, beside.shared_out_mb), "Mo", 1200),
        Result("départ", "un nom changé, médiane", statistics.median(changed), "ms", 20),
        Result("départ", "le même, 95 % sous", percentile(changed), "ms"),
    ]


def changed_ms(url: str, encoder: Encoder) -> list[float]:
    """Return the milliseconds of processor time until a desk that was read from its file shows a changed name."""
    engine = open_database(url)
    path = Path(f"{url.removeprefix('sqlite:///')}.columns")
    desk = Desk(engine, encoder, HOME_DEPARTMENTS, kept=KeptColumns(path, encoder.revision))
    desk.snapshot()
    times: list[float] = []
    for number, actor_id in enumerate(actor_ids(engine, CHANGES)):
        with writing(engine) as session:
            session.execute(update(Actor).where(col(Actor.id) == actor_id).values(name=f"Autre nom {number}"))
        begun = time.process_time()
        desk.snapshot()
        times.append((time.process_time() - begun) * 1000)
    engine.dispose()
    return times


@contextmanager
def started(url: str) -> Iterator[tuple[psutil.Process, Started]]:
    """Yield a process that serves, and how it started."""
    with served(url) as (_, process, ready_s):
        yield process, Started.of(process, ready_s)


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + WRITTEN_S
    while not path.exists():
        if time.monotonic() > deadline:
            raise RuntimeError("the file of columns was not written")
        time.sleep(0.1)
    # Its token is noted right after.
    time.sleep(1)
