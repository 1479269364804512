"""Queries about the desk's rows, vectors, suggestions and impressions."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete, func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.catalogue.contract_holders import ranked_condition
from api.catalogue.queries import actor_by_id, opportunity_by_id
from api.core.chunks import in_chunks
from matcher.types import FinanceProduct
from models.accounts import ApiKey
from models.actors import Actor, Membership
from models.brokerage import BrokerageCase, BrokerageStep
from models.column_files import ColumnFile
from models.finance_products import FinanceProduct as FinanceProductRow
from models.open_data import ContractWon, DuplicateProposal
from models.opportunities import Lot, Opportunity, TakeoverCase
from models.ratings import Rating
from models.suggestions import Impression, RankedList, Suggestion
from models.vectors import TextVector

Row = TypeVar("Row")


def actors_among(session: Session, ids: Collection[str] | None) -> Iterable[Actor]:
    """Actors that the desk ranks, by id; None asks for all."""
    return _among(session, select(Actor).where(ranked_condition()).order_by(Actor.id), Actor.id, ids)


def opportunities_among(session: Session, ids: Collection[str] | None) -> Iterable[Opportunity]:
    return _among(session, select(Opportunity).order_by(Opportunity.id), Opportunity.id, ids)


def lots_among(session: Session, opportunity_ids: Collection[str] | None) -> Iterable[Lot]:
    """Lots by their opportunity, in the order of their numbers."""
    question = select(Lot).order_by(Lot.opportunity_id, Lot.number)
    return _among(session, question, Lot.opportunity_id, opportunity_ids)


def takeover_cases_among(session: Session, opportunity_ids: Collection[str] | None) -> Iterable[TakeoverCase]:
    return _among(session, select(TakeoverCase), TakeoverCase.opportunity_id, opportunity_ids)


def memberships_among(session: Session, carriers: Collection[str] | None) -> Iterable[Membership]:
    return _among(
        session,
        select(Membership).order_by(Membership.carrier_id, Membership.member_id),
        Membership.carrier_id,
        carriers,
    )


def contract_titles(session: Session, sirets: Collection[str] | None) -> dict[str, list[str]]:
    """SIRET → titles of the contracts won, the newest first; None asks for all."""
    newest_first = col(ContractWon.notified_on).desc().nulls_last()
    question = select(ContractWon).order_by(ContractWon.siret, newest_first, ContractWon.source, ContractWon.source_id)
    titles: dict[str, list[str]] = {}
    for row in _among(session, question, ContractWon.siret, sirets):
        titles.setdefault(row.siret, []).append(row.title)
    return titles


def finance_products(session: Session, actor_ids: Collection[str] | None) -> dict[str, list[FinanceProduct]]:
    """Actor → its products, by name; None asks for all."""
    question = select(FinanceProductRow).where(~col(FinanceProductRow.removed))
    products: dict[str, list[FinanceProduct]] = {}
    for row in _among(
        session, question.order_by(FinanceProductRow.name, FinanceProductRow.id), FinanceProductRow.actor_id, actor_ids
    ):
        product = FinanceProduct(row.name, row.most_eur, row.most_heads)
        products.setdefault(row.actor_id, []).append(product)
    return products


def actor_ids_of(session: Session, sirets: Collection[str]) -> set[str]:
    """Ids of the actors that have one of these SIRETs."""
    return set(_among(session, select(Actor.id), Actor.siret, sirets))


def actor_ids_of_companies(session: Session, sirens: Collection[str]) -> set[str]:
    """Ids of the actors that are establishments of these companies."""
    return set(_among(session, select(Actor.id), func.substr(Actor.siret, 1, 9), sirens))


def confidential_actors(session: Session) -> set[str]:
    return set(session.exec(select(Actor.id).where(col(Actor.confidential))).all())


def confidential_opportunities(session: Session) -> set[str]:
    """Ids of confidential opportunities and of their lots."""
    lots = select(Lot.id).join(Opportunity, col(Opportunity.id) == Lot.opportunity_id)
    whole = session.exec(select(Opportunity.id).where(col(Opportunity.confidential))).all()
    return {*whole, *session.exec(lots.where(col(Opportunity.confidential))).all()}


def announced_cases(session: Session) -> set[str]:
    """Ids of the announced cases and of their lots, as `api.confidentiality.teaser.is_announced` says."""
    announced = (col(Opportunity.confidential), col(Opportunity.teaser) != "", Opportunity.kind == "takeover")
    lots = select(Lot.id).join(Opportunity, col(Opportunity.id) == Lot.opportunity_id)
    whole = session.exec(select(Opportunity.id).where(*announced)).all()
    return {*whole, *session.exec(lots.where(*announced)).all()}


def hidden_as_duplicates(session: Session, among: Collection[str] | None = None) -> dict[str, str]:
    """Rows that a person said are another → that other. among: ids; None asks for all."""
    duplicate = DuplicateProposal
    question = select(duplicate.hidden_id, duplicate.first_id, duplicate.second_id)
    question = question.where(duplicate.status == "same").order_by(duplicate.id)
    if among is not None:
        question = question.where(col(duplicate.hidden_id).in_(sorted(among)))
    return {
        hidden_id: first_id if hidden_id == second_id else second_id
        for hidden_id, first_id, second_id in session.exec(question).all()
        if hidden_id
    }


def _among(
    session: Session, question: SelectOfScalar[Row], column: Any, values: Collection[str] | None
) -> Iterator[Row]:
    """Yield the rows in whose column one of some values stands; None asks for all."""
    if values is None:
        yield from session.exec(question).all()
        return
    for some_values in in_chunks(sorted(values)):
        yield from session.exec(question.where(column.in_(some_values))).all()


def vectors_of(session: Session, encoder_revision: str, hashes: Iterable[str]) -> dict[str, bytes]:
    """The stored vectors of texts, by hash; what was never encoded is absent."""
    vector_by_hash: dict[str, bytes] = {}
    for some_hashes in in_chunks(sorted(set(hashes))):
        question = select(TextVector.text_hash, TextVector.vector).where(
            TextVector.encoder_revision == encoder_revision,
            col(TextVector.text_hash).in_(some_hashes),
        )
        vector_by_hash.update(session.exec(question).all())
    return vector_by_hash


def times_shown(session: Session, since: datetime, before: datetime) -> dict[str, int]:
    """Actor id → in how many lists it stood within a time; absent is in none."""
    lists = func.count(func.distinct(col(Impression.list_id)))
    question = select(Suggestion.actor_id, lists).join(Impression, col(Impression.suggestion_id) == Suggestion.id)
    question = question.join(RankedList, col(RankedList.id) == Impression.list_id)
    question = question.where(RankedList.created_at >= since, RankedList.created_at < before)
    rows = session.exec(question.where(col(Suggestion.actor_id).is_not(None)).group_by(col(Suggestion.actor_id))).all()
    return {actor: count for actor, count in rows if actor}


def times_answered(session: Session, since: datetime, before: datetime) -> dict[str, int]:
    """Actor id → how many of its suggestions were answered within a time, whatever was said; absent is none.

    A refusal told to a facilitator, which closed a case, is an answer too.
    """
    rated = select(col(Rating.suggestion_id)).where(Rating.created_at >= since, Rating.created_at < before)
    refused = select(col(BrokerageCase.suggestion_id)).join(
        BrokerageStep, col(BrokerageStep.case_id) == BrokerageCase.id
    )
    refused = refused.where(
        BrokerageCase.state == "refused",
        BrokerageStep.to_state == "refused",
        BrokerageStep.from_state != "refused",
        BrokerageStep.at >= since,
        BrokerageStep.at < before,
    )
    question = select(Suggestion.actor_id, func.count(col(Suggestion.id)))
    question = question.where(or_(col(Suggestion.id).in_(rated), col(Suggestion.id).in_(refused)))
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


def lines_of(session: Session, list_id: str) -> dict[str, tuple[int, float]]:
    """Suggestion id → its rank and its score in a list; a list that is not there has none."""
    question = select(Impression.suggestion_id, Impression.rank, Impression.score)
    return {
        suggestion_id: (rank, score)
        for suggestion_id, rank, score in session.exec(question.where(Impression.list_id == list_id))
    }


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


def has_column_file(session: Session, token: str) -> bool:
    """Whether a file of columns was written of these tables."""
    return session.get(ColumnFile, token) is not None


def note_column_file(session: Session, token: str, now: datetime, before: datetime) -> None:
    """Note that a file of columns was written, and forget those of before a moment."""
    session.execute(delete(ColumnFile).where(col(ColumnFile.made_at) < before))
    session.add(ColumnFile(token=token, made_at=now))
