"""One record is edited while the desk is full: how long the edit takes, and the next page after it."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.console import Console

from api.accounts import api_keys
from bench.pages import browser, times_ms
from bench.record_ids import actor_ids, opportunity_ids
from bench.results import Result, ratio
from bench.signed_in import facilitator_session
from bench.world import FULL, Size, copied

SMALL = replace(FULL, actors=FULL.actors // 10)
EDITS = 20


@dataclass(frozen=True)
class EditTimes:
    """Medians in milliseconds: an edit of one headcount, the page right after it, the same page without an edit."""

    edit_ms: float
    page_after_ms: float
    page_ms: float


def measure(console: Console) -> list[Result]:
    """Edit actors of a full desk and of one with a tenth of its actors."""
    full, small = edit_times(console, FULL), edit_times(console, SMALL)
    return [
        Result("fiches", f"modifier un acteur, {FULL.actors} acteurs", full.edit_ms, "ms", 50),
        Result("fiches", "la page d’opportunité qui suit", full.page_after_ms, "ms", 300),
        ratio("fiches", "la page qui suit ÷ la même sans modification", full.page_after_ms, full.page_ms, 3),
        ratio("fiches", f"modifier : {FULL.actors} acteurs ÷ {SMALL.actors}", full.edit_ms, small.edit_ms, 1.5),
    ]


def edit_times(console: Console, size: Size, edits: int = EDITS) -> EditTimes:
    """Edit the headcounts of `edits` actors through the API, and open an opportunity's page after each.

    No text is encoded: a headcount is none.
    """
    with copied(console, size) as (engine, url):
        actors = actor_ids(engine, edits)
        opening = opportunity_ids(engine, 1)[0]
        key = {"X-API-Key": api_keys.replace_key(engine, "bench", api_keys.FACILITATOR)}
        token = facilitator_session(engine)
        page = f"/opportunites/{opening}?closes=oui"
        edit_ms: list[float] = []
        after_ms: list[float] = []
        with browser(url, token) as client:
            page_ms = times_ms([page] * edits, client.get)
            for number, actor in enumerate(actors):
                start = time.perf_counter()
                client.patch(f"/api/actors/{actor}", json={"headcount": 1000 + number}, headers=key).raise_for_status()
                edit_ms.append((time.perf_counter() - start) * 1000)
                after_ms += times_ms([page], client.get)
    return EditTimes(_median(edit_ms), _median(after_ms), _median(page_ms))


def _median(times: Sequence[float]) -> float:
    return statistics.median(times)
