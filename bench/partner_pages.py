"""A partner's pages: the page of one proposal takes as long on a large desk as on a small one."""

import re
import statistics
from dataclasses import dataclass

from rich.console import Console

from api.accounts import api_keys
from api.accounts.audience import Audience
from bench.page_requests import best_actor
from bench.pages import GOAL_MS, browser, times_ms
from bench.record_ids import actor_ids
from bench.results import Result, ratio
from bench.signed_in import partner_session
from bench.world import Size, copied

LARGE = Size(actors=100, openings=1_800, takeovers=200)
SMALL = Size(actors=100, openings=9, takeovers=1)
REQUESTS = 40


@dataclass(frozen=True)
class PartnerTimes:
    """Medians in milliseconds: the list of proposals, the page of the first of them."""

    list_ms: float
    proposal_ms: float


def measure(console: Console) -> list[Result]:
    """Open the pages of a partner who speaks for the actor that has the best proposal."""
    large, small = partner_times(console, LARGE), partner_times(console, SMALL)
    rows = f"{LARGE.opportunities} opportunités"
    return [
        Result("partenaire", f"ses propositions, {rows}", large.list_ms, "ms", GOAL_MS),
        Result("partenaire", f"une proposition, {rows}", large.proposal_ms, "ms", GOAL_MS),
        ratio(
            "partenaire",
            f"une proposition : {rows} ÷ {SMALL.opportunities}",
            large.proposal_ms,
            small.proposal_ms,
            1.5,
        ),
    ]


def partner_times(console: Console, size: Size, requests: int = REQUESTS) -> PartnerTimes:
    """Serve a world, and open the partner's list and one proposal `requests` times each."""
    with copied(console, size) as (engine, url):
        actors = actor_ids(engine, size.actors, Audience())
        key = api_keys.replace_key(engine, "bench", api_keys.CLIENT)
        with browser(url, token="") as client:
            best = best_actor(client, actors, key)
        with browser(url, partner_session(engine, best)) as client:
            list_ms = statistics.median(times_ms(["/espace"] * requests, client.get))
            proposal = re.findall(r'href="(/espace/propositions/[^"]+)"', client.get("/espace").text)[0]
            proposal_ms = statistics.median(times_ms([proposal] * requests, client.get))
    return PartnerTimes(list_ms, proposal_ms)
