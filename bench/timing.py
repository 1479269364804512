"""How long answers take, by the wall clock and in processor time of the server; and a fixed piece of work beside them.

On a machine that others load too, wall time says how busy it was. Processor time says what a page costs, and its
ratio to the fixed work of the same run is the same on a faster machine.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import httpx2

Asked = TypeVar("Asked")

SHARE = 0.95
YARDSTICK_ROUNDS = 400_000
# A server that used less than a twentieth of so many seconds is idle.
QUIET_S = 0.5


@dataclass(frozen=True)
class Times:
    """Milliseconds of some answers, in the order in which they were asked for: wall clock, processor of the server."""

    wall_ms: Sequence[float]
    processor_ms: Sequence[float]

    @property
    def wall_p95(self) -> float:
        return percentile(self.wall_ms)

    @property
    def processor_p95(self) -> float:
        return percentile(self.processor_ms)


def percentile(times: Sequence[float], share: float = SHARE) -> float:
    """Return what this share of the times does not exceed."""
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


def processor_s(pid: int) -> float:
    """Return the seconds of processor time that a process has used, all its threads together (Linux)."""
    # The clock of another process, as clock_getcpuclockid(3) makes its number: 2 is CPUCLOCK_SCHED.
    return time.clock_gettime((~pid << 3) | 2)


def wait_until_idle(pid: int, longest_s: float = 180) -> None:
    """Wait until a process has nothing to do: what it counts aside would be measured with the next page.

    Raises TimeoutError where it never rests.
    """
    until = time.monotonic() + longest_s
    while time.monotonic() < until:
        spent = processor_s(pid)
        time.sleep(QUIET_S)
        if processor_s(pid) - spent < QUIET_S / 20:
            return
    raise TimeoutError(f"the server is busy after {longest_s} s")


def timed(asked: Sequence[Asked], send: Callable[[Asked], httpx2.Response], pid: int) -> Times:
    """Ask a server, whose process is `pid`, for each in turn. Raises httpx2.HTTPStatusError for an error page."""
    wall_ms, processor_ms = [], []
    for request in asked:
        start, spent = time.perf_counter(), processor_s(pid)
        send(request).raise_for_status()
        wall_ms.append((time.perf_counter() - start) * 1000)
        processor_ms.append((processor_s(pid) - spent) * 1000)
    return Times(wall_ms, processor_ms)


@dataclass(frozen=True)
class Yardstick:
    """The milliseconds that the fixed work took: by the wall clock, and in processor time."""

    wall_ms: float
    processor_ms: float

    @classmethod
    def measured(cls) -> "Yardstick":
        """Do the fixed work once: whole numbers, words and a dictionary, as pages are made of them."""
        wall, processor = time.perf_counter(), time.process_time()
        words: dict[str, int] = {}
        for number in range(YARDSTICK_ROUNDS):
            word = f"mot {number * 7_919 % 10_007}"
            words[word] = words.get(word, 0) + len(word)
        sorted(words, key=lambda word: (words[word], word))
        return cls((time.perf_counter() - wall) * 1000, (time.process_time() - processor) * 1000)
