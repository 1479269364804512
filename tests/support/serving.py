"""The service in a process of its own, over a test's database."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx2

from tests.support.databases import url_of
from tests.support.forked_programs import ROOT, ForkedProgram
from tests.support.world import ENCODER

# Not a measure of speed: how long a lost process is waited for.
PATIENCE = 120

Process = ForkedProgram | subprocess.Popen[str]


@contextmanager
def serving(
    database: Path, *, errors: Path | None = None, from_nothing: bool = False, **variables: str
) -> Iterator[tuple[Process, str]]:
    """Serve; yield the process and its address, which may not answer yet.

    errors: the file that its stderr goes to, if somebody wants it. from_nothing: as `make serve` does, by a new
    interpreter that has everything to import. variables: further ones of its environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    variables = {
        "POLESUD_DATABASE_URL": url_of(database),
        "POLESUD_ENCODER": str(ENCODER),
        "POLESUD_PORT": str(port),
        "POLESUD_PUBLIC_URL": address,
        "POLESUD_LINK_KEYS": str(database.with_suffix(".keys")),
        **variables,
    }
    process: Process
    if from_nothing:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve"],
            cwd=ROOT,
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    else:
        process = ForkedProgram("api.cli", "serve", variables=variables, errors=errors)
    try:
        yield process, address
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def wait_for(process: Process, url: str, statuses: set[int]) -> httpx2.Response:
    """Return the first answer; before it, the port may refuse, and nothing but `statuses` may be told."""
    end = monotonic() + PATIENCE
    # One client: each makes a TLS context, which takes as long as the process that starts needs its processor.
    with httpx2.Client(timeout=10, limits=httpx2.Limits(max_keepalive_connections=0)) as client:
        while monotonic() < end:
            assert process.poll() is None, process.communicate()
            try:
                answer = client.get(url)
            except httpx2.TransportError:
                sleep(0.05)
                continue
            assert answer.status_code in statuses, answer.text
            if answer.status_code == 200:
                return answer
            sleep(0.05)
    raise AssertionError(f"no answer from {url}")
