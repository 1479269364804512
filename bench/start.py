"""How soon a process that serves is ready, and what it holds: with the file of columns, and without.

The vectors are scattered ones (`bench.scattered`): what they say has no part in it.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console

from bench.results import Result, ratio
from bench.scattered import ScatteredEncoder
from bench.served_api import served
from bench.world import ENCODER, FULL, Size, prepare
from matcher.embedding import open_encoder

# The desk of two départements; that of the country takes minutes to make: POLESUD_BENCH_ACTORS=200000.
ACTORS = int(os.environ.get("POLESUD_BENCH_ACTORS", FULL.actors))
# How long the first start may take to write its file.
WRITTEN_S = 300.0


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
    ]


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
