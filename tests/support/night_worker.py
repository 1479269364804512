"""Nights in processes of their own: `python -m tests.support.night_worker killed|rivals DATABASE PORT …`. Prints JSON.

Forked after the imports, so that a process begins at once with what is tested.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from api.mailing.transport import Transport
from api.night.reports import NightReport
from api.night.run import run_night
from models.database import open_database
from tests.support.databases import url_of
from tests.support.deliverer import forked
from tests.support.night_world import NIGHT, SIGNER, TITLES, add_need, moment, open_desk
from tests.support.outbox import mail_settings

# Longer than a lease: whoever comes next may take what the dead held.
BETWEEN = timedelta(minutes=10)


def night_once(engine: Engine, port: int, day: date, at: datetime | None = None) -> NightReport:
    options = mail_settings(port, weekly_per_partner=10_000, weekly_per_actor=10_000)
    when = at or moment(day)
    with Transport.of(options) as transport:
        return run_night(open_desk(engine), SIGNER, transport, night=day, now=lambda: when, options=options)


def killed(database: Path, port: int, kills: int, seed: int) -> dict[str, Any]:
    """Kill nights at random moments, each with something new, and run each to its end at last."""
    rng, engine, done, number = random.Random(seed), open_database(url_of(database)), 0, 0
    complete = []
    night_once(engine, port, NIGHT - timedelta(days=1))
    while done < kills:
        number += 1
        day = NIGHT + timedelta(days=number)
        add_need(engine, number, TITLES[number % len(TITLES)], deadline=day + timedelta(days=20), published_on=day)
        at = moment(day)
        for _ in range(4):
            at += BETWEEN
            engine.dispose()
            child = forked(partial(night_once, engine, port, day, at))
            time.sleep(rng.uniform(0.02, 0.25))
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            done += os.WIFSIGNALED(status)
        complete.append(night_once(engine, port, day, at + BETWEEN).complete)
    return {"kills": done, "nights": number, "complete": all(complete)}


def rivals(database: Path, port: int, count: int) -> dict[str, Any]:
    """Run one night in several processes at once, then once more."""
    engine = open_database(url_of(database))
    children = [forked(partial(night_once, engine, port, NIGHT)) for _ in range(count)]
    statuses = [os.waitpid(child, 0)[1] for child in children]
    return {"statuses": statuses, "complete": night_once(engine, port, NIGHT, moment(NIGHT) + BETWEEN).complete}


def main() -> None:
    mode, database, port, *numbers = sys.argv[1:]
    modes: dict[str, Callable[..., dict[str, Any]]] = {"killed": killed, "rivals": rivals}
    print(json.dumps(modes[mode](Path(database), int(port), *map(int, numbers))))


if __name__ == "__main__":
    main()
