"""Outbox: a mail, frozen, written once for what it is about."""

from datetime import date, datetime

from sqlmodel import Session

from api.core.settings import Settings
from api.mailing.compose import Mail, message_id
from models.alerts import OutboxMessage
from models.base import identifier


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
) -> str | None:
    """Put a mail in the outbox and return its id; None where this partner has one already."""
    key = identifier("outbox", partner_id, night.isoformat(), purpose, *([about] if about else []))
    if session.get(OutboxMessage, key):
        return None
    session.add(
        OutboxMessage(
            id=key,
            partner_id=partner_id,
            night=night,
            purpose=purpose,
            about=about,
            message_id=message_id(key, options.mail_from),
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            headers=mail.headers,
            next_attempt_at=now,
            created_at=now,
        )
    )
    session.flush()
    return key
