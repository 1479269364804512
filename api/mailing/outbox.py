"""The outbox: each mail is stored once, under a key made from its partner, night, purpose and subject."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session

from api.core.settings import Settings
from api.mailing.compose import Mail, message_id
from models.alerts import OutboxMessage
from models.base import identifier
from models.database import has_sent


def add_message(
    session: Session,
    partner_id: str,
    mail: Mail,
    purpose: str,
    night: date,
    now: datetime,
    options: Settings,
    *,
    about: str = "",
    drawn_from: Mapping[str, Sequence[str]] | None = None,
    not_before: datetime | None = None,
) -> str | None:
    """Store a mail in the outbox and return its id; None if it is there already, or was sent before a restoration.

    not_before: when it may leave; `now` without.
    """
    message_key = identifier("outbox", partner_id, night.isoformat(), purpose, *([about] if about else []))
    if session.get(OutboxMessage, message_key) or has_sent(session, message_key):
        return None
    session.add(
        OutboxMessage(
            id=message_key,
            partner_id=partner_id,
            night=night,
            purpose=purpose,
            about=about,
            message_id=message_id(message_key, options.mail_from),
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            headers=mail.headers,
            drawn_from=dict(drawn_from or {}),
            next_attempt_at=not_before or now,
            created_at=now,
        )
    )
    session.flush()
    return message_key
