"""All kinds of pages over a full desk, as browsers ask for them: the time that 95 of 100 answers do not exceed."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from statistics import median

import httpx2
from rich.console import Console

from api.accounts import api_keys
from api.web.cookie import Cookie
from bench.house_work import add_house_work
from bench.page_requests import Send, best_actor, desk_pages, read_ids, searches, space_pages, takeover_pages
from bench.results import Result, ratio
from bench.served_api import TIMEOUT_S, served
from bench.signed_in import OPTIONS, facilitator_session, partner_session
from bench.takeover_work import add_takeover_work, propose_cases
from bench.timing import Times, Yardstick, timed, wait_until_idle
from bench.world import copied

REQUESTS = 40
GOAL_MS = 200
# The processor time of `Yardstick` on the machine whose pages are to take GOAL_MS at most.
YARDSTICK_MS = 85


@dataclass(frozen=True)
class PageTimes:
    """Times by the name of a page, and the fixed work before each of them."""

    pages: Mapping[str, Times]
    yardsticks: Sequence[Yardstick]

    def results(self) -> list[Result]:
        work = median(yardstick.processor_ms for yardstick in self.yardsticks)
        stretch = median(yardstick.wall_ms / yardstick.processor_ms for yardstick in self.yardsticks)
        lines = [
            Result("pages", "étalon, processeur", work, "ms"),
            Result("pages", "étalon, horloge ÷ processeur (1 : machine libre)", stretch, "×"),
        ]
        for name, times in self.pages.items():
            page = f"{name}, 95e centile"
            lines += [
                Result("pages", f"{page}, horloge", times.wall_p95, "ms", GOAL_MS),
                Result("pages", f"{page}, processeur", times.processor_p95, "ms"),
                ratio("pages", f"{page}, processeur ÷ étalon", times.processor_p95, work, GOAL_MS / YARDSTICK_MS),
            ]
        return lines


def measure(console: Console) -> list[Result]:
    """Serve the full world, with years of a house's work in it, and open each page many times."""
    return page_times(console).results()


def page_times(console: Console, requests: int = REQUESTS, names: Collection[str] = ()) -> PageTimes:
    """Return the times of all pages, or of some: a facilitator's, those that answer a search, and a partner's."""
    pages: dict[str, Times] = {}
    yardsticks: list[Yardstick] = []
    with copied(console) as (engine, url):
        add_house_work(engine, date.today())
        add_takeover_work(engine, date.today())
        ids = read_ids(engine, requests)
        house, key = facilitator_session(engine), api_keys.replace_key(engine, "bench", api_keys.CLIENT)
        with served(url) as (address, process, _ready_s):

            def measure_page(name: str, asked: Sequence[str], send: Send) -> None:
                if names and name not in names:
                    return
                yardsticks.append(Yardstick.measured())
                # The first opens what is opened once.
                send(asked[0]).raise_for_status()
                wait_until_idle(process.pid)
                pages[name] = timed(asked, send, process.pid)
                console.print(f"{name} : {pages[name].wall_p95:.0f} ms, processeur {pages[name].processor_p95:.0f} ms")

            with signed_in(address, house) as client:
                for name, asked in (*desk_pages(ids).items(), *takeover_pages(ids).items()):
                    measure_page(name, asked, client.get)
                for name, (asked, send) in searches(client, requests).items():
                    measure_page(name, asked, send)
                speaks_for = best_actor(client, ids.actors, key)
            propose_cases(engine, ids.takeovers[:30], speaks_for, date.today())
            with signed_in(address, partner_session(engine, speaks_for)) as client:
                for name, asked in space_pages(client, requests).items():
                    measure_page(name, asked, client.get)
    return PageTimes(pages, yardsticks)


@contextmanager
def browser(url: str, token: str) -> Iterator[httpx2.Client]:
    """Serve a database, and yield a client that is signed in by a session's token."""
    with served(url) as (address, _process, _ready_s), signed_in(address, token) as client:
        yield client


@contextmanager
def signed_in(address: str, token: str) -> Iterator[httpx2.Client]:
    """Yield a client of a served desk that is signed in by a session's token."""
    with httpx2.Client(base_url=address, timeout=TIMEOUT_S) as client:
        client.cookies.set(Cookie.of(OPTIONS).name, token)
        client.headers["Sec-Fetch-Site"] = "same-origin"
        yield client


def times_ms(requests: Sequence[str], send: Callable[[str], httpx2.Response]) -> list[float]:
    """Return how long each answer took, in milliseconds."""
    times = []
    for request in requests:
        start = time.perf_counter()
        send(request).raise_for_status()
        times.append((time.perf_counter() - start) * 1000)
    return times
