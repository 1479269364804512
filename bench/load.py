"""64 clients mix matches, pages and ratings: one process over SQLite, then two over PostgreSQL, of which one is killed.

Each client sends a request at a time, to each process in turn, and sends again what was not answered: whoever stands
before the processes does so. It is an error where no answer comes for RETRY_S.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import psutil
from rich.console import Console
from sqlalchemy import Engine, func
from sqlmodel import col, select

from api.accounts import api_keys
from api.accounts.audience import Audience
from api.core.settings import Settings
from api.demo.postgres_server import create_database, postgres_server
from api.mailing.links import Purpose, open_signer
from api.web.cookie import Cookie
from bench.ratings import ALL, CLIENTS, prepare
from bench.record_ids import actor_ids, opportunity_ids
from bench.results import Result
from bench.served_api import served
from bench.signed_in import facilitator_session
from models.database import open_database, reading
from models.tables import Rating

SECONDS = 60.0
# How long a request is sent again and again, and the pause between.
RETRY_S, PAUSE_S = 10.0, 0.05
MATCH, PAGE, RATING = "appariements", "pages", "avis"
# Of ten requests, so many of each.
MIX = {MATCH: 4, PAGE: 4, RATING: 2}
EXPECTED = {MATCH: 200, PAGE: 200, RATING: 303}
CENTILES = (50, 95, 99)


@dataclass(frozen=True)
class Request:
    """A request as it is sent, but for the host. comment: of a rating, by which it is found in the tables."""

    kind: str
    head: str
    body: bytes = b""
    comment: str = ""

    def to(self, host: str) -> bytes:
        return f"{self.head}\r\nHost: {host}\r\nContent-Length: {len(self.body)}\r\n\r\n".encode() + self.body


@dataclass
class Tally:
    """What the clients saw: by kind the seconds until an answer, and errors; ratings that were acknowledged."""

    waits: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in MIX})
    acknowledged: list[str] = field(default_factory=list)
    retried: int = 0
    errors: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Ways:
    """What requests are made of: who asks, about what, and the links of each client's ratings."""

    key: str
    cookie: str
    openings: Sequence[str]
    pages: Sequence[str]
    links: Sequence[Sequence[str]]


def measure(_console: Console) -> list[Result]:
    """Run the same load over both, and state them side by side."""
    results = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        results += _measure(f"sqlite:///{folder / 'load.db'}", folder / "sqlite", processes=1)
        with postgres_server(folder / "data") as server_url:
            results += _measure(create_database(server_url, "load"), folder / "postgresql", processes=2)
    return results


def _measure(url: str, folder: Path, *, processes: int) -> list[Result]:
    folder.mkdir()
    options = Settings(
        _env_file=None, database_url=url, link_keys=str(folder / "keys"), ledger=str(folder / "revocations")
    )
    engine = open_database(url)
    ways = _ways(engine, options)
    with _processes(processes, options) as served_ones:
        tally = asyncio.run(_load(ways, served_ones, SECONDS))
    lost, doubled = recount(engine, tally.acknowledged)
    engine.dispose()
    name = "SQLite, un processus" if processes == 1 else "PostgreSQL, deux processus dont un tué"
    answered = sum(map(len, tally.waits.values()))
    return [
        Result("charge", f"{name} : réponses par seconde, {CLIENTS} clients", answered / SECONDS, "/s"),
        *(
            Result("charge", f"{name} : {kind}, {centile}e centile", _centile(waits, centile) * 1000, "ms")
            for kind, waits in tally.waits.items()
            for centile in CENTILES
        ),
        Result("charge", f"{name} : envois répétés", tally.retried, ""),
        *(Result("charge", f"{name} : {kind}, erreurs", tally.errors[kind], "", 0) for kind in MIX),
        Result("charge", f"{name} : avis perdus, de {len(tally.acknowledged)}", lost, "", 0),
        Result("charge", f"{name} : avis en double", doubled, "", 0),
    ]


def _ways(engine: Engine, options: Settings) -> Ways:
    pairs = prepare(engine)
    signer = open_signer(options)
    openings, actors = opportunity_ids(engine, ALL, Audience()), actor_ids(engine, ALL, Audience())
    return Ways(
        key=api_keys.replace_key(engine, "bench", api_keys.FACILITATOR),
        cookie=f"{Cookie.of(options).name}={facilitator_session(engine)}",
        openings=openings,
        pages=(
            *("/", "/opportunites", "/acteurs"),
            *(f"/opportunites/{one}" for one in openings[:50]),
            *(f"/acteurs/{one}" for one in actors[:50]),
        ),
        links=[
            [f"/avis/{signer.sign(Purpose.ANSWER, p=partner, s=suggestion)}" for partner, suggestion in mine]
            for mine in pairs
        ],
    )


