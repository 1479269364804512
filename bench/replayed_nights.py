"""Thirty nights of the invented world: how many mails partners get, and how many announced suggestions are good.

`python -m bench.replayed_nights [SECTION …]`: a row for each lowest section that subscriptions may wish.
"""

import csv
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, update
from sqlmodel import col, select

from api.alerts.composing import compose_alerts
from api.catalogue.places.loading import load_places
from api.core.settings import HOME_DEPARTMENTS, Settings
from api.evaluation.invented_world import FIXTURE_FILES, FIXTURES, FIXTURES_TODAY
from api.imports.importing import ingest
from api.mailing.links import Signer
from api.matching.desk import Desk
from bench.world import ENCODER
from matcher.embedding import open_encoder
from models.base import identifier, utc_now
from models.database import open_database, reading, writing
from models.revisions import migrate
from models.tables import Actor, Announcement, Lot, Opportunity, OutboxMessage, Partner, Subscription, Suggestion

NIGHTS = 30
GOOD = 2
SECTIONS = ("call_first", "good_lead", "to_study")


@dataclass(frozen=True)
class ReplayedNights:
    """What was sent in NIGHTS nights: mails, announcements by event, and grades of the new suggestions.

    grades: of pairs whose opportunity is judged; an actor that its judgments do not name counts as 0.
    """

    partners: int
    mails: int
    events: Counter[str]
    grades: Counter[int]

    def row(self) -> list[str]:
        judged, good = self.grades.total(), sum(count for grade, count in self.grades.items() if grade >= GOOD)
        return [
            f"{self.mails}",
            f"{self.mails / self.partners / NIGHTS:.3f}",
            f"{self.events['new']}",
            f"{self.events.total() - self.events['new']}",
            f"{good} of {judged} ({good / judged:.0%})" if judged else "–",
        ]


def replay(wishes: Mapping[str, Any]) -> ReplayedNights:
    """Let a thirtieth of the open opportunities arrive each night; one partner follows each public actor."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{folder}/nights.db")
        migrate(engine)
        load_places(engine)
        for file_name, kind in FIXTURE_FILES:
            ingest(engine, FIXTURES / file_name, kind, source="fixtures", refused_path=Path(folder) / "refused.csv")
        try:
            return _replay(engine, wishes)
        finally:
            engine.dispose()


def _replay(engine: Engine, wishes: Mapping[str, Any]) -> ReplayedNights:
    partners = _follow_all(engine, wishes)
    with writing(engine) as session:
        arriving = sorted(session.exec(select(Opportunity.id).where(Opportunity.status == "open")).all())
        session.execute(update(Opportunity).values(status="closed", updated_at=utc_now()))
    random.Random(0).shuffle(arriving)
    encoder, signer = open_encoder(str(ENCODER)), Signer(["bench"], 45)
    for number in range(NIGHTS):
        night = FIXTURES_TODAY + timedelta(days=number)
        with writing(engine) as session:
            came = {"status": "open", "published_on": night, "deadline": None, "updated_at": utc_now()}
            session.execute(update(Opportunity).where(col(Opportunity.id).in_(arriving[number::NIGHTS])).values(**came))
        desk = Desk(engine, encoder, HOME_DEPARTMENTS)
        compose_alerts(desk, signer, night=night, now=_at(night), options=Settings(_env_file=None))
        with writing(engine) as session:
            session.execute(update(OutboxMessage).values(status="sent"))
    judgments = _judgments(engine)
    with reading(engine) as session:
        rows = session.exec(select(Announcement, Suggestion).where(Suggestion.id == Announcement.suggestion_id)).all()
        mails = len(session.exec(select(OutboxMessage.id)).all())
    grades = [
        judgments[subject].get(suggestion.actor_id or "", 0)
        for announcement, suggestion in rows
        if announcement.event == "new" and (subject := suggestion.lot_id or suggestion.opportunity_id) in judgments
    ]
    events = Counter(announcement.event.partition(":")[0] for announcement, _ in rows)
    return ReplayedNights(partners, mails, events, Counter(grades))


def _follow_all(engine: Engine, wishes: Mapping[str, Any]) -> int:
    """Let one partner follow each public actor that may be judged, and return their number."""
    confirmed_at = _at(FIXTURES_TODAY - timedelta(days=1))
    with writing(engine) as session:
        public = ~col(Actor.confidential), Actor.kind != "entrepreneur"
        actor_ids = sorted(session.exec(select(Actor.id).where(*public)).all())
        for number, actor_id in enumerate(actor_ids):
            partner_id = identifier("partners", str(number))
            session.add(Partner(id=partner_id, email=f"p{number}@exemple.invalid", status="active"))
            session.flush()
            subscription_id = identifier("subscriptions", partner_id, actor_id)
            own: dict[str, Any] = {
                "id": subscription_id,
                "partner_id": partner_id,
                "actor_id": actor_id,
                "confirmed_at": confirmed_at,
            }
            session.add(Subscription(**own, **wishes))
    return len(actor_ids)


def _judgments(engine: Engine) -> dict[str | None, dict[str, int]]:
    """Return the judgments by the ids of the desk: opportunity or lot → actor → grade."""
    with reading(engine) as session:
        actors = {actor.source_id: actor.id for actor in session.exec(select(Actor)).all()}
        needs = {need.source_id: need.id for need in session.exec(select(Opportunity)).all()}
        lots = {(lot.opportunity_id, lot.number): lot.id for lot in session.exec(select(Lot)).all()}
    judgments: dict[str | None, dict[str, int]] = {}
    with (FIXTURES / "qrels.tsv").open(encoding="utf-8", newline="") as judgments_file:
        for line in csv.DictReader(judgments_file, delimiter="\t"):
            need, _, lot = line["query-id"].partition("#")
            subject = lots[needs[need], lot] if lot else needs[need]
            judgments.setdefault(subject, {})[actors[line["corpus-id"]]] = int(line["score"])
    return judgments


def _at(night: date) -> datetime:
    return datetime.combine(night, time(4, 30), UTC)


if __name__ == "__main__":
    print("| lowest section | mails | mails a partner and night | new | changes | new with grade ≥ 2 |")
    print("|---|---:|---:|---:|---:|---:|")
    for section in sys.argv[1:] or SECTIONS:
        print(f"| {section} | {' | '.join(replay({'least': section}).row())} |", flush=True)
