"""Queries of the catalogue. What is confidential is left out unless the caller says `confidential=True`."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from api.catalogue.company_states import is_listed
from api.catalogue.contract_holders import ranked_condition
from api.catalogue.schemas import RecordKind
from api.core.chunks import in_chunks
from models.actors import Actor, Membership
from models.base import table_of
from models.open_data import ContractWon
from models.opportunities import Lot, Opportunity, TakeoverCase

# SQLite takes at most 32,766 parameters in a statement, PostgreSQL 65,535.


@dataclass(frozen=True)
class Listing:
    """Which part of a list is asked for: `text` is part of the name, `after` the last id of the page before.

    unlisted: also what is in the archive, and actors that registers say are closed or insolvent.
    """

    text: str = ""
    kind: str | None = None
    department: str | None = None
    after: str = ""
    limit: int = 50
    unlisted: bool = False


def on_the_desk(model: type[Actor] | type[Opportunity]) -> ColumnElement[bool]:
    """Return the condition that a row is not in the archive."""
    return col(model.archived_at).is_(None)


def actor_page(session: Session, listing: Listing, *, confidential: bool) -> Sequence[Actor]:
    question = select(Actor).where(Actor.id > listing.after).order_by(Actor.id).limit(listing.limit)
    if not confidential:
        question = question.where(~col(Actor.confidential))
    if not listing.unlisted:
        question = question.where(is_listed(), on_the_desk(Actor))
    if listing.text:
        question = question.where(col(Actor.name).icontains(listing.text, autoescape=True))
    if listing.kind:
        question = question.where(Actor.kind == listing.kind)
    if listing.department:
        question = question.where(Actor.department == listing.department)
    return session.exec(question).all()


def opportunity_page(session: Session, listing: Listing, *, confidential: bool) -> Sequence[Opportunity]:
    question = select(Opportunity).where(Opportunity.id > listing.after).order_by(Opportunity.id).limit(listing.limit)
    if not confidential:
        question = question.where(~col(Opportunity.confidential))
    if not listing.unlisted:
        question = question.where(on_the_desk(Opportunity))
    if listing.text:
        question = question.where(col(Opportunity.title).icontains(listing.text, autoescape=True))
    if listing.kind:
        question = question.where(Opportunity.kind == listing.kind)
    if listing.department:
        question = question.where(Opportunity.department == listing.department)
    return session.exec(question).all()


def openings_to_come(session: Session, text: str, department: str, *, confidential: bool) -> Sequence[Opportunity]:
    """Openings that are expected, the first to be published first, those of an unknown day last."""
    question = select(Opportunity).where(Opportunity.status == "expected", on_the_desk(Opportunity))
    if not confidential:
        question = question.where(~col(Opportunity.confidential))
    if text:
        question = question.where(col(Opportunity.title).icontains(text, autoescape=True))
    if department:
        question = question.where(Opportunity.department == department)
    is_dated = col(Opportunity.published_on).is_(None)
    return session.exec(question.order_by(is_dated, col(Opportunity.published_on), Opportunity.id)).all()


def holders_by_contracts(session: Session, text: str, department: str, *, confidential: bool) -> Sequence[Actor]:
    """Actors that are known by their public contracts alone, by name."""
    question = select(Actor).where(~ranked_condition(), on_the_desk(Actor))
    if not confidential:
        question = question.where(~col(Actor.confidential))
    if text:
        question = question.where(col(Actor.name).icontains(text, autoescape=True))
    if department:
        question = question.where(Actor.department == department)
    return session.exec(question.order_by(Actor.name, Actor.id)).all()


def actor_by_id(session: Session, identifier: str, *, confidential: bool) -> Actor | None:
    actor = session.get(Actor, identifier)
    return actor if actor and (confidential or not actor.confidential) else None


def actors_by_ids(session: Session, ids: Sequence[str]) -> list[Actor]:
    """Return those of these actors that exist, confidential ones too, in the order asked."""
    rows = {row.id: row for row in session.exec(select(Actor).where(col(Actor.id).in_(ids)))}
    return [rows[actor_id] for actor_id in dict.fromkeys(ids) if actor_id in rows]


def opportunity_by_id(session: Session, identifier: str, *, confidential: bool) -> Opportunity | None:
    opportunity = session.get(Opportunity, identifier)
    return opportunity if opportunity and (confidential or not opportunity.confidential) else None


def sirets_of(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """The SIRETs of actors by their ids; who has none is absent."""
    sirets: dict[str, str] = {}
    for some_ids in in_chunks(ids):
        question = select(Actor.id, Actor.siret).where(col(Actor.id).in_(some_ids))
        sirets |= {actor_id: siret for actor_id, siret in session.exec(question).all() if siret}
    return sirets


def actor_by_key(session: Session, natural_key: str) -> Actor | None:
    return session.exec(select(Actor).where(Actor.natural_key == natural_key)).first()


def opportunity_by_key(session: Session, natural_key: str) -> Opportunity | None:
    return session.exec(select(Opportunity).where(Opportunity.natural_key == natural_key)).first()


def secret_identifiers(session: Session, kind: RecordKind) -> set[str]:
    """SIRET and sources' identifiers of the confidential rows."""
    table = table_of(Actor if kind == "actors" else Opportunity)
    columns = [table.c[name] for name in ("source_id", "siret") if name in table.c]
    return {name for row in session.execute(sql_select(*columns).where(table.c.confidential)) for name in row if name}


def actors_named(session: Session, reference: str, *, confidential: bool) -> Sequence[Actor]:
    """Actors with this id, identifier of their source, or SIRET."""
    named = or_(col(Actor.id) == reference, col(Actor.source_id) == reference, col(Actor.siret) == reference)
    question = select(Actor).where(named).order_by(Actor.id)
    if not confidential:
        question = question.where(~col(Actor.confidential))
    return session.exec(question).all()


def opportunities_named(session: Session, reference: str, *, confidential: bool) -> Sequence[Opportunity]:
    """Opportunities with this id, or identifier of their source."""
    named = or_(col(Opportunity.id) == reference, col(Opportunity.source_id) == reference)
    question = select(Opportunity).where(named).order_by(Opportunity.id)
    if not confidential:
        question = question.where(~col(Opportunity.confidential))
    return session.exec(question).all()


def lots_of(session: Session, opportunity_id: str) -> Sequence[Lot]:
    return session.exec(select(Lot).where(Lot.opportunity_id == opportunity_id).order_by(Lot.number)).all()


def takeover_case_of(session: Session, opportunity_id: str) -> TakeoverCase | None:
    return session.get(TakeoverCase, opportunity_id)


def carriers_of(session: Session, actor_id: str) -> Sequence[Actor]:
    question = select(Actor).join(Membership, col(Membership.carrier_id) == Actor.id)
    return session.exec(question.where(Membership.member_id == actor_id).order_by(Actor.id)).all()


def members_of(session: Session, actor_id: str) -> Sequence[Actor]:
    question = select(Actor).join(Membership, col(Membership.member_id) == Actor.id)
    return session.exec(question.where(Membership.carrier_id == actor_id).order_by(Actor.id)).all()


def contracts_won_by(session: Session, siret: str) -> Sequence[ContractWon]:
    """Contracts won by one establishment, the newest first."""
    question = select(ContractWon).where(ContractWon.siret == siret)
    return session.exec(
        question.order_by(col(ContractWon.notified_on).desc().nulls_last(), ContractWon.source_id)
    ).all()
