"""The service as it runs: a process of its own, on a port, from its first second to its last."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import httpx2
import pytest

from api import auth
from models.database import open_database
from tests.world import ENCODER, copy_database, url_of

ROOT = Path(__file__).parents[2]
# Not a measure of speed: how long a lost process is waited for.
PATIENCE = 120


@pytest.fixture
def served(world_database: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A served process, its address and a client's key."""
    database = copy_database(world_database, tmp_path / "served.db")
    engine = open_database(url_of(database))
    secret = auth.create_key(engine, "essai") or ""
    engine.dispose()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "POLESUD_DATABASE_URL": url_of(database),
        "POLESUD_ENCODER": str(ENCODER),
        "POLESUD_PORT": str(port),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process, f"http://127.0.0.1:{port}", secret
    if process.poll() is None:
        process.kill()
        process.communicate()


def wait_for(process: subprocess.Popen[str], url: str, statuses: set[int]) -> httpx2.Response:
    """Return the first answer; before it, the port may refuse, and nothing but `statuses` may be told."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        assert process.poll() is None, process.communicate()
        try:
            answer = httpx2.get(url, timeout=10)
        except httpx2.TransportError:
            sleep(0.02)
            continue
        assert answer.status_code in statuses, answer.text
        if answer.status_code == 200:
            return answer
        sleep(0.05)
    raise AssertionError(f"no answer from {url}")


def test_it_lives_at_once_is_ready_soon_answers_and_ends_when_asked(
    served: tuple[subprocess.Popen[str], str, str],
) -> None:
    process, address, secret = served
    # From the first answer on, it lives.
    assert wait_for(process, f"{address}/health", {200}).json() == {"status": "ok"}
    # It says « starting » until it is ready, and is asked nothing before.
    assert wait_for(process, f"{address}/ready", {200, 503}).json() == {"status": "ok"}
    question = {"text": "Tonte et débroussaillage autour de l’école, à Crest", "k": 3}
    answer = httpx2.post(f"{address}/api/matches", json=question, headers={"X-API-Key": secret}, timeout=60)
    assert answer.status_code == 200
    assert [entry["rank"] for entry in answer.json()["rankings"][0]["suggestions"]] == [1, 2, 3]
    assert httpx2.post(f"{address}/api/matches", json=question).status_code == 401
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert address in out
    assert secret not in out + err
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{address}/health")
