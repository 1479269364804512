"""Each job is done in a real browser and counted; the end of a run prints the table (`make jobs`)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from _pytest.terminal import TerminalReporter

from tests.jobs.job_list import JOBS
from tests.jobs.pictures import Camera
from tests.support.job_counter import Hands
from tests.support.witness import Witness

CountedJob = Callable[[int], AbstractContextManager[Hands]]


@pytest.fixture
def counted_job(witness: Witness, record_property: Callable[[str, object], None]) -> CountedJob:
    """Begin a job, by its number, on the home page of somebody who is signed in.

    It ends with the block: more acts than the job may take are a failure. Its picture for « Aide » is taken
    there, unless the job showed something before (`hands.show`).
    """

    @contextmanager
    def begun(number: int) -> Iterator[Hands]:
        witness.sign_in()
        camera = Camera(witness.page, number)
        hands = Hands(witness.page, show=camera.shoot)
        yield hands
        camera.shoot()
        record_property("job", [number, hands.count])
        at_most = JOBS[number].at_most
        assert hands.count <= at_most, f"job {number}: {hands.count} acts, at most {at_most}: {hands.acts}"

    return begun


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print the jobs with their counts, where a job was counted."""
    counts: dict[int, int] = {}
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        counts |= {value[0]: value[1] for name, value in report.user_properties if name == "job"}
    if not counts:
        return
    terminalreporter.section("travaux : clics et champs saisis depuis l’accueil")
    terminalreporter.write_line(f"{'n°':>3}  {'au plus':>7}  {'compté':>6}  travail")
    for number, job in JOBS.items():
        counted = str(counts.get(number, "–"))
        terminalreporter.write_line(f"{number:>3}  {job.at_most:>7}  {counted:>6}  {job.words}")
