"""A large night: a thousand partners, ten thousand actors, five hundred opportunities announced to nobody yet."""

import random
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from sqlalchemy import Engine, delete, update
from sqlmodel import col, select

from api.core.clock import night_of
from api.core.settings import HOME_DEPARTMENTS, Settings
from api.mailing.links import Signer
from api.mailing.transport import Transport
from api.matching.content import read_content
from api.matching.desk import Desk
from api.night.reports import NightReport
from api.night.run import run_night
from bench.encoder import fixture_texts
from bench.results import Result, ratio
from bench.world import ENCODER, FULL, copied
from matcher.embedding import open_encoder, text_hash
from matcher.text_fields import opportunity_phrases
from models.database import reading, writing
from models.tables import Actor, Opportunity, Partner, Subscription, TextVector

PARTNERS, NEW_OPPORTUNITIES = 1000, 500
# One partner in ten follows a search in words instead of an actor.
SEARCH_EVERY = 10
GOAL_S = 300


def measure(console: Console) -> list[Result]:
    """Run a whole night on a copy of the full world, with a mail server that discards the mails; then run it again."""
    with copied(console) as (engine, _), mail_server() as port:
        add_partners(engine)
        start = time.perf_counter()
        first = night(engine, port)
        total_s = time.perf_counter() - start
        start = time.perf_counter()
        again = night(engine, port)
        rerun_s = time.perf_counter() - start
    assert again.stages["send"] == first.stages["send"], "a rerun sends nothing"
    sent, announced = first.mails.get("sent", 0), sum(first.announced.values())
    what = f"{PARTNERS} partenaires, {FULL.actors} acteurs, {NEW_OPPORTUNITIES} nouveautés"
    stages = {"encode": "lire et encoder", "match": "rapprocher et écrire", "send": "envoyer"}
    return [
        Result("nuit", f"en tout, {what}", total_s, "s", GOAL_S),
        *(Result("nuit", f"dont {name}", first.stages[stage]["seconds"], "s") for stage, name in stages.items()),
        Result("nuit", "messages partis", sent, "", PARTNERS * 0.9, at_least=True),
        Result("nuit", "annonces", announced, ""),
        Result("nuit", "la même nuit encore", rerun_s, "s"),
        ratio("nuit", "la même nuit encore ÷ la première fois", rerun_s, total_s, 0.25),
    ]


def night(engine: Engine, port: int) -> NightReport:
    options = Settings(_env_file=None, smtp_port=port)
    desk = Desk(engine, open_encoder(str(ENCODER)), HOME_DEPARTMENTS)
    today = night_of(datetime.now(UTC))
    with Transport.of(options) as transport:
        return run_night(
            desk,
            Signer(["bench"], options.link_days),
            transport,
            night=today,
            now=lambda: datetime.now(UTC),
            options=options,
        )


def add_partners(
    engine: Engine, *, partners: int = PARTNERS, new_opportunities: int = NEW_OPPORTUNITIES, forget: bool = True
) -> None:
    """Leave so many opportunities open, and subscribe partners to actors or to searches.

    forget: the texts of those opportunities are not encoded.
    """
    rng = random.Random(0)
    with reading(engine) as session:
        opportunities = list(session.exec(select(Opportunity.id).order_by(Opportunity.id)).all())
        actors = list(session.exec(select(Actor.id).where(~col(Actor.confidential)).order_by(Actor.id)).all())
    opened, texts = rng.sample(opportunities, new_opportunities), fixture_texts()
    followed = rng.sample(actors, partners)
    now = datetime.now(UTC)
    if forget:
        forget_vectors(engine, opened)
    with writing(engine) as session:
        session.execute(update(Opportunity).values(status="closed"))
        session.execute(update(Opportunity).where(col(Opportunity.id).in_(opened)).values(status="open", deadline=None))
        for number in range(partners):
            partner = Partner(
                id=str(uuid.UUID(int=rng.getrandbits(128))), email=f"p{number}@exemple.invalid", status="active"
            )
            session.add(partner)
            session.flush()
            search = number % SEARCH_EVERY == 0
            session.add(
                Subscription(
                    id=str(uuid.UUID(int=rng.getrandbits(128))),
                    partner_id=partner.id,
                    actor_id=None if search else followed[number],
                    search=rng.choice(texts)[:200] if search else None,
                    # Every score is announced: the night is as long as it can be.
                    least="unlikely",
                    confirmed_at=now,
                )
            )


def forget_vectors(engine: Engine, opportunity_ids: Iterable[str]) -> None:
    """Delete the vectors of some opportunities' texts."""
    new = set(opportunity_ids)
    rows = [row for row in read_content(engine, HOME_DEPARTMENTS).opportunities.rows if row.id in new]
    hashes = [text_hash(phrase.text) for row in rows for phrase in opportunity_phrases(row)]
    with writing(engine) as session:
        session.execute(delete(TextVector).where(col(TextVector.text_hash).in_(hashes)))


@contextmanager
def mail_server() -> Iterator[int]:
    """Run a mail server in another process that accepts every mail and discards it; yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
