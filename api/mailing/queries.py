"""Queries of the outbox."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from models.alerts import OutboxMessage
from models.partners import Partner


def due_count(session: Session, now: datetime) -> int:
    """Number of messages that could be leased now."""
    return session.exec(select(func.count(col(OutboxMessage.id))).where(_due(now, now))).one()


def due_messages(session: Session, due_at: datetime, now: datetime, limit: int) -> Sequence[tuple[OutboxMessage, str]]:
    """Messages due by `due_at` without a valid lease, the longest due first, with their partners' status.

    The rows are locked until the unit of work ends.
    """
    question = select(OutboxMessage, Partner.status).join(Partner, col(Partner.id) == OutboxMessage.partner_id)
    question = question.where(_due(due_at, now)).order_by(col(OutboxMessage.next_attempt_at), OutboxMessage.id)
    question = question.options(defer(OutboxMessage.text), defer(OutboxMessage.html))  # type: ignore[arg-type]
    return session.exec(question.limit(limit).with_for_update(of=OutboxMessage, skip_locked=True)).all()


def held_messages(session: Session, lease_owner: str) -> Sequence[OutboxMessage]:
    """Pending messages leased by a process."""
    question = select(OutboxMessage).where(OutboxMessage.lease_owner == lease_owner, OutboxMessage.status == "pending")
    return session.exec(question.order_by(OutboxMessage.id).with_for_update()).all()


def message_with_partner(session: Session, message_id: str) -> tuple[OutboxMessage, Partner] | None:
    question = select(OutboxMessage, Partner).join(Partner, col(Partner.id) == OutboxMessage.partner_id)
    return session.exec(question.where(OutboxMessage.id == message_id)).first()


def pending_messages_of(session: Session, partner_id: str) -> Sequence[OutboxMessage]:
    question = select(OutboxMessage).where(OutboxMessage.partner_id == partner_id, OutboxMessage.status == "pending")
    return session.exec(question.order_by(OutboxMessage.id)).all()


def _due(due_at: datetime, now: datetime) -> ColumnElement[bool]:
    is_free = or_(col(OutboxMessage.leased_until).is_(None), col(OutboxMessage.leased_until) <= now)
    return and_(col(OutboxMessage.status) == "pending", col(OutboxMessage.next_attempt_at) <= due_at, is_free)
