"""Queries of the search: rows as it reads them."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from api.core.chunks import MOST_VALUES, in_chunks
from models.actors import Actor
from models.contacts import Contact
from models.opportunities import Lot, Opportunity, TakeoverCase


class ActorRow(NamedTuple):
    id: str
    name: str
    kind: str
    siret: str | None
    activities: list[str]
    naf: list[dict[str, Any]]
    commune_code: str | None
    commune_name: str | None
    postcode: str | None
    department: str | None
    lat: float | None
    lon: float | None
    archived_at: datetime | None
    confidential: bool


class OpportunityRow(NamedTuple):
    """holder_siren: of the company that a takeover case is about."""

    id: str
    title: str
    kind: str
    teaser: str | None
    description: str | None
    buyer_name: str | None
    buyer_siret: str | None
    naf: list[dict[str, Any]]
    cpv: list[str]
    commune_code: str | None
    commune_name: str | None
    postcode: str | None
    department: str | None
    lat: float | None
    lon: float | None
    archived_at: datetime | None
    status: str
    confidential: bool
    holder_siren: str | None


def actor_rows(session: Session, ids: Collection[str] | None) -> Iterator[ActorRow]:
    """Actors of the tables, listed or not; None asks for all."""
    columns: Any = [getattr(Actor, name) for name in ActorRow._fields]
    for row in _among(session, sql_select(*columns).order_by(Actor.id), Actor.id, ids):
        yield ActorRow(*row)


def opportunity_rows(session: Session, ids: Collection[str] | None) -> Iterator[OpportunityRow]:
    """Opportunities of any status; None asks for all."""
    columns: list[Any] = [getattr(Opportunity, name) for name in OpportunityRow._fields[:-1]]
    question: Any = sql_select(*columns, col(TakeoverCase.holder_siren))
    question = question.join(TakeoverCase, col(TakeoverCase.opportunity_id) == Opportunity.id, isouter=True).order_by(
        Opportunity.id
    )
    for row in _among(session, question, Opportunity.id, ids):
        yield OpportunityRow(*row)


def lot_titles(session: Session, ids: Collection[str] | None) -> dict[str, list[str]]:
    """Opportunity → the titles of its lots, in the order of their numbers; None asks for all."""
    question: Any = select(Lot.opportunity_id, Lot.title).order_by(Lot.opportunity_id, Lot.number)
    titles: dict[str, list[str]] = {}
    for opportunity_id, title in _among(session, question, Lot.opportunity_id, ids):
        titles.setdefault(opportunity_id, []).append(title)
    return titles


def _among(session: Session, question: Any, column: Any, ids: Collection[str] | None) -> Iterator[Any]:
    """Yield the rows in whose column one of some ids stands; None asks for all."""
    if ids is None:
        yield from session.execute(question.execution_options(yield_per=MOST_VALUES))
        return
    for part in in_chunks(sorted(ids)):
        yield from session.execute(question.where(column.in_(part)))


class ContactsStamp(NamedTuple):
    """Two equal stamps mean that no contact came, changed or went in between."""

    total: int
    updated_at: datetime | None


def contacts_stamp(session: Session) -> ContactsStamp:
    total, updated_at = session.exec(select(func.count(col(Contact.id)), func.max(col(Contact.updated_at)))).one()
    return ContactsStamp(total, updated_at)


class ContactRow(NamedTuple):
    id: str
    name: str
    role: str
    phone: str
    email: str
    actor_id: str | None
    opportunity_id: str | None


def contact_rows(session: Session, ids: Collection[str] | None) -> Iterator[ContactRow]:
    """Contacts; None asks for all."""
    columns: list[Any] = [getattr(Contact, name) for name in ContactRow._fields]
    for row in _among(session, sql_select(*columns).order_by(Contact.id), Contact.id, ids):
        yield ContactRow(*row)
