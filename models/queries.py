"""Every SELECT, named as its question. What is confidential is left out unless the caller says `confidential=True`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from models.actors import Actor, Membership
from models.keys import ApiKey
from models.opportunities import Lot, Opportunity, TakeoverCase
from models.places import Commune, FormerCommune
from models.ratings import Rating
from models.suggestions import Impression, RankedList, Suggestion
from models.vectors import TextVector
from models.weights import WeightsVersion

# SQLite takes at most 32,766 parameters in a statement, PostgreSQL 65,535.
CHUNK = 10_000

Stamp = tuple[int, datetime | None]


def all_actors(session: Session) -> Sequence[Actor]:
    return session.exec(select(Actor).order_by(Actor.id)).all()


def all_memberships(session: Session) -> Sequence[Membership]:
    return session.exec(select(Membership).order_by(Membership.carrier_id, Membership.member_id)).all()


def all_opportunities(session: Session) -> Sequence[Opportunity]:
    return session.exec(select(Opportunity).order_by(Opportunity.id)).all()


def all_lots(session: Session) -> Sequence[Lot]:
    return session.exec(select(Lot).order_by(Lot.opportunity_id, Lot.number)).all()


def all_takeover_cases(session: Session) -> Sequence[TakeoverCase]:
    return session.exec(select(TakeoverCase)).all()


def all_communes(session: Session) -> Sequence[Commune]:
    return session.exec(select(Commune).order_by(Commune.code)).all()


def all_former_communes(session: Session) -> Sequence[FormerCommune]:
    return session.exec(select(FormerCommune).order_by(FormerCommune.code)).all()


def actors_stamp(session: Session) -> Stamp:
    """How many actors there are and when one last changed: two equal stamps mean that nothing did."""
    return session.exec(select(func.count(col(Actor.id)), func.max(col(Actor.updated_at)))).one()


def opportunities_stamp(session: Session) -> Stamp:
    return session.exec(select(func.count(col(Opportunity.id)), func.max(col(Opportunity.updated_at)))).one()


@dataclass(frozen=True)
class Listing:
    """Which part of a list is asked for: `text` is part of the name, `after` the last id of the page before."""

    text: str = ""
    kind: str | None = None
    department: str | None = None
    after: str = ""
    limit: int = 50


def actor_page(session: Session, listing: Listing, *, confidential: bool) -> Sequence[Actor]:
    question = select(Actor).where(Actor.id > listing.after).order_by(Actor.id).limit(listing.limit)
    if not confidential:
        question = question.where(~col(Actor.confidential))
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
    if listing.text:
        question = question.where(col(Opportunity.title).icontains(listing.text, autoescape=True))
    if listing.kind:
        question = question.where(Opportunity.kind == listing.kind)
    if listing.department:
        question = question.where(Opportunity.department == listing.department)
    return session.exec(question).all()


def actor_by_id(session: Session, identifier: str, *, confidential: bool) -> Actor | None:
    actor = session.get(Actor, identifier)
    return actor if actor and (confidential or not actor.confidential) else None


def opportunity_by_id(session: Session, identifier: str, *, confidential: bool) -> Opportunity | None:
    opportunity = session.get(Opportunity, identifier)
    return opportunity if opportunity and (confidential or not opportunity.confidential) else None


def actor_by_key(session: Session, natural_key: str) -> Actor | None:
    return session.exec(select(Actor).where(Actor.natural_key == natural_key)).first()


def opportunity_by_key(session: Session, natural_key: str) -> Opportunity | None:
    return session.exec(select(Opportunity).where(Opportunity.natural_key == natural_key)).first()


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


def source_ids(session: Session) -> dict[str, str]:
    """Ids of actors, opportunities and lots → what their source calls them; a lot is `opportunity#number`."""
    names = {row.id: row.source_id or row.natural_key for row in all_actors(session)}
    opportunities = {row.id: row.source_id for row in all_opportunities(session)}
    lots = {lot.id: f"{opportunities[lot.opportunity_id]}#{lot.number}" for lot in all_lots(session)}
    return names | opportunities | lots


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


def vectors_of(session: Session, encoder_revision: str, hashes: Iterable[str]) -> dict[str, bytes]:
    """The stored vectors of texts, by hash; what was never encoded is absent."""
    wanted = sorted(set(hashes))
    found: dict[str, bytes] = {}
    for start in range(0, len(wanted), CHUNK):
        question = select(TextVector.text_hash, TextVector.vector).where(
            TextVector.encoder_revision == encoder_revision,
            col(TextVector.text_hash).in_(wanted[start : start + CHUNK]),
        )
        found.update(session.exec(question).all())
    return found


def active_weights(session: Session) -> WeightsVersion | None:
    question = select(WeightsVersion).where(WeightsVersion.status == "active")
    return session.exec(question.order_by(col(WeightsVersion.created_at).desc())).first()


def all_weights(session: Session) -> Sequence[WeightsVersion]:
    """Every version of the weights, newest first."""
    return session.exec(select(WeightsVersion).order_by(col(WeightsVersion.created_at).desc(), WeightsVersion.id)).all()


def all_active_weights(session: Session) -> Sequence[WeightsVersion]:
    return session.exec(select(WeightsVersion).where(WeightsVersion.status == "active")).all()


def last_retired_weights(session: Session) -> WeightsVersion | None:
    question = select(WeightsVersion).where(
        WeightsVersion.status == "retired", col(WeightsVersion.retired_at).is_not(None)
    )
    return session.exec(question.order_by(col(WeightsVersion.retired_at).desc(), WeightsVersion.id)).first()


def key_by_hash(session: Session, secret_hash: str) -> ApiKey | None:
    return session.exec(
        select(ApiKey).where(ApiKey.secret_hash == secret_hash, col(ApiKey.revoked_at).is_(None))
    ).first()


def key_by_name(session: Session, name: str) -> ApiKey | None:
    return session.exec(select(ApiKey).where(ApiKey.name == name)).first()


def times_shown(session: Session, since: datetime, before: datetime) -> dict[str, int]:
    """Actor id → in how many lists it stood within a time; absent is in none."""
    lists = func.count(func.distinct(col(Impression.list_id)))
    question = select(Suggestion.actor_id, lists).join(Impression, col(Impression.suggestion_id) == Suggestion.id)
    question = question.join(RankedList, col(RankedList.id) == Impression.list_id)
    question = question.where(RankedList.created_at >= since, RankedList.created_at < before)
    rows = session.exec(question.where(col(Suggestion.actor_id).is_not(None)).group_by(col(Suggestion.actor_id))).all()
    return {actor: count for actor, count in rows if actor}


def times_answered(session: Session, since: datetime, before: datetime) -> dict[str, int]:
    """Actor id → how many of its suggestions were answered within a time, whatever was said; absent is none."""
    answers = func.count(func.distinct(col(Rating.suggestion_id)))
    question = select(Suggestion.actor_id, answers).join(Rating, col(Rating.suggestion_id) == Suggestion.id)
    question = question.where(Rating.created_at >= since, Rating.created_at < before)
    rows = session.exec(question.where(col(Suggestion.actor_id).is_not(None)).group_by(col(Suggestion.actor_id))).all()
    return {actor: count for actor, count in rows if actor}


def suggestion_by_id(session: Session, identifier: str, *, confidential: bool) -> Suggestion | None:
    """A suggestion, unless one of its sides is confidential today, whatever it was when it was shown."""
    suggestion = session.get(Suggestion, identifier)
    if suggestion is None or confidential:
        return suggestion
    whole = suggestion.opportunity_id
    if not suggestion.actor_id or not actor_by_id(session, suggestion.actor_id, confidential=False):
        # What was proposed to a partner's search is between them and the facilitators.
        return None
    return suggestion if not whole or opportunity_by_id(session, whole, confidential=False) else None


def known_suggestions(session: Session, identifiers: Iterable[str]) -> set[str]:
    return set(session.exec(select(Suggestion.id).where(col(Suggestion.id).in_(list(identifiers)))).all())


def last_impression(
    session: Session, suggestion_id: str, *, confidential: bool
) -> tuple[Impression, RankedList] | None:
    """When a suggestion was last shown, and in which list."""
    question = select(Impression, RankedList).join(RankedList, col(RankedList.id) == Impression.list_id)
    question = question.where(Impression.suggestion_id == suggestion_id)
    if not confidential:
        # A facilitator's list counts confidential candidates: its ranks would tell of them.
        question = question.join(ApiKey, col(ApiKey.id) == RankedList.api_key_id).where(ApiKey.role == "client")
    return session.exec(question.order_by(col(RankedList.created_at).desc(), col(Impression.id)).limit(1)).first()
