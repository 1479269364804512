"""Another process holds the writers' lock for long: who reads, who writes, and what is left afterwards."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx2

from api.accounts import accounts, api_keys
from bench.served_copy import Outcome, ServedCopy

PAGES = (
    "/",
    "/acteurs",
    "/dossiers",
    "/rapport",
    "/reprises",
    "/journal",
    "/comptes",
    "/nuits",
    "/sources",
    "/poids",
    "/importer",
)
PARTNER_PAGES = ("/espace", "/espace/acteurs", "/espace/donnees")
ADDRESSES = ("/api/actors", "/api/opportunities", "/api/subscriptions", "/api/nights", "/metrics", "/health")
ROUNDS = 3
MOST_READ_S, MOST_WRITE_S = 5.0, 5.0


def attack(copy: ServedCopy) -> list[Outcome]:
    """Take the lock, read every kind of page several times, try to write; let go, and write again."""
    with (
        copy.browser(accounts.ADMINISTRATOR) as desk,
        copy.browser(accounts.PARTNER) as partner,
        copy.program(api_keys.FACILITATOR) as program,
    ):
        reads: list[tuple[int, float]] = []
        writes: list[tuple[int, float]] = []
        with closing(sqlite3.connect(copy.folder / "world.db", isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            for _ in range(ROUNDS):
                for client, paths in ((desk, PAGES), (partner, PARTNER_PAGES), (program, ADDRESSES)):
                    reads += [_timed(client.get, path) for path in paths]
                reads.append(_timed(program.post, "/api/matches", json={"text": "tonte de pelouse à Valence"}))
                new = {"source_id": "verrou", "name": "Verrou", "kind": "scop"}
                writes.append(_timed(program.post, "/api/actors", json=new))
                writes.append(
                    _timed(desk.post, "/comptes", data={"courriel": "v@exemple.invalid", "role": "facilitator"})
                )
                writes.append(_timed(partner.post, "/espace/donnees"))
            holder.execute("ROLLBACK")
        again = program.post("/api/actors", json=new).status_code
        lost = [line for line in program.get("/metrics").text.splitlines() if line.startswith("polesud_writes_lost{")]
    lost_count = sum(float(line.rpartition(" ")[2]) for line in lost)
    read_well = sum(status == 200 for status, _ in reads)
    slowest_read, slowest_write = max(s for _, s in reads), max(s for _, s in writes)
    refused = sum(status == 503 for status, _ in writes)
    return [
        Outcome(
            "verrou tenu : lectures",
            read_well == len(reads) and slowest_read < MOST_READ_S,
            f"{read_well} sur {len(reads)} répondues, la plus lente en {slowest_read:.2f} s",
            "500 après 10 à 60 s",
        ),
        Outcome(
            "verrou tenu : écritures",
            refused == len(writes) and slowest_write < MOST_WRITE_S and again == 201,
            f"{refused} sur {len(writes)} refusées (503), la plus lente en {slowest_write:.2f} s ; ensuite {again}",
            "500 après 10 à 60 s",
        ),
        Outcome("verrou tenu : écritures d’arrière-plan", lost_count == 0, f"{lost_count:.0f} perdues"),
    ]


def _timed(ask: Callable[..., httpx2.Response], path: str, **content: Any) -> tuple[int, float]:
    began = time.monotonic()
    status = ask(path, **content).status_code
    return status, time.monotonic() - began
