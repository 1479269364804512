"""Queries of the journal."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import literal
from sqlmodel import Session, col, select

from models.accounts import Account, ApiKey
from models.actors import Actor
from models.audit import AuditEntry, AuditHead
from models.brokerage import BrokerageCase
from models.imports import FileImport
from models.opportunities import Opportunity
from models.partners import Partner

HEAD = 1

_NAMED: tuple[tuple[Any, Any], ...] = (
    (Actor, col(Actor.name)),
    (Opportunity, col(Opportunity.title)),
    (BrokerageCase, literal("")),
    (Account, col(Account.name)),
    (ApiKey, col(ApiKey.name)),
    (Partner, col(Partner.label)),
    (FileImport, col(FileImport.name)),
)


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


def audit_page(
    session: Session, *, before: int | None = None, limit: int = 100, actor: str = "", family: str = ""
) -> Sequence[AuditEntry]:
    """The newest entries, or those before a number. actor, family: by whom, and how the acts begin; empty for all."""
    question = select(AuditEntry).order_by(col(AuditEntry.seq).desc()).limit(limit)
    if actor:
        question = question.where(AuditEntry.actor == actor)
    if family:
        question = question.where(col(AuditEntry.action).startswith(f"{family}.", autoescape=True))
    return session.exec(question.where(AuditEntry.seq < before) if before is not None else question).all()


def named_objects(session: Session, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Of what is still there: id → (table, name), whatever it is; a case has no name."""
    known: dict[str, tuple[str, str]] = {}
    for table, name in _NAMED:
        rows = session.exec(select(col(table.id), name).where(col(table.id).in_(ids))).all()
        known |= {row_id: (str(table.__tablename__), str(row_name)) for row_id, row_name in rows}
    return known


def audit_of(session: Session, actors: Sequence[str], objects: Sequence[str]) -> Sequence[AuditEntry]:
    """Entries by these actors or about these objects, oldest first."""
    question = select(AuditEntry).where(col(AuditEntry.actor).in_(actors) | col(AuditEntry.object_id).in_(objects))
    return session.exec(question.order_by(col(AuditEntry.seq))).all()


def audit_about(session: Session, object_id: str, actions: Sequence[str], limit: int) -> Sequence[AuditEntry]:
    """The newest entries of these actions about one object, newest first."""
    question = select(AuditEntry).where(AuditEntry.object_id == object_id, col(AuditEntry.action).in_(actions))
    return session.exec(question.order_by(col(AuditEntry.seq).desc()).limit(limit)).all()
