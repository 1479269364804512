"""Queries about consents, documents of cases and public establishments."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select

from models.actors import Actor
from models.reveal import CaseDocument, Consent


def standing_consents(session: Session, opportunity_id: str, actor_id: str) -> Sequence[Consent]:
    """The consents in force about a case and an actor: at most one row a side."""
    question = select(Consent).where(Consent.opportunity_id == opportunity_id, Consent.actor_id == actor_id)
    return session.exec(question.where(col(Consent.withdrawn_at).is_(None)).order_by(Consent.side)).all()


def consents_about(session: Session, opportunity_id: str) -> Sequence[Consent]:
    """All consents about a case, revoked ones too, oldest first."""
    question = select(Consent).where(Consent.opportunity_id == opportunity_id)
    return session.exec(question.order_by(col(Consent.given_at), Consent.id)).all()


class DocumentLine(NamedTuple):
    """A document without its content."""

    id: str
    name: str
    suffix: str
    size: int
    created_at: datetime


def documents_of(session: Session, opportunity_id: str) -> Sequence[DocumentLine]:
    columns = (CaseDocument.id, CaseDocument.name, CaseDocument.suffix, CaseDocument.size, CaseDocument.created_at)
    question = select(*columns).where(CaseDocument.opportunity_id == opportunity_id)  # type: ignore[call-overload]
    question = question.order_by(CaseDocument.created_at, CaseDocument.id)
    return [DocumentLine(*row) for row in session.exec(question).all()]


def document_of(session: Session, opportunity_id: str, document_id: str) -> CaseDocument | None:
    question = select(CaseDocument).where(CaseDocument.opportunity_id == opportunity_id)
    return session.exec(question.where(CaseDocument.id == document_id)).first()


def document_bytes(session: Session, opportunity_id: str) -> int:
    """The size of all documents of a case, in bytes."""
    question = select(func.coalesce(func.sum(CaseDocument.size), 0))
    return int(session.exec(question.where(CaseDocument.opportunity_id == opportunity_id)).one())


class PublicEstablishment(NamedTuple):
    """The facts of a public actor that a teaser is generalised from."""

    id: str
    siret: str | None
    naf: list[dict[str, str]]
    commune_code: str | None
    department: str | None
    headcount: int | None
    headcount_band: str | None


def public_establishments(session: Session) -> Sequence[PublicEstablishment]:
    """Actors that are neither confidential nor networks."""
    columns = (Actor.id, Actor.siret, Actor.naf, Actor.commune_code, Actor.department, Actor.headcount)
    question = select(*columns, Actor.headcount_band).where(~col(Actor.confidential), Actor.kind != "network")  # type: ignore[call-overload]
    return [PublicEstablishment(*row) for row in session.exec(question.order_by(Actor.id)).all()]
