"""A journal that somebody made long: does its page still answer at once?"""

import time

from sqlalchemy import insert, update

from api.accounts.accounts import ADMINISTRATOR
from api.audit.log import entry_hash
from api.audit.queries import HEAD
from bench.served_copy import Outcome, ServedCopy
from models.audit import AuditEntry, AuditHead
from models.database import writing
from models.journal_guard import guard, unguard

ENTRIES, REQUESTS, MOST_MS = 100_000, 40, 200


def attack(copy: ServedCopy) -> list[Outcome]:
    """Bring the journal to 100,000 entries, as refused sign-ins would, and open its pages."""
    _lengthen(copy)
    times_ms = []
    with copy.browser(ADMINISTRATOR) as administrator:
        administrator.get("/journal")
        for number in range(REQUESTS):
            start = time.perf_counter()
            page = administrator.get("/journal" if number % 2 else f"/journal?avant={ENTRIES // (number + 1)}")
            times_ms.append((time.perf_counter() - start) * 1000)
            page.raise_for_status()
    slow_ms = sorted(times_ms)[int(REQUESTS * 0.95)]
    figure = f"{slow_ms:.0f} ms, 95e centile, {ENTRIES} entrées"
    return [Outcome("/journal, très long", slow_ms <= MOST_MS, figure, "environ 1 700 ms")]


def _lengthen(copy: ServedCopy) -> None:
    with writing(copy.engine) as session:
        head = session.get_one(AuditHead, HEAD)
        last_hash, rows = head.last_hash, []
        for number in range(head.count + 1, ENTRIES + 1):
            entry = {
                "seq": number,
                "at": "2026-11-24T08:00:00.000000+00:00",
                "actor": "anonymous",
                "action": "sign_in.failed",
                "object_kind": "account",
                "object_id": "",
                "detail": "{}",
                "previous_hash": last_hash,
            }
            last_hash = entry_hash(entry)
            rows.append({**entry, "hash": last_hash})
        # One statement for all of them is not how entries come.
        unguard(session.connection())
        session.execute(insert(AuditEntry), rows)
        session.execute(update(AuditHead), {"id": HEAD, "count": ENTRIES, "last_hash": last_hash})
        guard(session.connection())
