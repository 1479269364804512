"""Sign-ins that hash, or wait for it, keep nobody else waiting; beyond the places there are, the answer is quick."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from api.accounts.hashing_pool import HashingPool
from api.app import create_app
from api.core.errors import BusyError
from api.core.settings import Settings
from matcher.embedding import Encoder
from tests.support.databases import url_of
from tests.support.held_hashing import HeldHashingPool
from tests.support.own_loop import run_apart
from tests.support.signed_in import OWN
from tests.support.world import CLIENT_BASE

pytestmark = pytest.mark.slow

# More than the threads in which routes run.
MANY = 60
PATIENCE_S = 120


@asynccontextmanager
async def started(database: Path, encoder: Encoder, pool: HeldHashingPool) -> AsyncIterator[FastAPI]:
    options = Settings(database_url=url_of(database), link_keys=str(database.with_suffix(".keys")))
    app = create_app(options, encoder=encoder, hashing=pool)
    async with app.router.lifespan_context(app):
        yield app


async def guess(app: FastAPI, number: int) -> httpx2.Response:
    """Try to sign in, from a network of one's own, to an account of one's own."""
    transport = httpx2.ASGITransport(app, client=(f"203.0.113.{number}", 5000))
    async with httpx2.AsyncClient(transport=transport, base_url=CLIENT_BASE, headers=OWN) as client:
        form = {"courriel": f"personne{number}@exemple.invalid", "mot_de_passe": "pas le bon du tout"}
        return await client.post("/connexion", data=form)


async def flood(database: Path, encoder: Encoder, *, places: int) -> tuple[int, list[int], Counter[int]]:
    """Return how many places were taken, the statuses of others meanwhile, and those of the flood."""
    pool = HeldHashingPool(1, places)
    async with started(database, encoder, pool) as app:
        guesses = [asyncio.create_task(guess(app, number)) for number in range(MANY)]
        expected = min(MANY, places - places // 4)
        async with asyncio.timeout(PATIENCE_S):
            while pool.taken < expected or sum(task.done() for task in guesses) < MANY - expected:
                await asyncio.sleep(0.01)
            taken = pool.taken
            transport = httpx2.ASGITransport(app, client=("198.51.100.1", 5000))
            async with httpx2.AsyncClient(transport=transport, base_url=CLIENT_BASE) as client:
                others = [(await client.get(path)).status_code for path in ("/health", "/connexion") * 5]
            pool.release.set()
            answers = await asyncio.gather(*guesses)
    assert all(answer.headers.get("Retry-After") for answer in answers if answer.status_code == 503)
    return taken, others, Counter(answer.status_code for answer in answers)


def test_sixty_sign_ins_that_wait_for_hashing_hold_no_page_up(database: Path, encoder: Encoder) -> None:
    taken, others, flooded = run_apart(flood(database, encoder, places=2 * MANY))
    assert taken == MANY
    assert others == [200] * 10
    assert flooded == {401: MANY}


def test_beyond_its_places_a_sign_in_is_told_at_once_to_come_back(database: Path, encoder: Encoder) -> None:
    taken, others, flooded = run_apart(flood(database, encoder, places=16))
    assert taken == 12
    assert others == [200] * 10
    # On a slow machine some of the twelve wait too long, and are told to come back too.
    assert set(flooded) == {401, 503}
    assert flooded.total() == MANY
    assert flooded[503] >= MANY - 12


def test_a_known_browser_still_has_a_place_when_strangers_fill_theirs() -> None:
    pool = HashingPool(1, 16)
    with ExitStack() as held:
        for _ in range(12):
            held.enter_context(pool.place())
        with pytest.raises(BusyError), pool.place():
            pass
        with pool.place(known=True):
            assert pool.taken == 13
    assert pool.taken == 0
    pool.close()
