"""The desk's pages over a full desk, as a facilitator's browser asks for them: how long 95 in 100 take."""

import re
import time
from collections.abc import Callable, Sequence

import httpx2
from rich.console import Console
from sqlalchemy import Engine

from api.accounts import accounts, invitations, sessions
from api.accounts.audience import Audience
from api.accounts.partner_accounts import invite_partner
from api.audit.log import CLI
from api.catalogue import records
from api.catalogue.queries import Listing
from api.core.errors import NotFoundError
from api.core.settings import Settings
from api.web.cookie import Cookie
from bench.api import PATIENCE_S, served
from bench.encoder import fixture_texts
from bench.results import Result
from bench.world import ACTORS, prepare
from models.base import utc_now

OPTIONS = Settings(_env_file=None)
EMAIL, PARTNER, PASSWORD = "banc@exemple.invalid", "partenaire@exemple.invalid", "quatre mots pour mesurer"
PAGES = 60
GOAL_MS = 200


def measure(console: Console) -> list[Result]:
    """Serve the large world and open each kind of page many times, another one each time."""
    engine, url = prepare(console)
    everything = Audience(confidential=True)
    openings = [row.id for row in records.opportunity_page(engine, Listing(limit=PAGES), everything)]
    actors = [row.id for row in records.actor_page(engine, Listing(limit=PAGES), everything)]
    token, partner = _session(engine), _partner(engine, actors[0])
    engine.dispose()
    texts = fixture_texts()[:PAGES]
    with served(url) as (address, _process, _), httpx2.Client(base_url=address, timeout=PATIENCE_S) as client:
        client.cookies.set(Cookie.of(OPTIONS).name, token)
        client.headers["Sec-Fetch-Site"] = "same-origin"

        def get(paths: Sequence[str]) -> float:
            return _p95(paths, lambda path: client.get(path))

        found = {
            "Bureau, page après page": get([f"/?page={1 + n % 20}" for n in range(PAGES)]),
            "opportunité": get([f"/opportunites/{one}?closes=oui" for one in openings]),
            "groupement": get([f"/opportunites/{one}/groupement?closes=oui" for one in openings]),
            "comparer deux acteurs": get(
                [f"/opportunites/{one}/comparer?a={actors[0]}&b={actors[1]}&closes=oui" for one in openings]
            ),
            "liste des acteurs": get([f"/acteurs?page={1 + n}" for n in range(PAGES)]),
            "acteur": get([f"/acteurs/{one}" for one in actors]),
            "recherche d’un texte": _p95(texts, lambda text: client.post("/recherche", data={"texte": text})),
            "suivi": get(["/dossiers"] * PAGES),
            "rapport": get(["/rapport"] * PAGES),
        }
        client.cookies.set(Cookie.of(OPTIONS).name, partner)
        found["propositions d’un partenaire"] = get(["/espace"] * PAGES)
        proposal = re.findall(r'href="(/espace/propositions/[^"]+)"', client.get("/espace").text)
        if proposal:
            found["une proposition"] = get(proposal[:1] * PAGES)
    return [
        Result("pages", f"{name}, 95e centile, {ACTORS} acteurs", value, "ms", GOAL_MS) for name, value in found.items()
    ]


def _session(engine: Engine) -> str:
    return _signed_in(
        engine,
        EMAIL,
        lambda: invitations.invite(engine, EMAIL, accounts.FACILITATOR, by=CLI, now=utc_now(), options=OPTIONS),
    )


def _partner(engine: Engine, actor_id: str) -> str:
    return _signed_in(
        engine, PARTNER, lambda: invite_partner(engine, PARTNER, actor_id, by=CLI, now=utc_now(), options=OPTIONS) or ""
    )


def _signed_in(engine: Engine, email: str, invite: Callable[[], str]) -> str:
    """Return a session's token, of an account that is made where there is none."""
    try:
        accounts.find_account(engine, email)
    except NotFoundError:
        invitations.accept(engine, invite().rpartition("/")[2], PASSWORD, now=utc_now())
    return sessions.sign_in(engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS)


def _p95(questions: Sequence[str], ask: Callable[[str], httpx2.Response]) -> float:
    times = []
    for question in questions:
        start = time.perf_counter()
        ask(question).raise_for_status()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)[int(len(times) * 0.95)]
