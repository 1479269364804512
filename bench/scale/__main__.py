"""Measure every system at every size: `python -m bench.scale [--actors N …] [--systems NAME …]`, or `make bench-scale`.

After each size it writes `var/scale/results.json`, and the tables and the plot of docs/performance.md. What would take
the run over `--minutes` is skipped, and it is said; encoding the phrases, which is done once, does not count.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from bench.machine import disturbances, examine
from bench.scale import on_postgresql
from bench.scale.exact import lay_least
from bench.scale.measuring import Case, Measure
from bench.scale.phrases import COLLECTIONS, real_phrases
from bench.scale.report import Run, write_report
from bench.scale.systems import FIRST, SYSTEMS
from bench.scale.vectors import FOLDER, RealVectors, likeness, made_vectors, real_vectors

SIZES = (2_000, 10_000, 50_000, 200_000)
LONGEST_BUILD_S = 15 * 60
LONGEST_RUN_MIN = 60.0
# A build grows a little faster than its rows.
GROWTH = 1.2
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")


def main(arguments: Sequence[str], console: Console) -> int:
    """Measure, print and write. Return 0."""
    options = _parser().parse_args(arguments)
    machine = examine()
    real = _real(console, options.collections)
    clock = Clock(options.minutes)
    sizes = sorted(options.actors)
    made = made_vectors(real.rows, max(sizes[-1] * 5 // 2, 2 * len(real.rows)))
    _lay(real, made)
    alike = likeness(real, made)
    del made
    limits, measures = {}, list[Measure]()
    for actors in sizes:
        limits[actors] = _limits(actors * 5 // 2, real.rows.shape[1])
        case = Case(FOLDER, actors)
        lay_least(FOLDER, actors, case.rows(), case.questions(), FIRST)
        for name in options.systems:
            smaller = [measure for measure in measures if measure.system == name]
            for measure in _measured(name, actors, smaller[-1] if smaller else None, clock):
                measures.append(measure)
                console.print(_line(measure, limits[actors][0]))
        run = Run(
            measures=tuple(measures),
            limits_ms=limits,
            likeness=alike,
            phrases=len(real.rows),
            collections=real.collections,
            revision=real.revision,
            reservations=tuple(disturbances(machine)),
            minutes=clock.spent_s / 60,
        )
        (FOLDER / "results.json").write_text(run.to_json(), "utf-8")
        if not options.no_report:
            write_report(run)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    names = (*SYSTEMS, on_postgresql.NAME)
    parser.add_argument("--actors", type=int, nargs="+", default=list(SIZES), help="sizes, multiples of 4")
    parser.add_argument("--systems", nargs="+", choices=names, default=list(names))
    parser.add_argument("--minutes", type=float, default=LONGEST_RUN_MIN, help="how long all of it may take")
    parser.add_argument("--collections", type=Path, default=COLLECTIONS, help="folders of judgments, read in place")
    parser.add_argument("--no-report", action="store_true", help="leave docs/performance.md as it is")
    return parser


@dataclass
class Clock:
    """How long the run may take, and how long each system took at the size before."""

    minutes: float
    began: float = field(default_factory=time.monotonic)
    taken_s: dict[str, float] = field(default_factory=dict)

    @property
    def spent_s(self) -> float:
        return time.monotonic() - self.began

    @property
    def left_s(self) -> float:
        return self.minutes * 60 - self.spent_s

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.taken_s[name] = time.monotonic() - began


def _real(console: Console, collections: Path) -> RealVectors:
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Encodage des textes", total=None)
        return real_vectors(lambda done, n: bar.update(task, completed=done, total=n), real_phrases(collections))


def _lay(real: RealVectors, made: np.ndarray) -> None:
    np.save(FOLDER / "made.npy", made)
    np.savez(FOLDER / "questions.npz", rows=real.questions, starts=real.starts)


def _limits(vectors: int, dim: int) -> tuple[float, float]:
    """Return the milliseconds of reading so many vectors once: in float32, and in eight bits."""
    answer = _child("bench.scale.stream", [str(vectors), str(dim)], 120)
    whole, quarter = (float(part) for part in answer.split())
    return whole, quarter


def _measured(name: str, actors: int, smaller: Measure | None, clock: Clock) -> list[Measure]:
    """Measure a system, unless it would take too long by what it took at the size before."""
    empty = Measure(name, actors, actors * 5 // 2, None, None, None, None)
    if smaller and smaller.build_s is None:
        return [replace(empty, note=smaller.note)]
    growth = actors / smaller.actors * GROWTH if smaller else 0
    build_s = growth * smaller.build_s if smaller and smaller.build_s else 0
    whole_s = growth * clock.taken_s.get(name, 0)
    if build_s > LONGEST_BUILD_S:
        return [replace(empty, note=f"skipped: its build would take about {build_s / 60:.0f} minutes")]
    if whole_s > clock.left_s:
        left = f"about {whole_s / 60:.0f} minutes, and {clock.left_s / 60:.0f} of the run are left"
        return [replace(empty, note=f"skipped: it would take {left}")]
    try:
        with clock.timing(name):
            if name == on_postgresql.NAME:
                return on_postgresql.measured(Case(FOLDER, actors), LONGEST_BUILD_S)
            answer = _child("bench.scale.measuring", [name, str(actors), str(FOLDER)], LONGEST_BUILD_S + 120)
            return [Measure(**json.loads(answer.splitlines()[-1]))]
    except subprocess.TimeoutExpired:
        return [replace(empty, note="skipped: its build took more than 15 minutes")]
    except ModuleNotFoundError as error:
        return [replace(empty, note=f"skipped: {error.name} is not installed")]
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1]
        if not last.startswith("ModuleNotFoundError"):
            raise
        return [replace(empty, note=f"skipped: {last.partition(': ')[2]}")]


def _child(module: str, arguments: Sequence[str], timeout_s: float) -> str:
    command = [sys.executable, "-m", module, *arguments]
    environment: Mapping[str, str] = os.environ | ONE_THREAD
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=timeout_s)
    return done.stdout


def _line(measure: Measure, limit_ms: float) -> str:
    if measure.query_ms is None:
        return f"{measure.actors:>7} {measure.system:13} {measure.note}"
    figures = {name: value for name, value in asdict(measure).items() if isinstance(value, float)}
    words = ", ".join(f"{name} {value:.3g}" for name, value in figures.items())
    return f"{measure.actors:>7} {measure.system:13} {words}, {measure.query_ms / limit_ms:.3g} × the stream"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Console(width=None if sys.stdout.isatty() else 160)))
