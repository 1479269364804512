"""The night's questions: who is due, what they were told, what they said, what each night did."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from api.alerts.queries import ALERT, FOLLOW_UP
from models.alerts import Announcement, Night, OutboxMessage


def night_page(session: Session, limit: int) -> Sequence[Night]:
    """The last nights, newest first."""
    return session.exec(select(Night).order_by(col(Night.day).desc()).limit(limit)).all()


def unfinished_nights(session: Session) -> Sequence[Night]:
    return session.exec(select(Night).where(col(Night.finished_at).is_(None)).order_by(col(Night.day))).all()


def mails_of(session: Session, night: date) -> Counter[str]:
    """How the mails of one night stand, confirmations aside: status → how many."""
    question = select(OutboxMessage.status, func.count()).where(OutboxMessage.night == night)
    question = question.where(col(OutboxMessage.purpose).in_((ALERT, FOLLOW_UP)))
    return Counter(dict(session.exec(question.group_by(col(OutboxMessage.status))).all()))


def told_on(session: Session, night: date) -> Counter[str]:
    """What was told on one night: event → how many times."""
    events = session.exec(select(Announcement.event).where(Announcement.night == night)).all()
    return Counter(event.partition(":")[0] for event in events)


def waiting_mails(session: Session) -> int:
    """How many mails of any night have still to leave."""
    return session.exec(select(func.count(col(OutboxMessage.id))).where(OutboxMessage.status == "pending")).one()
