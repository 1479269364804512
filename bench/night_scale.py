"""The night at scale: `python -m bench.night_scale [--actors N] [--openings N] [--recipients N]`.

A desk as `bench.world` makes it, none of its opportunities announced before, with vectors that cost nothing
(`bench.mixed_vectors`): what is measured begins after encoding. Prints how long each step of the matching
takes, the peak of memory, and the speed of the batched product beside that of BLAS on a square product in the same run.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np
from rich.console import Console

from api.alerts.composing import SUBJECTS_AT_ONCE, AlertComposer
from api.core.clock import night_of
from api.core.settings import HOME_DEPARTMENTS, Settings
from api.mailing.links import Signer
from api.matching.desk import Desk
from api.partner_view.building import DeskView
from api.partner_view.ties import Ties
from bench import night
from bench.mixed_vectors import MixedVectors
from bench.world import ENCODER, Size, copied
from matcher.batches import BatchedPhrases
from matcher.embedding import open_encoder
from matcher.types import FloatArray

# One opportunity in ten is a takeover, as in `bench.world.FULL`.
TAKEOVER_EVERY = 10
# A square product of this size runs at the peak of BLAS.
SQUARE = 2048
TRIES = 5


class Steps:
    """Seconds of each step, printed as they end."""

    def __init__(self, console: Console) -> None:
        self.seconds: dict[str, float] = {}
        self._console = console

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 2)
        self._console.print(f"{name} : {self.seconds[name]} s, pic {peak_megabytes()} Mo")


def measure(console: Console, size: Size, recipients: int) -> dict[str, object]:
    """Compose the alerts of one night, and return what it took."""
    steps, options = Steps(console), Settings(_env_file=None)
    encoder = MixedVectors(open_encoder(str(ENCODER)))
    with copied(console, size, encoder=encoder, kind="mixed-") as (engine, _):
        night.add_partners(engine, partners=recipients, new_opportunities=size.opportunities)
        desk, signer = Desk(engine, encoder, HOME_DEPARTMENTS), Signer(["bench"], 45)
        now = datetime.now(UTC)
        with steps.step("desk"):
            snapshot = desk.snapshot()
        composer = AlertComposer(desk, signer, night=night_of(now), options=options)
        with steps.step("lines"):
            lines = composer.find_reach()
        with steps.step("alerts"):
            report = composer.compose(now=now)
        view = DeskView.of(desk, snapshot, night_of(now), Ties.of(signer))
        product = product_speed(view)
    return {
        "actors": size.actors,
        "openings": size.opportunities,
        "recipients": recipients,
        "seconds": steps.seconds,
        "peak_megabytes": peak_megabytes(),
        **lines,
        "mails": report.mails,
        "announced": report.announced,
        **product,
    }


def product_speed(view: DeskView) -> dict[str, object]:
    """Return the GFLOP/s of a night's product and of a square one, the best of some tries, and the share."""
    questions = [
        query for actor_id in sorted(view.public.actors)[:SUBJECTS_AT_ONCE] if (query := view.own_actor(actor_id))
    ]
    batch = BatchedPhrases.of(view.public.index.phrases, (query.actor.phrases for query in questions))
    texts = np.concatenate([query.actor.phrases.vectors for query in questions])[: len(batch.batch)]
    offered = batch.vectors
    square = np.ones((SQUARE, SQUARE), np.float32)
    ours = 2 * len(texts) * len(offered) * offered.shape[1] / fastest(lambda: texts @ offered.T)
    peak = 2 * SQUARE**3 / fastest(lambda: square @ square)
    return {
        "product_gflops": round(ours / 1e9, 1),
        "product_shape": [len(texts), offered.shape[1], len(offered)],
        "blas_peak_gflops": round(peak / 1e9, 1),
        "share_of_peak": round(ours / peak, 2),
    }


def fastest(work: Callable[[], FloatArray]) -> float:
    """Return the seconds of the fastest of some tries, after one that is not counted."""
    work()
    seconds = []
    for _ in range(TRIES):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def peak_megabytes() -> int:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actors", type=int, default=10_000)
    parser.add_argument("--openings", type=int, default=500)
    parser.add_argument("--recipients", type=int, default=300)
    told = parser.parse_args()
    takeovers = told.openings // TAKEOVER_EVERY
    size = Size(actors=told.actors, openings=told.openings - takeovers, takeovers=takeovers)
    print(json.dumps(measure(Console(), size, told.recipients)))


if __name__ == "__main__":
    main()
