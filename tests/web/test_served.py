"""The service as it runs: a process of its own, on a port, from its first second to its last."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from api.accounts import api_keys
from models.database import open_database
from tests.support.databases import copy_database, url_of
from tests.support.serving import PATIENCE, serving, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def served(world_database: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A served process, its address and a client's key."""
    database = copy_database(world_database, tmp_path / "served.db")
    engine = open_database(url_of(database))
    secret = api_keys.create_key(engine, "essai") or ""
    engine.dispose()
    with serving(database, from_nothing=True) as (process, address):
        yield process, address, secret


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
