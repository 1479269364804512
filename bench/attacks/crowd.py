"""A crowd at work beside a flood: 64 people and programs for 60 s, with and without an attacker.

Each of the crowd reads for some seconds between two requests. The attacker signs in with wrong passwords and uploads
large files, as fast as it is answered. Both run on this machine, so that the load itself counts in the times.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx2

from api.accounts import accounts, api_keys
from bench.served_copy import Outcome, ServedCopy

CLIENTS, SECONDS = 64, 60.0
READS_S = (3.0, 7.0)
SIGN_INS, UPLOADS = 16, 4
UPLOAD = b"nom;commune\n" + b"Exemple;Privas\n" * 1_000_000
# An answer that takes longer is an error to who waits for it.
PATIENCE_S = 10.0
PAGES = {
    accounts.FACILITATOR: ("/", "/acteurs", "/dossiers", "/rapport"),
    accounts.PARTNER: ("/espace",),
}


@dataclass
class Tally:
    """What the crowd met: times in seconds, and answers that were errors, by status or by kind of failure."""

    times_s: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)

    def p99_ms(self) -> float:
        return sorted(self.times_s)[int(len(self.times_s) * 0.99)] * 1000

    def text(self) -> str:
        errors = f"{sum(self.errors.values())} erreurs {self.errors or ''}".strip()
        return f"{len(self.times_s)} demandes, p99 {self.p99_ms():.0f} ms, {errors}"


def attack(copy: ServedCopy) -> list[Outcome]:
    """Measure the crowd alone, then beside the flood."""
    alone = asyncio.run(_measure(copy, flooded=False))
    beside = asyncio.run(_measure(copy, flooded=True))
    return [
        Outcome("64 au travail, seuls", not alone.errors, alone.text()),
        Outcome("64 au travail, sous un flot de connexions et d’envois", not beside.errors, beside.text()),
    ]


async def _measure(copy: ServedCopy, *, flooded: bool) -> Tally:
    tally = Tally()
    end = time.monotonic() + SECONDS
    roles = (accounts.FACILITATOR, accounts.PARTNER, api_keys.CLIENT)
    async with asyncio.TaskGroup() as tasks:
        for number in range(CLIENTS):
            tasks.create_task(_visit(copy, roles[number % len(roles)], end, random.Random(number), tally))
        if flooded:
            for number in range(SIGN_INS):
                tasks.create_task(_flood(copy, end, _wrong_sign_in(number)))
            for _ in range(UPLOADS):
                tasks.create_task(_flood(copy, end, _upload))
    return tally


async def _visit(copy: ServedCopy, role: str, end: float, rng: random.Random, tally: Tally) -> None:
    async with _client(copy) as client:
        if role in PAGES:
            with copy.browser(role) as browser:
                client.cookies.update(browser.cookies)
        else:
            client.headers["X-API-Key"] = copy.keys[role]
        await asyncio.sleep(rng.uniform(0, READS_S[1]))
        while time.monotonic() < end:
            start = time.perf_counter()
            try:
                if role in PAGES:
                    answer = await client.get(rng.choice(PAGES[role]))
                else:
                    answer = await client.post("/api/matches", json={"text": "Tonte d’un parc à Crest"})
                problem = "" if answer.status_code == 200 else str(answer.status_code)
            except httpx2.TransportError as error:
                problem = type(error).__name__
            tally.times_s.append(time.perf_counter() - start)
            if problem:
                tally.errors[problem] = tally.errors.get(problem, 0) + 1
            await asyncio.sleep(rng.uniform(*READS_S))


async def _flood(copy: ServedCopy, end: float, send: Callable[[httpx2.AsyncClient], Awaitable[object]]) -> None:
    async with _client(copy) as client:
        while time.monotonic() < end:
            try:
                await send(client)
            except httpx2.TransportError:
                # Cut off by the server, which is what it should do; the attacker comes again.
                await asyncio.sleep(0.05)


def _wrong_sign_in(number: int) -> Callable[[httpx2.AsyncClient], Awaitable[object]]:
    form = {"courriel": f"inconnu{number}@exemple.invalid", "mot_de_passe": "un mot de passe qui est faux"}
    return lambda client: client.post("/connexion", data=form)


async def _upload(client: httpx2.AsyncClient) -> None:
    await client.post("/import", files={"fichier": ("acteurs.csv", UPLOAD, "text/csv")})


def _client(copy: ServedCopy) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=copy.address, timeout=PATIENCE_S, headers={"Sec-Fetch-Site": "same-origin"})
