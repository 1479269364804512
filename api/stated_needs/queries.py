"""Queries of stated needs. None of them is for outsiders: each may be confidential."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_
from sqlmodel import Session, col, select

from api.stated_needs.kinds import OPEN, StatedKind, StatedStatus
from models.opportunities import Opportunity
from models.stated_needs import StatedNeed


def need_held(session: Session, need_id: str) -> StatedNeed | None:
    """A need, its row locked until this unit of work ends."""
    return session.exec(select(StatedNeed).where(StatedNeed.id == need_id).with_for_update()).first()


def waiting_needs(session: Session, limit: int, *, confidential: bool) -> tuple[int, Sequence[StatedNeed]]:
    """What waits for a facilitator: how many, and the longest waiting. confidential: with projects of owners."""
    conditions = [_waits()] if confidential else [_waits(), StatedNeed.kind != StatedKind.TAKEOVER]
    question = select(StatedNeed, func.count().over()).where(*conditions)
    rows = session.exec(question.order_by(col(StatedNeed.confirmed_at).nulls_first(), StatedNeed.id).limit(limit)).all()
    return (rows[0][1], [row[0] for row in rows]) if rows else (0, ())


def needs_by(session: Session, account_id: str) -> Sequence[StatedNeed]:
    """What an account stated, the newest first."""
    question = select(StatedNeed).where(StatedNeed.account_id == account_id)
    return session.exec(question.order_by(col(StatedNeed.stated_at).desc(), StatedNeed.id)).all()


def needs_from(session: Session, email: str) -> Sequence[StatedNeed]:
    """What was stated on the public page from an address, the newest first."""
    question = select(StatedNeed).where(StatedNeed.email == email)
    return session.exec(question.order_by(col(StatedNeed.stated_at).desc(), StatedNeed.id)).all()


def count_open(session: Session, account_id: str) -> int:
    """Number of needs of an account that wait for a facilitator."""
    question = select(func.count()).select_from(StatedNeed)
    question = question.where(StatedNeed.account_id == account_id, col(StatedNeed.status).in_(OPEN))
    return session.exec(question).one()


def is_closed(session: Session, need: StatedNeed) -> bool:
    """Return whether what was made of a need is over; never of one that was withdrawn since."""
    if need.opportunity_id is None or need.status != StatedStatus.PUBLISHED:
        return False
    status = session.exec(select(Opportunity.status).where(Opportunity.id == need.opportunity_id)).first()
    return status is not None and status != "open"


def delete_old(session: Session, *, unconfirmed_before: datetime, ended_before: datetime) -> int:
    """Delete what nobody confirmed, and what has been over for long; return how many there were."""
    over: ColumnElement[bool] = or_(
        and_(col(StatedNeed.status) == StatedStatus.UNCONFIRMED, col(StatedNeed.stated_at) < unconfirmed_before),
        and_(~_waits(), col(StatedNeed.decided_at).is_not(None), col(StatedNeed.decided_at) < ended_before),
    )
    ids = session.exec(select(StatedNeed.id).where(over)).all()
    session.execute(delete(StatedNeed).where(over))
    return len(ids)


def _waits() -> ColumnElement[bool]:
    """Return the condition of what a facilitator has to look at: also what was withdrawn once it was on the desk."""
    return or_(
        col(StatedNeed.status).in_(OPEN),
        and_(
            col(StatedNeed.status) == StatedStatus.WITHDRAWN,
            col(StatedNeed.opportunity_id).is_not(None),
            col(StatedNeed.decided_at).is_(None),
        ),
    )
