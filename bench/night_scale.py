"""The night at scale: `python -m bench.night_scale [--actors N] [--openings N] [--recipients N] [--workers N]
[--postgres]`.

A desk as `bench.world` makes it, none of its opportunities announced before, with vectors that cost nothing
(`bench.mixed_vectors`), in SQLite or on a PostgreSQL server of its own, with its file of columns. Each worker is a
process; mails go to a server that discards them. Prints how long each step takes by the clock and of the processors,
how much memory, and the speed of the batched product beside that of BLAS on a square product in the same run. What is
prepared before is not in it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from sqlalchemy import Engine

from api.core.clock import night_of
from bench import night
from bench.mixed_vectors import MixedVectors
from bench.night_worker import opened_desk
from bench.world import ENCODER, FOLDER, Size, copied, on_postgresql, prepare
from matcher.embedding import open_encoder

# One opportunity in ten is a takeover, as in `bench.world.FULL`.
TAKEOVER_EVERY = 10


def measure(console: Console, size: Size, recipients: int, workers: int, *, postgres: bool) -> dict[str, Any]:
    """Do one night, and return what it took."""
    encoder = MixedVectors(open_encoder(str(ENCODER)))
    FOLDER.mkdir(parents=True, exist_ok=True)
    real_rows = FOLDER / "mixed-rows.npy"
    np.save(real_rows, encoder.real)
    with _world(console, size, encoder, real_rows, postgres=postgres) as world, night.mail_server() as port:
        night.add_partners(world.engine, partners=recipients, new_opportunities=size.opportunities, forget=False)
        world.engine.dispose()
        begun, day = time.perf_counter(), night_of(datetime.now(UTC))
        words = [world.url, str(world.columns), str(port), day.isoformat(), str(real_rows)]
        worked = _worked(words, workers)
        wall = time.perf_counter() - begun
    first = worked[0]
    report = first.pop("report")
    return {
        "database": "postgresql" if postgres else "sqlite",
        "actors": size.actors,
        "openings": size.opportunities,
        "recipients": recipients,
        "wall_s": round(wall, 1),
        "mails": report["mails"],
        "match": {name: value for name, value in report["stages"]["match"].items() if not isinstance(value, dict)},
        "workers": [first, *({k: v for k, v in each.items() if k != "report"} for each in worked[1:])],
    }


class World(NamedTuple):
    """A desk's database and its file of columns."""

    engine: Engine
    url: str
    columns: Path


@contextmanager
def _world(console: Console, size: Size, encoder: MixedVectors, real_rows: Path, *, postgres: bool) -> Iterator[World]:
    """Yield a world that may be changed, with its file of columns: a process that serves has it before the night."""
    if postgres:
        with on_postgresql(console, size, encoder=encoder) as (engine, url), TemporaryDirectory(dir=FOLDER) as folder:
            world = World(engine, url, Path(folder) / "world.columns")
            _keep_columns(world.url, world.columns, real_rows)
            yield world
        return
    engine, url = prepare(console, size, encoder=encoder, kind="mixed-")
    engine.dispose()
    _keep_columns(url, _beside(url), real_rows)
    with copied(console, size, encoder=encoder, kind="mixed-") as (engine, url):
        yield World(engine, url, _beside(url))


def _beside(url: str) -> Path:
    return Path(f"{url.removeprefix('sqlite:///')}.columns")


def _keep_columns(url: str, columns: Path, real_rows: Path) -> None:
    desk = opened_desk(url, columns, real_rows)
    desk.snapshot()
    desk.keep()
    desk.wait_until_kept()
    desk.engine.dispose()


def _worked(words: Sequence[str], workers: int) -> list[dict[str, Any]]:
    """Run so many workers at once; return what each says."""
    threads = str(max(1, (os.cpu_count() or 1) // workers))
    command = [sys.executable, "-m", "bench.night_worker", *words]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads}
    processes = [
        subprocess.Popen([*command, *extra], stdout=subprocess.PIPE, text=True, env=environment)
        for extra in [["--product"], *[[]] * (workers - 1)]
    ]
    said = [process.communicate()[0] for process in processes]
    for process in processes:
        if process.returncode:
            raise RuntimeError(f"a worker ended with {process.returncode}")
    return [json.loads(each) for each in said]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actors", type=int, default=10_000)
    parser.add_argument("--openings", type=int, default=500)
    parser.add_argument("--recipients", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--postgres", action="store_true")
    told = parser.parse_args()
    takeovers = told.openings // TAKEOVER_EVERY
    size = Size(actors=told.actors, openings=told.openings - takeovers, takeovers=takeovers)
    print(json.dumps(measure(Console(), size, told.recipients, told.workers, postgres=told.postgres)))


if __name__ == "__main__":
    main()
