"""The facilitators' pages over a full desk, as a browser asks for them: the time that 95 of 100 do not exceed."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx2
from rich.console import Console

from api.web.cookie import Cookie
from bench.encoder import fixture_texts
from bench.record_ids import actor_ids, opportunity_ids
from bench.results import Result
from bench.served_api import TIMEOUT_S, served
from bench.signed_in import OPTIONS, facilitator_session
from bench.world import FULL, actors, prepare

REQUESTS = 60
GOAL_MS = 200


def measure(console: Console) -> list[Result]:
    """Serve the full world and open each kind of page many times, with another record each time."""
    engine, url = prepare(console)
    openings = opportunity_ids(engine, REQUESTS)
    known_actors = actor_ids(engine, REQUESTS)
    token = facilitator_session(engine)
    engine.dispose()
    texts = fixture_texts()[:REQUESTS]
    with browser(url, token) as client:

        def get(paths: Sequence[str]) -> float:
            return p95_ms(paths, client.get)

        def find(words: str) -> httpx2.Response:
            return client.post("/trouver", data={"mots": words}, follow_redirects=True)

        def search(text: str) -> httpx2.Response:
            return client.post("/recherche", data={"texte": text}, follow_redirects=True)

        compared = f"comparer?{'&'.join(f'acteur={actor}' for actor in known_actors[:6])}&closes=oui"
        times = {
            "ma journée": get(["/"] * REQUESTS),
            "opportunités, page après page": get(
                [f"/opportunites?page={1 + number % 20}" for number in range(REQUESTS)]
            ),
            "opportunité": get([f"/opportunites/{opening}?closes=oui" for opening in openings]),
            "groupement": get([f"/opportunites/{opening}/groupement?closes=oui" for opening in openings]),
            "comparer six acteurs": get([f"/opportunites/{opening}/{compared}" for opening in openings]),
            "liste des acteurs": get([f"/acteurs?page={1 + number}" for number in range(REQUESTS)]),
            "acteur": get([f"/acteurs/{actor}" for actor in known_actors]),
            "recherche d’un texte": p95_ms(texts, search),
            "chercher en haut de la page": p95_ms(half_remembered(REQUESTS), find),
            "suivi": get(["/dossiers"] * REQUESTS),
            "rapport": get(["/rapport"] * REQUESTS),
        }
    return [
        Result("pages", f"{name}, 95e centile, {FULL.actors} acteurs", value, "ms", GOAL_MS)
        for name, value in times.items()
    ]


def half_remembered(count: int) -> list[str]:
    """Return searches: two words of a name with a slip, a trade, a trade and a town, a SIRET."""
    rng = random.Random(1)
    rows = list(actors(random.Random(0), count))
    searches = []
    for number, row in enumerate(rows):
        first, second, *_ = row["nom"].split()
        slip = rng.randrange(1, len(first))
        trade = row["activites"].partition(" | ")[0]
        kinds = (f"{first[:slip]}{first[slip + 1 :]} {second}", trade, f"{trade} {row['commune']}", row["siret"])
        searches.append(kinds[number % len(kinds)][:100])
    return searches


@contextmanager
def browser(url: str, token: str) -> Iterator[httpx2.Client]:
    """Serve a database, and yield a client that is signed in by a session's token."""
    with served(url) as (address, _process, _ready_s), httpx2.Client(base_url=address, timeout=TIMEOUT_S) as client:
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


def p95_ms(requests: Sequence[str], send: Callable[[str], httpx2.Response]) -> float:
    """Return the 95th percentile of the times of some requests, in milliseconds."""
    times = times_ms(requests, send)
    return sorted(times)[int(len(times) * 0.95)]
