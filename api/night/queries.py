"""SELECTs over nights, their mails and their announcements."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from api.alerts.queries import ALERT, FOLLOW_UP
from models.alerts import Announcement, Night, OutboxMessage


def night_page(session: Session, limit: int) -> Sequence[Night]:
    """Last nights, newest first."""
    return session.exec(select(Night).order_by(col(Night.day).desc()).limit(limit)).all()


def unfinished_nights(session: Session) -> Sequence[Night]:
    return session.exec(select(Night).where(col(Night.finished_at).is_(None)).order_by(col(Night.day))).all()


def mails_of(session: Session, night: date) -> Counter[str]:
    """Status → number of the night's mails, without confirmations."""
    statement = select(OutboxMessage.status, func.count()).where(OutboxMessage.night == night)
    statement = statement.where(col(OutboxMessage.purpose).in_((ALERT, FOLLOW_UP)))
    return Counter(dict(session.exec(statement.group_by(col(OutboxMessage.status))).all()))


def announced_on(session: Session, night: date) -> Counter[str]:
    """Event → number of the night's announcements."""
    event_names = session.exec(select(Announcement.event).where(Announcement.night == night)).all()
    return Counter(event_name.partition(":")[0] for event_name in event_names)


def waiting_mails(session: Session) -> int:
    """Number of pending mails, of any night."""
    return session.exec(select(func.count(col(OutboxMessage.id))).where(OutboxMessage.status == "pending")).one()
