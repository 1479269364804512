"""Nights of four workers, some killed at random moments: `python -m tests.support.night_crew KILLS [--postgres]`.

Real processes, a real SMTP server that refuses and hangs up now and then, and a real database. Prints what was lost,
doubled or told otherwise as JSON, and exits with 1 unless nothing was. Whatever must hold is compared with the same
nights done by one worker that lives.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from sqlmodel import select

from api.catalogue.places.loading import load_places
from api.demo.postgres_server import create_database, postgres_server
from api.mailing.transport import Transport
from api.night.queries import waiting_mails
from api.night.reports import NightReport, read_night
from api.night.run import run_night, settle_nights
from models.alerts import OutboxMessage
from models.base import utc_now
from models.database import open_database, reading
from models.partners import Partner
from models.revisions import migrate
from tests.support.databases import url_of
from tests.support.deliverer import deliver_once, forked
from tests.support.night_world import (
    NIGHT,
    SIGNER,
    TITLES,
    TRADES,
    add_actor,
    add_need,
    announcements,
    follow,
    moment,
    open_desk,
    small,
)
from tests.support.outbox import mail_settings
from tests.support.smtp_server import post

NAMES = ("killed", "plain")
WORKERS, PARTNERS, KILLS_A_NIGHT = 4, 24, 5
# So short that what a dead worker held is soon taken over, and longer than any mail takes here.
LEASE_S = 2.5
# When a worker is killed after the one before, at most.
LATEST_KILL_S = 0.5
# None of them is a reason to send a mail twice: the server has not taken it.
FAULTS = {"defer": 0.03, "drop_rcpt": 0.01, "drop_data": 0.02}


@dataclass(frozen=True)
class CrewResult:
    """What killed crews did. lost: mails written and never taken; doubled: mails taken more than once, each time more.

    other_ids: Message-IDs that the server took and no mail has. differing: announcements that one living worker would
    have made and these did not, or the other way round. unfinished: nights that were not complete at last.
    """

    kills: int
    nights: int
    mails: int
    lost: int
    doubled: int
    other_ids: int
    differing: int
    unfinished: int
    seconds: float

    @property
    def holds(self) -> bool:
        clean = not (self.lost or self.other_ids or self.differing or self.unfinished)
        return clean and self.mails > 0 and self.doubled <= self.kills


def make_world(engine: Engine) -> None:
    """Fill a database with partners who follow an actor, two by two, or a search."""
    small(engine)
    for number in range(PARTNERS // 2):
        actor = add_actor(engine, number, TRADES[number % len(TRADES)])
        for place in (2 * number, 2 * number + 1):
            follow(engine, f"p{place}@exemple.invalid", actor_id=actor, most=3)
        follow(engine, f"p{2 * number}@exemple.invalid", search=TRADES[(number + 1) % len(TRADES)], most=3)


def add_news(engine: Engine, number: int, day: date) -> None:
    for place, title in enumerate(TITLES):
        need = number * len(TITLES) + place
        add_need(engine, need, title, deadline=day + timedelta(days=20), published_on=day)


def work(engine: Engine, port: int, day: date, late: timedelta = timedelta(0)) -> NightReport:
    """Do what is left of a night, or a share of it; the clock goes on from the hour of the night."""
    options = mail_settings(
        port,
        weekly_per_partner=10_000,
        weekly_per_actor=10_000,
        night_lease_s=LEASE_S,
        mail_lease_s=LEASE_S,
        night_part_partners=3,
        smtp_timeout_s=2,
    )
    offset = moment(day) + late - utc_now()
    with Transport.of(options) as transport:
        return run_night(
            open_desk(engine), SIGNER, transport, night=day, now=lambda: utc_now() + offset, options=options
        )


def crew_night(engine: Engine, port: int, day: date, kills: int, rng: random.Random) -> int:
    """Let WORKERS share a night, and kill some; each killed one is replaced. Return how many were killed."""
    # Connections are not shared with a fork; each opens its own.
    engine.dispose()
    start = partial(forked, partial(work, engine, port, day))
    alive, killed, statuses = {start() for _ in range(WORKERS)}, 0, []
    while killed < kills and alive:
        time.sleep(rng.uniform(0, LATEST_KILL_S))
        victim = rng.choice(sorted(alive))
        os.kill(victim, signal.SIGKILL)
        _, status = os.waitpid(victim, 0)
        alive.remove(victim)
        if os.WIFSIGNALED(status):
            killed += 1
            alive.add(start())
        else:
            statuses.append(status)
    statuses += [os.waitpid(worker, 0)[1] for worker in alive]
    assert not any(statuses), statuses
    return killed


def killed_nights(engine: Engine, port: int, kills: int, seed: int) -> tuple[int, int, int]:
    """Return how many were killed, in how many nights, and how many of these were not complete at last."""
    rng, killed, number, unfinished = random.Random(seed), 0, 0, 0
    while killed < kills:
        number += 1
        day = NIGHT + timedelta(days=number)
        add_news(engine, number, day)
        killed += crew_night(engine, port, day, min(KILLS_A_NIGHT, kills - killed), rng)
        unfinished += not finished(engine, port, day)
    return killed, number, unfinished


def finished(engine: Engine, port: int, day: date) -> bool:
    """Send what the server deferred, in the hours after; tell whether all is done then."""
    for turn in range(1, 6):
        late = timedelta(hours=4 * turn)
        work(engine, port, day, late)
        # A night waits for its own mails alone; the others leave by `deliver`, which rings all day.
        deliver_once(engine, port, moment(day) + late + timedelta(hours=1))
        settle_nights(engine, moment(day) + late + timedelta(hours=1))
        with reading(engine) as session:
            if not waiting_mails(session):
                return read_night(session, day).complete
    return False


def examine(
    engine: Engine, plain: Engine, taken: Counter[str], done: tuple[int, int, int], seconds: float
) -> CrewResult:
    """Compare what was written, what the server took and what one living worker tells."""
    killed, nights, unfinished = done
    with reading(engine) as session:
        written = session.exec(select(OutboxMessage.message_id, OutboxMessage.status)).all()
    ids = {message_id for message_id, _ in written}
    sent = {message_id for message_id, status in written if status == "sent"}
    told, expected = _told(engine), _told(plain)
    return CrewResult(
        kills=killed,
        nights=nights,
        mails=len(ids),
        lost=len(ids - (sent & taken.keys())),
        doubled=sum(taken.values()) - len(taken),
        other_ids=len(taken.keys() - ids),
        differing=(told - expected).total() + (expected - told).total(),
        unfinished=unfinished,
        seconds=round(seconds, 1),
    )


def _told(engine: Engine) -> Counter[tuple[str, str, str]]:
    with reading(engine) as session:
        emails = dict(session.exec(select(Partner.id, Partner.email)).all())
    return Counter((emails[row.partner_id], str(row.told["title"]), row.event) for row in announcements(engine))


def run(urls: tuple[str, str], folder: Path, kills: int, seed: int) -> CrewResult:
    """Do the nights on one database with kills, on the other without. urls: databases without records."""
    engine, plain = map(open_database, urls)
    for one in (engine, plain):
        make_world(one)
    began = time.perf_counter()
    with post(folder / "log", seed=seed, **FAULTS) as server:
        done = killed_nights(engine, server.port, kills, seed)
        taken = Counter(server.ids())
    seconds = time.perf_counter() - began
    with post(folder / "plain.log") as server:
        for number in range(1, done[1] + 1):
            day = NIGHT + timedelta(days=number)
            add_news(plain, number, day)
            work(plain, server.port, day)
    result = examine(engine, plain, taken, done, seconds)
    for one in (engine, plain):
        one.dispose()
    return result


@contextmanager
def databases(folder: Path, *, postgres: bool) -> Iterator[tuple[str, str]]:
    """Make two databases with tables and places: SQLite files, or on a PostgreSQL server that is started for them."""
    with ExitStack() as stack:
        urls = [f"sqlite:///{folder / name}.db" for name in NAMES]
        if postgres:
            server = stack.enter_context(postgres_server(folder / "data", fast=True))
            urls = [create_database(server, name) for name in NAMES]
        for url in urls:
            engine = open_database(url)
            migrate(engine)
            load_places(engine)
            engine.dispose()
        yield urls[0], urls[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int)
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL server for it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where databases of tests stand already, `killed` and `plain`")
    told = parser.parse_args()
    if told.folder:
        killed, plain = (url_of(told.folder / name) for name in NAMES)
        result = run((killed, plain), told.folder, told.kills, told.seed)
    else:
        with (
            TemporaryDirectory(prefix="pole-sud-crew-") as made,
            databases(Path(made), postgres=told.postgres) as urls,
        ):
            result = run(urls, Path(made), told.kills, told.seed)
    print(json.dumps(asdict(result)))
    return 0 if result.holds else 1


if __name__ == "__main__":
    sys.exit(main())
