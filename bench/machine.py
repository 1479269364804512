"""Is this a quiet machine of two cores? Goals in seconds and megabytes were set for one."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

CORES = 2
LARGEST_LOAD = 0.5
LARGEST_STRETCH = 1.1
LOOP_S = 1.0


@dataclass(frozen=True)
class Machine:
    """What was seen of a machine.

    cores: how many this process may use. load: mean number of processes that ran or waited, over the last minute.
    stretch: wall time ÷ processor time of a loop that runs on `CORES` cores at once (the slowest of them): 1 where
    nothing else runs, 2 where each has to share its core.
    """

    cores: int
    load: float
    stretch: float


def examine(loop_s: float = LOOP_S) -> Machine:
    """Read the number of cores and the load, then run a loop of `loop_s` seconds of processor time on each core."""
    load, _, _ = os.getloadavg()
    # Processes, not threads: Python's lock would have two threads wait for each other.
    with ProcessPoolExecutor(CORES, get_context("spawn")) as pool:
        # A first short loop has every process started before the one that counts.
        list(pool.map(_stretch, [0.01] * CORES))
        stretch = max(pool.map(_stretch, [loop_s] * CORES))
    return Machine(len(os.sched_getaffinity(0)), load, stretch)


def _stretch(loop_s: float) -> float:
    wall, processor = time.perf_counter(), time.process_time()
    while time.process_time() - processor < loop_s:
        pass
    return (time.perf_counter() - wall) / (time.process_time() - processor)


def disturbances(machine: Machine) -> list[str]:
    """Return why goals in seconds and megabytes do not count on this machine, in French; empty where they do."""
    reasons = []
    if machine.cores != CORES:
        plural = "s" if machine.cores > 1 else ""
        reasons.append(f"{machine.cores} processeur{plural} au lieu de {CORES}")
    if machine.load > LARGEST_LOAD:
        reasons.append(
            f"charge de {_decimal(machine.load)} avant la mesure, au lieu de {_decimal(LARGEST_LOAD)} au plus"
        )
    if machine.stretch > LARGEST_STRETCH:
        reasons.append(f"une boucle d’essai dure {_decimal(machine.stretch)} fois son temps de processeur")
    return reasons


def disturbances_after(machine: Machine) -> list[str]:
    """Return what disturbed the end of a run: only the loop can tell, the load is mostly the run's own."""
    return [f"après la mesure, {reason}" for reason in disturbances(Machine(CORES, 0.0, machine.stretch))]


def _decimal(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
