"""Queries about consents, agreements, documents of cases, public establishments and lines that were told."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from api.core.chunks import in_chunks
from models.actors import Actor
from models.agreements import SignedAgreement
from models.reveal import CaseDocument, Consent
from models.teasers import RegisterCount, RegisterExtract, TeaserLine


def standing_consents(session: Session, opportunity_id: str, actor_id: str) -> Sequence[Consent]:
    """The consents in force about a case and an actor: at most one row a side."""
    consents_query = select(Consent).where(Consent.opportunity_id == opportunity_id, Consent.actor_id == actor_id)
    return session.exec(consents_query.where(col(Consent.withdrawn_at).is_(None)).order_by(Consent.side)).all()


def standing_consents_for(session: Session, actor_ids: Collection[str]) -> Sequence[Consent]:
    """The consents in force of these actors, about whatever case."""
    consents: list[Consent] = []
    for some_ids in in_chunks(sorted(actor_ids)):
        consents_query = select(Consent).where(col(Consent.actor_id).in_(some_ids))
        consents += session.exec(consents_query.where(col(Consent.withdrawn_at).is_(None)).order_by(Consent.id)).all()
    return consents


def consents_about(session: Session, opportunity_id: str) -> Sequence[Consent]:
    """All consents about a case, revoked ones too, oldest first."""
    consents_query = select(Consent).where(Consent.opportunity_id == opportunity_id)
    return session.exec(consents_query.order_by(col(Consent.given_at), Consent.id)).all()


# Stands among `signers` for an agreement on paper: no account is called so.
ON_PAPER = "paper"


def signers(session: Session, consent_id: str) -> set[str]:
    """The accounts that signed the agreement by which an actor consented; `ON_PAPER` where somebody signed on paper."""
    signers_query = select(SignedAgreement.account_id, SignedAgreement.way)
    rows = session.exec(signers_query.where(SignedAgreement.consent_id == consent_id)).all()
    return {ON_PAPER if way == "paper" else account_id for account_id, way in rows}


class DocumentLine(NamedTuple):
    """A document without its content."""

    id: str
    name: str
    suffix: str
    folder: str
    size: int
    created_at: datetime


def documents_of(
    session: Session, opportunity_id: str, folders: Collection[str] | None = None
) -> Sequence[DocumentLine]:
    """The documents of a case, oldest first; folders: only those in them."""
    columns = (
        CaseDocument.id,
        CaseDocument.name,
        CaseDocument.suffix,
        CaseDocument.folder,
        CaseDocument.size,
        CaseDocument.created_at,
    )
    documents_query = select(*columns).where(CaseDocument.opportunity_id == opportunity_id)  # type: ignore[call-overload]
    if folders is not None:
        documents_query = documents_query.where(col(CaseDocument.folder).in_(folders))
    documents_query = documents_query.order_by(CaseDocument.created_at, CaseDocument.id)
    return [DocumentLine(*row) for row in session.exec(documents_query).all()]


def document_of(session: Session, opportunity_id: str, document_id: str) -> CaseDocument | None:
    document_query = select(CaseDocument).where(CaseDocument.opportunity_id == opportunity_id)
    return session.exec(document_query.where(CaseDocument.id == document_id)).first()


def document_bytes(session: Session, opportunity_id: str) -> int:
    """The size of all documents of a case, in bytes."""
    size_query = select(func.coalesce(func.sum(CaseDocument.size), 0))
    return int(session.exec(size_query.where(CaseDocument.opportunity_id == opportunity_id)).one())


class PublicEstablishment(NamedTuple):
    """The facts of a public actor that a teaser is generalised from. naf: its classes, of which the first counts."""

    id: str
    siret: str | None
    naf: list[dict[str, str]]
    commune_code: str | None
    department: str | None
    headcount: int | None
    headcount_band: str | None
    turnover_eur: float | None = None


def public_establishments(session: Session) -> Sequence[PublicEstablishment]:
    """Actors that are neither confidential nor networks."""
    first_class: Any = col(Actor.naf)[0, "code"].as_string()
    columns = (Actor.id, Actor.siret, first_class, Actor.commune_code, Actor.department, Actor.headcount)
    more = (Actor.headcount_band, Actor.turnover_eur)
    actors_query = select(*columns, *more).where(~col(Actor.confidential), Actor.kind != "network")  # type: ignore[call-overload]
    # Thousands have a few hundred classes among them: they share them.
    naf_of: dict[str | None, list[dict[str, str]]] = {None: []}
    return [
        PublicEstablishment(row_id, siret, naf_of.setdefault(code, [{"code": code}]), *others)
        for row_id, siret, code, *others in session.exec(actors_query.order_by(Actor.id)).all()
    ]


def register_extracts(session: Session) -> Sequence[RegisterExtract]:
    """The extracts that the register's counts were read from, by département."""
    return session.exec(select(RegisterExtract).order_by(RegisterExtract.department)).all()


class RegisterGroup(NamedTuple):
    """Establishments of a register that have the same facts."""

    department: str
    commune_code: str
    naf: str
    headcount_band: str
    establishments: int


def register_groups(session: Session) -> Sequence[RegisterGroup]:
    columns = (
        RegisterCount.department,
        RegisterCount.commune_code,
        RegisterCount.naf,
        RegisterCount.headcount_band,
        RegisterCount.establishments,
    )
    return [RegisterGroup(*row) for row in session.exec(select(*columns).order_by(*columns[:4])).all()]  # type: ignore[call-overload]


def last_lines(session: Session, opportunity_ids: Collection[str]) -> dict[str, TeaserLine]:
    """Case → the last line that was told of it."""
    later_line = aliased(TeaserLine)
    lines_query = select(TeaserLine).where(
        ~select(later_line.number)
        .where(later_line.opportunity_id == TeaserLine.opportunity_id, later_line.number > TeaserLine.number)
        .exists()
    )
    last: dict[str, TeaserLine] = {}
    for some_ids in in_chunks(sorted(opportunity_ids)):
        among = col(TeaserLine.opportunity_id).in_(some_ids)
        last |= {row.opportunity_id: row for row in session.exec(lines_query.where(among)).all()}
    return last
