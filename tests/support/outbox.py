"""Partners and messages for tests of the mail, as the journeys leave them in the tables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from api.core.settings import Settings
from api.mailing.compose import message_id
from api.mailing.departure import Recomposition, nothing_left
from models.alerts import OutboxMessage
from models.base import identifier
from models.database import reading, writing
from models.partners import Partner

NIGHT = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)


class OpenGate:
    """Lets everything pass: the messages made here are about nothing."""

    def reasons_to_stay(self, _session: Session, _message: OutboxMessage, _now: datetime) -> Mapping[str, int]:
        return {}

    def compose_anew(self, _message: OutboxMessage, _now: datetime) -> Recomposition:
        return nothing_left


OPEN_GATE = OpenGate()


def mail_settings(port: int, **values: Any) -> Settings:
    """Settings for a server on loopback that is given little time."""
    known: dict[str, Any] = {"smtp_port": port, "smtp_timeout_s": 5}
    return Settings(_env_file=None, **(known | values))


def address(number: int) -> str:
    return f"partenaire{number:04d}@exemple.invalid"


def add_partners(engine: Engine, count: int, *, first: int = 0, status: str = "active") -> list[str]:
    """Write partners, and return their ids."""
    numbers = range(first, first + count)
    rows = [Partner(id=identifier("partners", n), email=address(n), status=status) for n in numbers]
    ids = [row.id for row in rows]
    with writing(engine) as session:
        session.add_all(rows)
    return ids


def add_messages(
    engine: Engine, partners: Sequence[str], *, night: date = NIGHT, purpose: str = "alert", now: datetime = NOW
) -> list[str]:
    """Write a pending message for each partner, and return their ids."""
    rows = []
    for partner in partners:
        key = identifier("outbox", partner, night.isoformat(), purpose)
        rows.append(
            OutboxMessage(
                id=key,
                partner_id=partner,
                night=night,
                purpose=purpose,
                message_id=message_id(key, Settings.model_fields["mail_from"].default),
                subject="1 nouveauté pour vous",
                text="Une nouveauté.\n" * 20,
                html="<p>Une nouveauté.</p>\n" * 20,
                headers={"Auto-Submitted": "auto-generated"},
                next_attempt_at=now,
                created_at=now,
            )
        )
    ids = [row.id for row in rows]
    with writing(engine) as session:
        session.add_all(rows)
    return ids


def all_messages(engine: Engine) -> list[OutboxMessage]:
    with reading(engine) as session:
        return list(session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all())


def statuses(engine: Engine) -> dict[str, int]:
    return dict(Counter(message.status for message in all_messages(engine)))


def partner_of(engine: Engine, partner_id: str) -> Partner:
    with reading(engine) as session:
        found = session.get(Partner, partner_id)
        assert found
        return found


def nights_from(day: date, count: int) -> list[date]:
    return [day + timedelta(days=number) for number in range(count)]
