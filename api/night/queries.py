"""SELECTs over nights, their parts, their mails and their announcements."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from api.alerts.queries import ALERT, FOLLOW_UP
from models.alerts import Announcement, Night, NightPart, OutboxMessage


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


def mails_held(session: Session, now: datetime) -> int:
    """Number of mails that are due and that a process is sending, or was sending when it died."""
    question = select(func.count(col(OutboxMessage.id))).where(OutboxMessage.status == "pending")
    return session.exec(
        question.where(col(OutboxMessage.next_attempt_at) <= now, col(OutboxMessage.leased_until) > now)
    ).one()


def night_held(session: Session, night: date) -> Night:
    """A night's row, locked until the unit of work ends. Raises NoResultFound."""
    return session.exec(select(Night).where(Night.day == night).with_for_update()).one()


def parts_of(session: Session, night: date, stage: str) -> Sequence[NightPart]:
    """The parts of a stage, in their order."""
    question = select(NightPart).where(NightPart.night == night, NightPart.stage == stage)
    return session.exec(question.order_by(col(NightPart.number))).all()


def free_part(session: Session, night: date, stage: str, now: datetime) -> NightPart | None:
    """The first part that nobody is at, locked until the unit of work ends; what others have locked is skipped."""
    question = select(NightPart).where(NightPart.night == night, NightPart.stage == stage)
    question = question.where(col(NightPart.done_at).is_(None))
    question = question.where(or_(col(NightPart.leased_until).is_(None), col(NightPart.leased_until) <= now))
    return session.exec(question.order_by(col(NightPart.number)).limit(1).with_for_update(skip_locked=True)).first()


def part_held(session: Session, part: NightPart) -> NightPart | None:
    """The same part as it stands now, locked until the unit of work ends."""
    question = select(NightPart).where(NightPart.night == part.night, NightPart.stage == part.stage)
    return session.exec(question.where(NightPart.number == part.number).with_for_update()).first()
