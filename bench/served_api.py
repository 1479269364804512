"""The served process with a full desk: how soon it is ready, how much it holds, how fast it answers."""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx2
import psutil
from rich.console import Console

from api.accounts import api_keys
from bench.encoder import fixture_texts
from bench.record_ids import opportunity_ids
from bench.results import Result
from bench.world import ENCODER, FULL, ROOT, prepare

# Measures ask faster than people and programs do.
UNLIMITED = {f"POLESUD_RATE_PER_{counted}": "0" for counted in ("KEY", "ACCOUNT", "NETWORK")}
STARTS = 3
QUESTIONS = 40
TIMEOUT_S = 60.0
# A desk of the country is made of its tables in minutes.
READY_S = 900.0


def measure(console: Console) -> list[Result]:
    """Serve the large world as its users are served, and ask it questions over HTTP."""
    engine, url = prepare(console)
    key = api_keys.replace_key(engine, "bench", api_keys.FACILITATOR)
    texts = [{"text": text} for text in fixture_texts()[:QUESTIONS]]
    opportunities = [{"opportunity_id": opportunity_id} for opportunity_id in opportunity_ids(engine, QUESTIONS)]
    engine.dispose()
    starts_s, processor_s = [], []
    for _ in range(STARTS):
        with served(url) as (address, process, ready_after):
            starts_s.append(ready_after)
            spent = process.cpu_times()
            processor_s.append(spent.user + spent.system)
            with httpx2.Client(base_url=address, headers={"X-API-Key": key}, timeout=TIMEOUT_S) as client:
                by_text = _median_ms(client, texts)
                by_opportunity = _median_ms(client, opportunities)
            memory_mb = process.memory_info().rss / 2**20
    size = f"{FULL.actors} acteurs, {FULL.opportunities} opportunités"
    return [
        Result("API", f"prête, {size}", statistics.median(starts_s), "s", 3),
        Result("API", "dont temps de processeur", statistics.median(processor_s), "s"),
        Result("API", f"mémoire du processus, {size}", memory_mb, "Mo", 600),
        Result("API", "POST /api/matches d’un texte, médiane", by_text, "ms"),
        Result("API", "POST /api/matches d’une opportunité, médiane", by_opportunity, "ms"),
    ]


@contextmanager
def served(
    url: str, stderr: IO[str] | None = None, root: Path = ROOT, /, **settings: str
) -> Iterator[tuple[str, psutil.Process, float]]:
    """Serve as `make serve` does; yield the address, the process, and the seconds from its start to ready.

    stderr: the file that its own goes to. root: the checkout whose code serves.
    """
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        "POLESUD_DATABASE_URL": url,
        "POLESUD_ENCODER": str(ENCODER),
        "POLESUD_HOST": "127.0.0.1",
        "POLESUD_PORT": str(port),
        **UNLIMITED,
        **settings,
    }
    start = time.perf_counter()
    command = [sys.executable, "-m", "api.cli", "serve"]
    process = subprocess.Popen(
        command, cwd=root, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=stderr
    )
    try:
        # One client: each makes its certificates ready, longer than the pause.
        with httpx2.Client(base_url=address, timeout=1) as client:
            while not _is_ready(client):
                if process.poll() is not None or time.perf_counter() - start > READY_S:
                    raise RuntimeError("the API did not become ready")
                time.sleep(0.02)
        yield address, psutil.Process(process.pid), time.perf_counter() - start
    finally:
        process.terminate()
        process.wait()


def _is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx2.TransportError:
        return False


def _median_ms(client: httpx2.Client, questions: Sequence[dict[str, Any]]) -> float:
    times = []
    for question in questions:
        start = time.perf_counter()
        client.post("/api/matches", json=question).raise_for_status()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
