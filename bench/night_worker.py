"""One worker of a night at scale, a process of its own.

`python -m bench.night_worker URL COLUMNS PORT NIGHT REAL_ROWS`: its desk is read from the file of columns. Prints JSON:
what each step took, the most memory that it had, and, with `--product`, the speed of the night's product beside that of
BLAS on a square one.
"""

import argparse
import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from api.alerts.composing import SUBJECTS_AT_ONCE
from api.core.settings import HOME_DEPARTMENTS, Settings
from api.mailing.links import Signer
from api.mailing.transport import Transport
from api.matching.desk import Desk
from api.matching.kept_columns import KeptColumns
from api.night.run import run_night
from api.partner_view.building import DeskView
from api.partner_view.ties import Ties
from bench.mixed_vectors import MixedVectors
from bench.world import ENCODER
from matcher.batches import BatchedPhrases
from matcher.embedding import open_encoder
from matcher.types import FloatArray
from models.database import open_database

SIGNER = Signer(["bench"], 45)
# A square product of this size runs at the peak of BLAS.
SQUARE = 2048
TRIES = 15
LOOK_S = 1.0
ROLLUP = Path("/proc/self/smaps_rollup")


class Steps(logging.Handler):
    """Wall and processor seconds of each step, as the night's log says that it ended."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seconds: dict[str, dict[str, float]] = {}
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def emit(self, record: logging.LogRecord) -> None:
        """Note the end of a step."""
        if not (isinstance(record.msg, str) and record.msg.endswith("%s done") and isinstance(record.args, tuple)):
            return
        wall, processor = time.perf_counter(), time.process_time()
        own = {"wall": round(wall - self._wall, 2), "processor": round(processor - self._processor, 2)}
        self.seconds[str(record.args[-1])] = own
        self._wall, self._processor = wall, processor


class Memory(threading.Thread):
    """Looks every second at what this process holds, and keeps the most, in MB (Linux).

    own: what no other process can share and no file holds. resident: with the pages of the mapped file that it has
    looked at, which others share and the system may take back. pss: the same, a page of two processes half in each.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = {"own": 0, "resident": 0, "pss": 0}
        self._ended = threading.Event()

    def run(self) -> None:
        """Look until it is ended."""
        while not self._ended.wait(LOOK_S):
            self._look()

    def ended(self) -> dict[str, int]:
        """Stop, and return the peaks."""
        self._ended.set()
        self.join()
        self._look()
        return self.most

    def _look(self) -> None:
        lines = (line.split() for line in ROLLUP.read_text("ascii").splitlines()[1:])
        kilobytes = {words[0]: int(words[1]) for words in lines}
        for name, field in {"own": "Anonymous:", "resident": "Rss:", "pss": "Pss:"}.items():
            self.most[name] = max(self.most[name], kilobytes[field] // 1024)


def opened_desk(url: str, columns: Path, real_rows: Path) -> Desk:
    """Return the desk of a database, which a file of columns keeps. real_rows: of `MixedVectors`."""
    encoder = MixedVectors(open_encoder(str(ENCODER), at_once=False), np.load(real_rows))
    return Desk(open_database(url), encoder, HOME_DEPARTMENTS, kept=KeptColumns(columns, encoder.revision))


def work(url: str, columns: Path, port: int, night: date, real_rows: Path, *, product: bool) -> dict[str, Any]:
    """Do what others leave of a night."""
    options = Settings(_env_file=None, smtp_port=port)
    desk, memory, steps = opened_desk(url, columns, real_rows), Memory(), Steps()
    logger = logging.getLogger("api.night.run")
    logger.setLevel(logging.INFO)
    logger.addHandler(steps)
    memory.start()
    with Transport.of(options) as transport:
        report = run_night(desk, SIGNER, transport, night=night, now=lambda: datetime.now(UTC), options=options)
    held = memory.ended()
    speed = product_speed(DeskView.of(desk, desk.snapshot(), night, Ties.of(SIGNER))) if product else {}
    return {"steps": steps.seconds, "megabytes": held, "report": report.as_json(), **speed}


def product_speed(view: DeskView) -> dict[str, Any]:
    """Return the GFLOP/s of a night's product and of a square one, the best of some tries, and the share."""
    questions = [
        query.actor.phrases
        for actor_id in sorted(view.public.actors)[:SUBJECTS_AT_ONCE]
        if (query := view.own_actor(actor_id))
    ]
    batch = BatchedPhrases.of(view.public.index.phrases, questions)
    texts = np.concatenate([question.vectors for question in questions])[: len(batch.batch)]
    square = np.ones((SQUARE, SQUARE), np.float32)
    own_s, square_s = fastest(lambda: texts @ batch.vectors.T, lambda: square @ square)
    ours, peak = 2 * len(texts) * batch.vectors.size / own_s, 2 * SQUARE**3 / square_s
    return {
        "product_gflops": round(ours / 1e9, 1),
        "product_shape": [len(texts), texts.shape[1], len(batch.vectors)],
        "blas_peak_gflops": round(peak / 1e9, 1),
        "share_of_peak": round(ours / peak, 2),
    }


def fastest(*works: Callable[[], FloatArray]) -> list[float]:
    """Return the seconds of the fastest try of each, tried in turn: what else the machine does weighs on all alike."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(TRIES):
        for own, compute in zip(seconds, works, strict=True):
            start = time.perf_counter()
            compute()
            own.append(time.perf_counter() - start)
    return [min(own) for own in seconds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("columns", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("night", type=date.fromisoformat)
    parser.add_argument("real_rows", type=Path)
    parser.add_argument("--product", action="store_true")
    told = parser.parse_args()
    print(json.dumps(work(told.url, told.columns, told.port, told.night, told.real_rows, product=told.product)))


if __name__ == "__main__":
    main()
