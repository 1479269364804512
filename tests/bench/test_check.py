"""`make bench CHECK=1` fails where a goal is missed; goals that depend on the machine count on a quiet one only."""

import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from bench.__main__ import PARTS, main
from bench.machine import Machine, disturbances, examine
from bench.results import Result

ROOT = Path(__file__).parents[2]
QUIET = Machine(cores=2, load=0.1, stretch=1.01)
BUSY = Machine(cores=2, load=6.0, stretch=2.9)

SLOW = Result("pages", "opportunité", 900, "ms", goal=200)
FAT = Result("API", "mémoire", 900, "Mo", goal=600)
RATIO = Result("fiches", "page après une modification ÷ sans", 44, "×", goal=3)
LOST = Result("avis", "avis perdus", 1, "", goal=0)
MET = Result("fiches", "page après une modification ÷ sans", 1.2, "×", goal=3)
UNBOUND = Result("API", "temps de processeur", 7, "s")


def run(results: list[Result], machine: Machine, *, check: bool = True) -> tuple[int, str]:
    console = Console(width=200, record=True, quiet=False, file=Path("/dev/null").open("w"))  # noqa: SIM115
    arguments = ["--check"] if check else []
    status = main(arguments, console=console, parts={"essai": lambda _console: results}, examine=lambda: machine)
    return status, console.export_text()


@pytest.mark.parametrize("missed", [RATIO, LOST])
@pytest.mark.parametrize("machine", [QUIET, BUSY])
def test_a_missed_ratio_or_count_fails_on_any_machine(missed: Result, machine: Machine) -> None:
    assert run([MET, missed], machine)[0] == 1


@pytest.mark.parametrize("missed", [SLOW, FAT])
def test_a_missed_goal_in_milliseconds_or_megabytes_is_printed_and_fails_on_a_quiet_machine_only(
    missed: Result,
) -> None:
    status, printed = run([MET, missed], BUSY)
    assert (status, "non, ne compte pas ici" in printed) == (0, True)
    assert run([MET, missed], QUIET)[0] == 1


def test_without_check_a_missed_goal_fails_nothing() -> None:
    status, printed = run([RATIO, SLOW], QUIET, check=False)
    assert (status, "non" in printed) == (0, True)


def test_what_is_met_or_has_no_goal_fails_nothing() -> None:
    assert run([MET, UNBOUND], QUIET)[0] == 0


def test_a_value_that_could_not_be_measured_misses_its_goal() -> None:
    assert Result("fiches", "rapport", float("nan"), "×", goal=3).met is False
    assert Result("fiches", "rapport", float("nan"), "×", goal=3, at_least=True).met is False


@pytest.mark.parametrize(
    ("machine", "word"),
    [
        (Machine(cores=16, load=0.1, stretch=1.0), "processeurs"),
        (Machine(cores=1, load=0.1, stretch=1.0), "processeur"),
        (Machine(cores=2, load=0.8, stretch=1.0), "charge"),
        (Machine(cores=2, load=0.1, stretch=1.3), "boucle"),
    ],
)
def test_a_machine_that_is_not_quiet_or_not_of_two_cores_says_why(machine: Machine, word: str) -> None:
    (reason,) = disturbances(machine)
    assert word in reason
    assert reason in run([MET], machine)[1]


def test_a_quiet_machine_of_two_cores_counts() -> None:
    assert disturbances(QUIET) == []
    assert "comptent" in run([MET], QUIET)[1]


def test_a_machine_that_becomes_busy_during_the_run_does_not_count() -> None:
    machines = iter([QUIET, Machine(cores=2, load=3.0, stretch=2.0)])
    console = Console(quiet=True)
    status = main(["--check"], console=console, parts={"essai": lambda _: [SLOW]}, examine=lambda: next(machines))
    assert status == 0


def test_the_load_after_the_run_is_the_runs_own_and_is_not_held_against_it() -> None:
    machines = iter([QUIET, Machine(cores=2, load=2.5, stretch=1.0)])
    console = Console(quiet=True)
    status = main(["--check"], console=console, parts={"essai": lambda _: [SLOW]}, examine=lambda: next(machines))
    assert status == 1


def test_this_machine_is_examined() -> None:
    machine = examine(loop_s=0.02)
    assert machine.cores >= 1
    assert machine.load >= 0
    assert machine.stretch > 0


def test_a_part_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SystemExit):
        main(["licorne"], console=Console(quiet=True), parts=PARTS, examine=lambda: QUIET)


@pytest.mark.parametrize(("asked", "passed"), [((), False), (("CHECK=1",), True)])
def test_make_bench_checks_where_it_is_asked_to(asked: tuple[str, ...], passed: bool) -> None:
    printed = subprocess.run(["make", "-n", "bench", *asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ("-m bench --check" in printed.stdout) is passed
