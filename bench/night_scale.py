"""The night at scale: `python -m bench.night_scale [--actors N] [--openings N] [--recipients N] [--workers N]`.

A desk as `bench.world` makes it, none of its opportunities announced before, with vectors that cost nothing
(`bench.mixed_vectors`), in SQLite with its file of columns. Each worker is a process; mails go to a server that
discards them. Prints how long each step takes by the clock and of the processors, how much memory, and the speed of the
batched product beside that of BLAS on a square product in the same run. What is prepared before is not in it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from api.core.clock import night_of
from bench import night
from bench.mixed_vectors import MixedVectors
from bench.night_worker import opened_desk
from bench.world import ENCODER, FOLDER, Size, copied, prepare
from matcher.embedding import open_encoder

# One opportunity in ten is a takeover, as in `bench.world.FULL`.
TAKEOVER_EVERY = 10


def measure(console: Console, size: Size, recipients: int, workers: int) -> dict[str, Any]:
    """Do one night, and return what it took."""
    encoder = MixedVectors(open_encoder(str(ENCODER)))
    FOLDER.mkdir(parents=True, exist_ok=True)
    real_rows = FOLDER / "mixed-rows.npy"
    np.save(real_rows, encoder.real)
    engine, url = prepare(console, size, encoder=encoder, kind="mixed-")
    engine.dispose()
    keep_columns(url, real_rows)
    with copied(console, size, encoder=encoder, kind="mixed-") as (engine, url), night.mail_server() as port:
        night.add_partners(engine, partners=recipients, new_opportunities=size.opportunities, forget=False)
        engine.dispose()
        begun, day = time.perf_counter(), night_of(datetime.now(UTC))
        worked = _worked([url, str(port), day.isoformat(), str(real_rows)], workers)
        wall = time.perf_counter() - begun
    first = worked[0]
    report = first.pop("report")
    return {
        "actors": size.actors,
        "openings": size.opportunities,
        "recipients": recipients,
        "wall_s": round(wall, 1),
        "mails": report["mails"],
        "match": {name: value for name, value in report["stages"]["match"].items() if not isinstance(value, dict)},
        "workers": [first, *({k: v for k, v in each.items() if k != "report"} for each in worked[1:])],
    }


def keep_columns(url: str, real_rows: Path) -> None:
    """Write the desk's file of columns, as a process that serves has before the night."""
    desk = opened_desk(url, real_rows)
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
    told = parser.parse_args()
    takeovers = told.openings // TAKEOVER_EVERY
    size = Size(actors=told.actors, openings=told.openings - takeovers, takeovers=takeovers)
    print(json.dumps(measure(Console(), size, told.recipients, told.workers)))


if __name__ == "__main__":
    main()
