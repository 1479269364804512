"""64 partners rate without a pause through the served pages: no rating is lost, and how long each one waits."""

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from tempfile import TemporaryDirectory

from rich.console import Console
from sqlalchemy import Engine, func, insert, update
from sqlmodel import col, select

from api.accounts.audience import Audience
from api.catalogue.places.loading import load_places
from api.core.settings import Settings
from api.evaluation.invented_world import FIXTURES, FIXTURES_TODAY
from api.imports.importing import ingest
from api.mailing.links import Purpose, open_signer
from bench.record_ids import actor_ids, opportunity_ids
from bench.results import Result, ratio
from bench.served_api import served
from models.base import identifier, table_of, utc_now
from models.database import open_database, reading, writing
from models.revisions import migrate
from models.tables import Partner, Rating, Suggestion

CLIENTS = 64
SECONDS = 20.0
BARE_SECONDS = 5.0
# Who is not answered for so long is not waited for: the measure ends, and says so.
LONGEST_S = 30.0
# Each client rates its suggestions again and again: more than any real partner would.
PAIRS_EACH = 20


@dataclass
class Tally:
    """What the clients saw: seconds per answer, HTTP statuses, ratings accepted for each (partner, suggestion)."""

    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    accepted: Counter[tuple[str, str]] = field(default_factory=Counter)


ALL = 1_000_000


def measure(_console: Console) -> list[Result]:
    """Serve the invented world as `make serve` does, and let all clients rate at once over HTTP."""
    with TemporaryDirectory() as folder:
        options = Settings(database_url=f"sqlite:///{folder}/ratings.db", link_keys=f"{folder}/keys")
        engine = open_database(options.database_url)
        pairs = prepare(engine)
        signer = open_signer(options)
        links = [
            [(pair, f"/avis/{signer.sign(Purpose.ANSWER, p=pair[0], s=pair[1])}") for pair in mine] for mine in pairs
        ]
        with served(options.database_url, POLESUD_LINK_KEYS=options.link_keys) as (address, process, _):
            before_s = sum(process.cpu_times()[:2])
            tally = asyncio.run(rate_all(address, links, SECONDS))
            processor_s = sum(process.cpu_times()[:2]) - before_s
        lost, doubled = count(engine, tally)
        bare_rate = bare_ratings(engine, [pair for mine in pairs for pair in mine], BARE_SECONDS)
        engine.dispose()
    waits = sorted(tally.waits)
    return [
        Result("avis", f"{CLIENTS} clients, {SECONDS:.0f} s : avis reçus par seconde", len(waits) / SECONDS, "/s"),
        Result("avis", "boucle nue, mêmes lignes sous le même verrou", bare_rate, "/s"),
        ratio("avis", "boucle nue ÷ service, avis par seconde", bare_rate, len(waits) / SECONDS, 2),
        Result("avis", "processeur du service, par avis", processor_s / len(waits) * 1000, "ms"),
        Result("avis", "attente médiane", waits[len(waits) // 2] * 1000, "ms"),
        Result("avis", "attente, 99e centile", waits[int(len(waits) * 0.99)] * 1000, "ms", 200),
        Result("avis", "attente la plus longue", waits[-1] * 1000, "ms"),
        Result("avis", "avis perdus ou en double", lost + doubled, "", 0),
        Result("avis", "réponses autres que 303", len(waits) - tally.statuses[303], "", 0),
    ]


def prepare(engine: Engine, clients: int = CLIENTS) -> list[list[tuple[str, str]]]:
    """Fill the tables with the invented world, partners, and suggestions; return the pairs of each partner."""
    migrate(engine)
    load_places(engine)
    shift = (date.today() - FIXTURES_TODAY).days
    ingest(engine, FIXTURES / "actors.csv", "actors", source="bench", shift_days=shift)
    ingest(engine, FIXTURES / "openings.csv", "opportunities", source="bench", shift_days=shift)
    actors, openings = actor_ids(engine, ALL, Audience()), opportunity_ids(engine, ALL, Audience())
    with writing(engine) as session:
        rng = random.Random(0)
        pairs = []
        for number in range(clients):
            partner = Partner(id=identifier("bench", number), email=f"p{number}@exemple.invalid", status="active")
            session.add(partner)
            chosen = []
            for opening in rng.sample(openings, PAIRS_EACH):
                actor = rng.choice(actors)
                subject = f"opportunity:{opening}"
                suggestion = identifier("suggestions", actor, subject)
                session.merge(Suggestion(id=suggestion, actor_id=actor, subject=subject, opportunity_id=opening))
                chosen.append((partner.id, suggestion))
            pairs.append(chosen)
    return pairs


async def rate_all(address: str, links: list[list[tuple[tuple[str, str], str]]], seconds: float) -> Tally:
    """Run one client for each list of links until the time is over; a client sends one rating at a time."""
    tally = Tally()
    end = time.perf_counter() + seconds
    await asyncio.gather(*(_rate(address, mine, end, tally) for mine in links))
    return tally


async def _rate(address: str, links: list[tuple[tuple[str, str], str]], end: float, tally: Tally) -> None:
    # Plain sockets: an HTTP client library would need as much processor time as the service, on the same two cores.
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    turn = 0
    while time.perf_counter() < end:
        pair, path = links[turn % len(links)]
        turn += 1
        # Each rating differs from the one before, so that each must add a row.
        form = f"interet={turn % 4}&commentaire=avis+{turn}"
        start = time.perf_counter()
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(form)}\r\n\r\n{form}".encode()
        )
        async with asyncio.timeout(LONGEST_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            await reader.readexactly(int(head.partition("content-length:")[2].partition("\r")[0]))
        tally.waits.append(time.perf_counter() - start)
        status = int(head.split(" ", 2)[1])
        tally.statuses[status] += 1
        tally.accepted[pair] += status == 303
    writer.close()


def bare_ratings(engine: Engine, pairs: Sequence[tuple[str, str]], seconds: float) -> float:
    """Return the ratings a second of a loop that does nothing but write: no client, no page, no check.

    Each is one durable unit of work, which takes the place of the rating before it, as a served rating does.
    """
    ratings = table_of(Rating)
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        partner, suggestion = pairs[done % len(pairs)]
        moment = utc_now()
        row = Rating(
            id=str(uuid.uuid4()),
            partner_id=partner,
            suggestion_id=suggestion,
            interest=done % 4,
            comment=f"avis {done}",
            created_at=moment,
        )
        with writing(engine, durable=True) as session:
            current = (ratings.c.partner_id == partner, ratings.c.suggestion_id == suggestion)
            session.execute(
                update(ratings).where(*current, ratings.c.superseded_at.is_(None)).values(superseded_at=moment)
            )
            session.execute(insert(ratings), row.model_dump())
        done += 1
    return done / seconds


def count(engine: Engine, tally: Tally) -> tuple[int, int]:
    """Return how many accepted ratings are lost or stored twice, and how many pairs have not exactly one current."""
    with reading(engine) as session:
        question = select(Rating.partner_id, Rating.suggestion_id, func.count()).group_by(
            col(Rating.partner_id), col(Rating.suggestion_id)
        )
        stored = {(partner, suggestion): number for partner, suggestion, number in session.exec(question)}
        current = Counter(
            session.exec(
                select(Rating.partner_id, Rating.suggestion_id).where(col(Rating.superseded_at).is_(None))
            ).all()
        )
    lost = sum(abs(number - stored.get(pair, 0)) for pair, number in tally.accepted.items())
    return lost, sum(current[pair] != 1 for pair in tally.accepted)
