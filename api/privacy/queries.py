"""All that is kept about one person, and what is old enough to go: every SELECT about them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from models.accounts import AccountSession, Invitation, Throttle
from models.alerts import Announcement, OutboxMessage
from models.ratings import Rating


def ratings_by(session: Session, partner_id: str) -> Sequence[Rating]:
    """All that a partner ever said, oldest first."""
    question = select(Rating).where(Rating.partner_id == partner_id)
    return session.exec(question.order_by(col(Rating.created_at), Rating.id)).all()


def messages_to(session: Session, partner_id: str) -> Sequence[OutboxMessage]:
    question = select(OutboxMessage).where(OutboxMessage.partner_id == partner_id)
    return session.exec(question.order_by(col(OutboxMessage.created_at), OutboxMessage.id)).all()


def announcements_to(session: Session, partner_id: str) -> Sequence[Announcement]:
    question = select(Announcement).where(Announcement.partner_id == partner_id)
    return session.exec(question.order_by(col(Announcement.night), Announcement.id)).all()


def old_messages(session: Session, before: datetime) -> Sequence[str]:
    """Ids of mails that wait for nothing any more and whose text is still kept."""
    question = select(OutboxMessage.id).where(OutboxMessage.status != "pending", OutboxMessage.created_at < before)
    kept: ColumnElement[bool] = or_(col(OutboxMessage.text) != "", col(OutboxMessage.html) != "")
    return session.exec(question.where(kept)).all()


def over_sessions(session: Session, before: datetime) -> Sequence[str]:
    return session.exec(select(AccountSession.id).where(AccountSession.expires_at < before)).all()


def over_invitations(session: Session, before: datetime) -> Sequence[str]:
    return session.exec(select(Invitation.id).where(Invitation.expires_at < before)).all()


def over_throttles(session: Session, before: datetime) -> Sequence[str]:
    return session.exec(select(Throttle.id).where(Throttle.failed_at < before)).all()
