"""Programs of ours, each in a process of its own, forked from one that has imported the application already.

The import takes seconds of a processor, and what most tests of processes are about comes after it. That a program
begins from nothing too is shown by `tests/web/test_served.py` and `tests/commands/test_cli.py`.
"""

import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

ROOT = Path(__file__).parents[2]
# Imported once; none of them starts a thread, opens a file or reads a setting.
PRELOADED = ("api.app", "api.commands.service", "api.night.run", "api.open_data.sync", "tests.support.smtp_server")

_FORKS: Any = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([*PRELOADED])


@dataclass(frozen=True)
class Ended:
    """What a program wrote, and how it ended: below zero, the signal that killed it."""

    returncode: int
    stdout: str
    stderr: str


class ForkedProgram:
    """A module's `main` in a process of its own, which ends with this process; like `subprocess.Popen`.

    variables: further ones of its environment. errors: the file that its stderr goes to, if somebody wants it.
    """

    def __init__(
        self,
        module: str,
        *arguments: object,
        variables: Mapping[str, str] | None = None,
        errors: Path | None = None,
        folder: Path = ROOT,
    ) -> None:
        self._kept = TemporaryDirectory(prefix="program-")
        self._output, self._errors = Path(self._kept.name) / "output", errors or Path(self._kept.name) / "errors"
        words = (module, *map(str, arguments))
        environment = os.environ | (variables or {})
        self._process = _FORKS.Process(
            target=_run, args=(words, dict(environment), str(folder), str(self._output), str(self._errors))
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended. Raise TimeoutError after so many seconds."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError(f"it still runs after {timeout} s")
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def first_line(self, timeout: float) -> str:
        """Wait for the first line of its output. Raise TimeoutError after so many seconds, or where it ends before."""
        end = monotonic() + timeout
        while monotonic() < end and self.poll() is None:
            if self._output.exists() and "\n" in (text := self._output.read_text()):
                return text.partition("\n")[0]
            sleep(0.002)
        raise TimeoutError(f"no line: {self._errors.read_text() if self._errors.exists() else ''}")

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait until it has ended; return what it wrote to stdout and to stderr."""
        self.wait(timeout)
        return self._output.read_text(), self._errors.read_text()

    def ended(self, timeout: float = 120) -> Ended:
        """Wait until it has ended; return how. After so many seconds it is killed."""
        try:
            stdout, stderr = self.communicate(timeout)
        except TimeoutError:
            self.kill()
            raise
        return Ended(self.wait(), stdout, stderr)


def _run(words: tuple[str, ...], environment: dict[str, str], folder: str, output: str, errors: str) -> None:
    # What this program starts in its turn is forked from itself: it has the imports.
    global _FORKS
    _FORKS = multiprocessing.get_context("fork")
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in ((1, output), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = [*words]
    try:
        status = importlib.import_module(words[0]).main()
    except Exception:
        # As an interpreter would; multiprocessing prints it by itself, whatever the program set.
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        status = 1
    sys.exit(status)
