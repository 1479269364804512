"""Measure every system at every size: `python -m bench.scale [--actors N …] [--systems NAME …]`, or `make bench-scale`.

Writes `var/scale/results.json`, and the tables and the plot of docs/performance.md.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from bench.machine import disturbances, examine
from bench.scale import on_postgresql
from bench.scale.measuring import Case, Measure
from bench.scale.phrases import COLLECTIONS, real_phrases
from bench.scale.report import Run, write_report
from bench.scale.systems import SYSTEMS
from bench.scale.vectors import FOLDER, RealVectors, likeness, made_vectors, real_vectors

SIZES = (2_000, 10_000, 50_000, 200_000)
LONGEST_BUILD_S = 15 * 60
# A build grows a little faster than its rows.
GROWTH = 1.2
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")


def main(arguments: Sequence[str], console: Console) -> int:
    """Measure, print and write. Return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    names = (*SYSTEMS, on_postgresql.NAME)
    parser.add_argument("--actors", type=int, nargs="*", default=list(SIZES), help="sizes, multiples of 4")
    parser.add_argument("--systems", nargs="*", choices=names, default=list(names))
    parser.add_argument("--collections", type=Path, default=COLLECTIONS, help="folders of judgments, read in place")
    parser.add_argument("--no-report", action="store_true", help="leave docs/performance.md as it is")
    options = parser.parse_args(arguments)
    began = time.time()
    machine = examine()
    real = _real(console, options.collections)
    made = made_vectors(real.rows, max(max(options.actors) * 5 // 2, 2 * len(real.rows)))
    _lay(real, made)
    alike = likeness(real, made)
    del made
    limits, measures = {}, list[Measure]()
    for actors in options.actors:
        limits[actors] = _limits(actors * 5 // 2, real.rows.shape[1])
        for name in options.systems:
            smaller = [measure for measure in measures if measure.system == name]
            for measure in _measured(name, actors, smaller[-1] if smaller else None):
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
        minutes=(time.time() - began) / 60,
    )
    (FOLDER / "results.json").write_text(run.to_json(), "utf-8")
    if not options.no_report:
        write_report(run)
    return 0


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


def _measured(name: str, actors: int, smaller: Measure | None) -> list[Measure]:
    """Measure a system, unless its build would take too long by what it took at the size before."""
    empty = Measure(name, actors, actors * 5 // 2, None, None, None, None)
    if smaller and smaller.build_s is None:
        return [replace(empty, note=smaller.note)]
    expected = smaller.build_s * actors / smaller.actors * GROWTH if smaller and smaller.build_s else 0
    if expected > LONGEST_BUILD_S:
        return [replace(empty, note=f"skipped: its build would take about {expected / 60:.0f} minutes")]
    try:
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
