"""Queries about vectors, suggestions and impressions."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from api.catalogue.queries import CHUNK, actor_by_id, opportunity_by_id
from models.keys import ApiKey
from models.ratings import Rating
from models.suggestions import Impression, RankedList, Suggestion
from models.vectors import TextVector


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


def lines_of(session: Session, list_id: str) -> dict[str, tuple[int, float]]:
    """Suggestion id → its rank and its score in a list; a list that is not there has none."""
    question = select(Impression.suggestion_id, Impression.rank, Impression.score)
    return {one: (rank, score) for one, rank, score in session.exec(question.where(Impression.list_id == list_id))}


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