@contextmanager
def _processes(number: int, options: Settings) -> Iterator[list[tuple[str, psutil.Process]]]:
    shared = {"POLESUD_LINK_KEYS": options.link_keys, "POLESUD_LEDGER": options.ledger}
    with ExitStack() as stack:
        started = [stack.enter_context(served(options.database_url, **shared)) for _ in range(number)]
        yield [(address.removeprefix("http://"), process) for address, process, _ in started]


async def _load(ways: Ways, served_ones: Sequence[tuple[str, psutil.Process]], seconds: float) -> Tally:
    """Run all clients until the time is over; of several processes the last is killed when half of it is."""
    tally, end = Tally(), time.perf_counter() + seconds
    hosts = [host for host, _ in served_ones]
    clients = [asyncio.create_task(_Client(number, ways, hosts, tally).run(end)) for number in range(CLIENTS)]
    if len(served_ones) > 1:
        await asyncio.sleep(seconds / 2)
        served_ones[-1][1].kill()
    await asyncio.gather(*clients)
    return tally


class _Client:
    """One client, with a connection to each process."""

    def __init__(self, number: int, ways: Ways, hosts: Sequence[str], tally: Tally) -> None:
        self._number, self._ways, self._hosts, self._tally = number, ways, hosts, tally
        self._rng, self._turn = random.Random(number), count(number)
        self._open: dict[str, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}

    async def run(self, end: float) -> None:
        kinds = [kind for kind, share in MIX.items() for _ in range(share)]
        for turn in count():
            if time.perf_counter() >= end:
                break
            await self._answered(self._request(self._rng.choice(kinds), turn))
        for _, writer in self._open.values():
            writer.close()

    def _request(self, kind: str, turn: int) -> Request:
        if kind == MATCH:
            body = b'{"opportunity_id": "%s", "k": 10}' % self._rng.choice(self._ways.openings).encode()
            head = f"POST /api/matches HTTP/1.1\r\nX-API-Key: {self._ways.key}\r\nContent-Type: application/json"
            return Request(kind, head, body)
        if kind == PAGE:
            page = self._rng.choice(self._ways.pages)
            return Request(kind, f"GET {page} HTTP/1.1\r\nCookie: {self._ways.cookie}")
        # Each rating differs from all others, and is about a pair that is this client's alone.
        links = self._ways.links[self._number]
        comment = f"avis {self._number} {turn}"
        body = urlencode({"interet": turn % 4, "commentaire": comment}).encode()
        head = f"POST {links[turn % len(links)]} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded"
        return Request(kind, head, body, comment)

    async def _answered(self, request: Request) -> None:
        """Send a request until it is answered, to the processes in turn."""
        start = time.perf_counter()
        while True:
            host = self._hosts[next(self._turn) % len(self._hosts)]
            status = 0
            with suppress(OSError, asyncio.IncompleteReadError):
                status = await self._send(request, host)
            if status == EXPECTED[request.kind]:
                self._tally.waits[request.kind].append(time.perf_counter() - start)
                if request.comment:
                    self._tally.acknowledged.append(request.comment)
                return
            # No answer, or « later »: another process, or this one once more.
            if status not in (0, 503) or time.perf_counter() - start > RETRY_S:
                self._tally.errors[request.kind] += 1
                return
            if status == 0:
                self._forget(host)
            self._tally.retried += 1
            await asyncio.sleep(PAUSE_S)

    async def _send(self, request: Request, host: str) -> int:
        if host not in self._open:
            name, _, port = host.partition(":")
            self._open[host] = await asyncio.open_connection(name, int(port))
        reader, writer = self._open[host]
        writer.write(request.to(host))
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(head.partition("content-length:")[2].partition("\r")[0]))
        if "connection: close" in head:
            self._forget(host)
        return int(head.split(" ", 2)[1])

    def _forget(self, host: str) -> None:
        if former := self._open.pop(host, None):
            former[1].close()


def recount(engine: Engine, acknowledged: Sequence[str]) -> tuple[int, int]:
    """Return how many acknowledged ratings are not in the tables, and how many of any stand there more than once."""
    with reading(engine) as session:
        question = select(Rating.comment, func.count()).group_by(col(Rating.comment))
        stored = dict(session.exec(question).all())
    return sum(comment not in stored for comment in acknowledged), sum(number > 1 for number in stored.values())


def _centile(waits: Sequence[float], centile: int) -> float:
    ranked = sorted(waits)
    return ranked[min(len(ranked) * centile // 100, len(ranked) - 1)]
