"""The big night: a thousand partners, ten thousand actors, five hundred needs that nobody was told of."""

import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy import Engine, delete, update
from sqlmodel import col, select

from api.core.clock import night_of
from api.core.settings import HOME_DEPARTMENTS, Settings
from api.mailing.links import Signer
from api.mailing.transport import Transport
from api.matching.content import read_content
from api.matching.snapshot import Desk
from api.night.run import NightReport, run_night
from bench.encoder import fixture_texts
from bench.results import Result
from bench.world import ACTORS, ENCODER, prepare
from matcher.embedding import open_encoder, text_hash
from matcher.text_fields import opportunity_phrases
from models.database import open_database, reading, writing
from models.tables import Actor, Opportunity, Partner, Subscription, TextVector

PARTNERS, NEEDS = 1000, 500
# One partner in ten follows words rather than an actor.
SEARCHERS = 10
GOAL_S = 300


def measure(console: Console) -> list[Result]:
    """Run the whole night on a copy of the large world, its mails taken by a real server; then run it again."""
    engine, url = prepare(console)
    engine.dispose()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "night.db"
        shutil.copyfile(url.removeprefix("sqlite:///"), path)
        opened = open_database(f"sqlite:///{path}")
        fill(opened)
        with _sink() as port:
            began = time.perf_counter()
            first = night(opened, port)
            total = time.perf_counter() - began
            began = time.perf_counter()
            again = night(opened, port)
            rerun = time.perf_counter() - began
        opened.dispose()
    assert again.stages["send"] == first.stages["send"], "a rerun sends nothing"
    sent, told = first.mails.get("sent", 0), sum(first.told.values())
    what = f"{PARTNERS} partenaires, {ACTORS} acteurs, {NEEDS} nouveautés"
    names = {"encode": "lire et encoder", "match": "rapprocher et écrire", "send": "envoyer"}
    return [
        Result("nuit", f"en tout, {what}", total, "s", GOAL_S),
        *(Result("nuit", f"dont {name}", first.stages[stage]["seconds"], "s") for stage, name in names.items()),
        Result("nuit", "messages partis", sent, "", PARTNERS * 0.9, at_least=True),
        Result("nuit", "annonces", told, ""),
        Result("nuit", "la même nuit encore", rerun, "s"),
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


def fill(engine: Engine) -> None:
    """Leave NEEDS opportunities open, their texts never encoded, and have partners follow actors, or words."""
    rng = random.Random(0)
    with reading(engine) as session:
        needs = list(session.exec(select(Opportunity.id).order_by(Opportunity.id)).all())
        actors = list(session.exec(select(Actor.id).where(~col(Actor.confidential)).order_by(Actor.id)).all())
    opened, texts = rng.sample(needs, NEEDS), fixture_texts()
    followed = rng.sample(actors, PARTNERS)
    now = datetime.now(UTC)
    forget(engine, opened)
    with writing(engine) as session:
        session.execute(update(Opportunity).values(status="closed"))
        session.execute(update(Opportunity).where(col(Opportunity.id).in_(opened)).values(status="open", deadline=None))
        for number in range(PARTNERS):
            partner = Partner(
                id=str(uuid.UUID(int=rng.getrandbits(128))), email=f"p{number}@exemple.invalid", status="active"
            )
            session.add(partner)
            session.flush()
            search = number % SEARCHERS == 0
            session.add(
                Subscription(
                    id=str(uuid.UUID(int=rng.getrandbits(128))),
                    partner_id=partner.id,
                    actor_id=None if search else followed[number],
                    search=f"{rng.choice(texts)[:200]}" if search else None,
                    # Whatever the score: the night is as long as it can be.
                    threshold=0.0,
                    confirmed_at=now,
                )
            )


def forget(engine: Engine, opened: Iterable[str]) -> None:
    """Forget the vectors of what is new."""
    new = set(opened)
    rows = [one for one in read_content(engine, HOME_DEPARTMENTS).opportunities if one.id in new]
    hashes = [text_hash(phrase.text) for row in rows for phrase in opportunity_phrases(row)]
    with writing(engine) as session:
        session.execute(delete(TextVector).where(col(TextVector.text_hash).in_(hashes)))


@contextmanager
def _sink() -> Iterator[int]:
    """Run a server in a process of its own that takes every mail and forgets it; yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
