"""A small world in which nights pass: trades, needs, partners who follow; and an encoder that costs nothing.

`toy_encode` stands in for the encoder, which is an external thing; all else is real.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Engine, delete, update
from sqlmodel import col, select

from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn, OpportunityIn, TakeoverIn
from api.core.settings import HOME_DEPARTMENTS, Settings
from api.mailing.links import Signer
from api.matching.desk import Desk
from api.partner_view.ties import Ties
from api.subscriptions.confirming import confirm
from api.subscriptions.subscriptions import subscribe
from matcher.embedding import GRID, Progress
from matcher.sections import Section
from matcher.types import FloatArray
from models.alerts import Announcement, OutboxMessage
from models.database import reading, writing
from models.partners import Subscription
from models.places import Commune, FormerCommune
from tests.support import builders

NIGHT = date(2026, 11, 24)
SIGNER = Signer(["clé d’essai"], 45)
TIES = Ties.of(SIGNER)
TRADES = ("entretien d’espaces verts", "menuiserie bois", "nettoyage de locaux", "traiteur", "maçonnerie")
TITLES = (
    "Entretien des espaces verts de la commune",
    "Menuiserie bois de l’école, pose de fenêtres",
    "Nettoyage des locaux de la mairie",
    "Traiteur pour les repas du centre de loisirs",
    "Maçonnerie du mur du cimetière",
)
OPTIONS = Settings(_env_file=None, public_url="https://polesud.invalid")


class ToyEncoder:
    """Texts with common words are near."""

    revision = "toy"
    dim = builders.DIM
    similarity_range = builders.SIMILARITY_RANGE

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:  # noqa: ARG002
        return builders.toy_encode(texts) / np.float32(GRID)


def small(engine: Engine) -> Engine:
    """Leave the few communes that the tests name: all are read for every record that is written."""
    with writing(engine) as session:
        session.execute(delete(FormerCommune))
        session.execute(delete(Commune).where(col(Commune.code).not_in(("26362", "26113", "26108", "07010", "07186"))))
    return engine


def open_desk(engine: Engine) -> Desk:
    return Desk(engine, ToyEncoder(), HOME_DEPARTMENTS)


def moment(night: date) -> datetime:
    """Return when the timer of a night rings."""
    return datetime.combine(night, time(4, 30), ZoneInfo("Europe/Paris")).astimezone(UTC)


def add_actor(engine: Engine, number: int, trade: str = TRADES[0], **fields: Any) -> str:
    known: dict[str, Any] = {
        "source_id": f"a{number}",
        "name": f"Coopérative {number}",
        "kind": "scop",
        "activities": [trade],
        "commune_code": "26362",
        "headcount": 12,
        "turnover_eur": 600_000,
        "seeks": ["markets", "acquisitions"],
        "information_date": NIGHT,
    }
    return record_changes.create_actor(engine, ActorIn(**(known | fields)))


def add_need(engine: Engine, number: int, title: str = TITLES[0], **fields: Any) -> str:
    known: dict[str, Any] = {
        "source_id": f"o{number}",
        "title": f"{title} ({number})",
        "commune_code": "26113",
        "amount_eur": 90_000,
        "published_on": NIGHT,
        "deadline": NIGHT + timedelta(days=20),
    }
    return record_changes.create_opportunity(engine, OpportunityIn(**(known | fields)))


def add_case(engine: Engine, number: int, teaser: str | None, **fields: Any) -> str:
    known: dict[str, Any] = {
        "source_id": f"r{number}",
        "kind": "takeover",
        "title": "Secret",
        "teaser": teaser,
        "takeover": TakeoverIn(headcount=6),
    }
    return record_changes.create_opportunity(engine, OpportunityIn(**(known | fields)))


def follow(engine: Engine, email: str, *, on: date = NIGHT - timedelta(days=30), **wishes: Any) -> Subscription:
    """Subscribe and confirm. least: "unlikely", which nobody may wish, announces every score."""
    everything = wishes.get("least") == Section.UNLIKELY
    asked = subscribe(
        engine, SIGNER, email, now=moment(on), options=OPTIONS, **wishes | ({"least": "to_study"} if everything else {})
    )
    if everything:
        with writing(engine) as session:
            session.execute(update(Subscription).where(col(Subscription.id) == asked.id).values(least=Section.UNLIKELY))
    return confirm(engine, asked.id, now=moment(on))


def mails(engine: Engine, purpose: str = "alert") -> list[OutboxMessage]:
    question = select(OutboxMessage).where(OutboxMessage.purpose == purpose)
    with reading(engine) as session:
        return list(session.exec(question.order_by(OutboxMessage.night, OutboxMessage.partner_id)).all())


def announcements(engine: Engine) -> list[Announcement]:
    with reading(engine) as session:
        return list(session.exec(select(Announcement).order_by(Announcement.night, Announcement.id)).all())


def row_counts(engine: Engine) -> dict[str, int]:
    """Return how many rows each table has."""
    from models.tables import metadata

    with engine.connect() as connection:
        return {
            table.name: int(connection.exec_driver_sql(f"SELECT count(*) FROM {table.name}").scalar_one())
            for table in metadata.sorted_tables
        }
