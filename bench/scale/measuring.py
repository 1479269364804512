"""One system at one size, in a process of its own: `python -m bench.scale.measuring SYSTEM ACTORS FOLDER`.

Prints one line of JSON, a `Measure`. The folder holds what `bench.scale.__main__` laid there.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil

from bench.scale.exact import least_path, recall
from bench.scale.systems import FIRST, SYSTEMS, System
from bench.scale.vectors import starts_of
from matcher.types import FloatArray

# Questions are asked until this time has passed, some at least and no more than there are.
LONGEST_S, FEWEST = 6.0, 20
WARMED_BY = 3
MEGABYTE = 1e6
Found = TypeVar("Found")


@dataclass(frozen=True)
class Measure:
    """build_s: None where it was not measured. query_ms: the median. recall: of the exact FIRST, by cosine.

    memory_mb: private memory that the process has gained since it read nothing yet.
    """

    system: str
    actors: int
    vectors: int
    query_ms: float | None
    recall: float | None
    memory_mb: float | None
    build_s: float | None
    asked: int = 0
    note: str = ""


@dataclass(frozen=True)
class Case:
    """The rows of some actors, and what is asked of them."""

    folder: Path
    actors: int

    def rows(self) -> FloatArray:
        """Return the first rows of the made vectors, mapped from their file."""
        whole: FloatArray = np.load(self.folder / "made.npy", mmap_mode="r")
        return whole[: self.actors * 5 // 2]

    def questions(self) -> list[FloatArray]:
        with np.load(self.folder / "questions.npz") as kept:
            return np.split(kept["rows"], kept["starts"][1:-1])

    def least(self) -> FloatArray:
        """Return, for each question, the cosine of the last of the exact FIRST."""
        least: FloatArray = np.load(least_path(self.folder, self.actors))
        return least


def measure(name: str, system: System, case: Case, memory: Callable[[], float] | None = None) -> Measure:
    """Build a system, ask it, and compare what it finds with every product. memory: megabytes, else this process's."""
    rows, questions, starts = case.rows(), case.questions(), starts_of(case.actors)
    private = memory or (lambda: psutil.Process().memory_full_info().uss / MEGABYTE)
    before, began = private(), time.perf_counter()
    system.build(rows, starts)
    build_s = time.perf_counter() - began
    for question in questions[:WARMED_BY]:
        system.nearest(question)
    gained = private() - before
    spent, found = timed(system.nearest, questions)
    return Measure(
        name,
        case.actors,
        len(rows),
        float(np.median(spent)) * 1000,
        recall(rows, starts, questions, found, case.least(), FIRST),
        gained,
        build_s,
        len(spent),
    )


def timed(ask: Callable[[FloatArray], Found], questions: Sequence[FloatArray]) -> tuple[list[float], list[Found]]:
    """Ask questions one after the other until it has taken long; return the seconds of each, and its answer."""
    spent: list[float] = []
    found: list[Found] = []
    while len(spent) < len(questions) and (len(spent) < FEWEST or sum(spent) < LONGEST_S):
        began = time.perf_counter()
        found.append(ask(questions[len(spent)]))
        spent.append(time.perf_counter() - began)
    return spent, found


def main(name: str, actors: str, folder: str) -> None:
    """Measure one system."""
    print(json.dumps(asdict(measure(name, SYSTEMS[name](), Case(Path(folder), int(actors))))))


if __name__ == "__main__":
    main(*sys.argv[1:])
