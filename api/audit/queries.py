"""Queries of the journal."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from models.audit import AuditEntry, AuditHead

HEAD = 1


def audit_head(session: Session, *, held: bool = False) -> AuditHead | None:
    """The head of the journal; held: locked until this unit of work ends."""
    question = select(AuditHead).where(AuditHead.id == HEAD)
    return session.exec(question.with_for_update() if held else question).first()


def audit_head_count(session: Session) -> int:
    """Number of heads; other than one, the tables were tampered with."""
    return len(session.exec(select(AuditHead.id)).all())


def audit_chunk(session: Session, after: int | None, limit: int) -> Sequence[Any]:
    """Stored entries in order: from the start, or after a number."""
    table: Any = AuditEntry.__table__  # type: ignore[attr-defined]
    question = select(table).order_by(table.c.seq).limit(limit)
    return session.execute(question.where(table.c.seq > after) if after is not None else question).all()


def audit_page(session: Session, *, before: int | None = None, limit: int = 100) -> Sequence[AuditEntry]:
    """The newest entries, or those before a number."""
    question = select(AuditEntry).order_by(col(AuditEntry.seq).desc()).limit(limit)
    return session.exec(question.where(AuditEntry.seq < before) if before is not None else question).all()


def audit_of(session: Session, actors: Sequence[str], objects: Sequence[str]) -> Sequence[AuditEntry]:
    """Entries by these actors or about these objects, oldest first."""
    question = select(AuditEntry).where(col(AuditEntry.actor).in_(actors) | col(AuditEntry.object_id).in_(objects))
    return session.exec(question.order_by(col(AuditEntry.seq))).all()
