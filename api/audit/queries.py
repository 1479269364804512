"""The journal: every SELECT about it."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from models.audit import AuditEntry, AuditHead

HEAD = 1


def audit_head(session: Session, *, held: bool = False) -> AuditHead | None:
    """The end of the journal; `held`: nobody else may add to it until this unit of work ends."""
    question = select(AuditHead).where(AuditHead.id == HEAD)
    return session.exec(question.with_for_update() if held else question).first()


def audit_head_count(session: Session) -> int:
    """How many rows say where the journal ends: one, or somebody was at it."""
    return len(session.exec(select(AuditHead.id)).all())


def audit_chunk(session: Session, after: int | None, limit: int) -> Sequence[Any]:
    """Entries as they are stored, in their order: the first ones, whatever their numbers, or those after one."""
    table: Any = AuditEntry.__table__  # type: ignore[attr-defined]
    question = select(table).order_by(table.c.seq).limit(limit)
    return session.execute(question.where(table.c.seq > after) if after is not None else question).all()


def audit_page(session: Session, *, before: int | None = None, limit: int = 100) -> Sequence[AuditEntry]:
    """The newest entries, or those before one."""
    question = select(AuditEntry).order_by(col(AuditEntry.seq).desc()).limit(limit)
    return session.exec(question.where(AuditEntry.seq < before) if before is not None else question).all()


def audit_of(session: Session, actors: Sequence[str], objects: Sequence[str]) -> Sequence[AuditEntry]:
    """What these did, and what was done to these."""
    question = select(AuditEntry).where(col(AuditEntry.actor).in_(actors) | col(AuditEntry.object_id).in_(objects))
    return session.exec(question.order_by(col(AuditEntry.seq))).all()
