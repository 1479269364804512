"""Queries of partners' answers to what was proposed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from api.brokerage.pair_rows import NAMES, PAIR_COLUMNS, PairRow, join_pair, seen_by
from api.brokerage.queries import counts
from models.brokerage import BrokerageCase
from models.partners import Partner
from models.ratings import Rating
from models.suggestions import Suggestion


class AnswerRow(NamedTuple):
    """A partner's current rating of a suggestion, and the suggestion's case, if any."""

    rating: Rating
    partner: Partner
    pair: PairRow
    case: BrokerageCase | None


class RatingRow(NamedTuple):
    """A partner's current rating, and what it is about."""

    rating: Rating
    partner: str
    pair: PairRow


def unheeded_answers(session: Session, facilitator_id: str | None = None) -> Sequence[AnswerRow]:
    """Favourable ratings without a case, or newer than the last change of their case, with names; oldest first.

    facilitator_id: only those whose case, if any, is this facilitator's or nobody's.
    """
    question = _select_answers().where(_is_unheeded()).order_by(col(Rating.created_at), col(Rating.id))
    if facilitator_id is not None:
        is_own = col(BrokerageCase.facilitator_id) == facilitator_id
        question = question.where(or_(col(BrokerageCase.facilitator_id).is_(None), is_own))
    rows = session.execute(question.options(*NAMES)).all()
    return [AnswerRow(row[0], row[1], PairRow(*row[3:]), row[2]) for row in rows]


def count_unheeded_answers(session: Session, facilitator_id: str) -> int:
    """Number of unheeded answers whose case, if any, is this facilitator's or nobody's."""
    is_own = col(BrokerageCase.facilitator_id) == facilitator_id
    question = (
        select(func.count(col(Rating.id)))
        .select_from(Rating)
        .join(Suggestion, col(Suggestion.id) == Rating.suggestion_id)
        .join(BrokerageCase, _is_case_in_force(), isouter=True)
        .where(_is_unheeded(), or_(col(BrokerageCase.facilitator_id).is_(None), is_own))
    )
    return session.exec(question).one()


def answers_between(
    session: Session, since: datetime, until: datetime, limit: int, *, confidential: bool
) -> tuple[int, Sequence[AnswerRow]]:
    """Current ratings that say how interested a partner is, given within a time: how many, and the newest."""
    question = (
        _select_answers()
        .add_columns(func.count().over())
        .where(
            col(Rating.superseded_at).is_(None),
            col(Rating.interest).is_not(None),
            col(Rating.created_at) > since,
            col(Rating.created_at) <= until,
            *seen_by(confidential),
        )
    )
    rows = session.execute(question.order_by(col(Rating.created_at).desc(), col(Rating.id)).limit(limit)).all()
    return (rows[0][-1] if rows else 0), [AnswerRow(row[0], row[1], PairRow(*row[3:-1]), row[2]) for row in rows]


def answers_to(session: Session, suggestion_id: str) -> Sequence[tuple[Partner, Rating]]:
    """Current ratings of a suggestion with their partners, oldest first."""
    question = select(Partner, Rating).join(Rating, col(Rating.partner_id) == Partner.id)
    question = question.where(Rating.suggestion_id == suggestion_id, col(Rating.superseded_at).is_(None))
    return session.exec(question.order_by(col(Rating.created_at), Rating.id)).all()


def ratings_about(
    session: Session, *, actor_id: str | None = None, opportunity_id: str | None = None, limit: int
) -> Sequence[RatingRow]:
    """Current ratings of what was suggested of an actor or an opportunity, newest first."""
    question: Any = select(Rating, Partner.label, *PAIR_COLUMNS).select_from(Rating)
    question = join_pair(question.join(Suggestion, col(Suggestion.id) == Rating.suggestion_id))
    question = question.join(Partner, col(Partner.id) == Rating.partner_id).where(col(Rating.superseded_at).is_(None))
    if actor_id is not None:
        question = question.where(col(Suggestion.actor_id) == actor_id)
    if opportunity_id is not None:
        question = question.where(col(Suggestion.opportunity_id) == opportunity_id)
    rows = session.execute(question.order_by(col(Rating.created_at).desc(), col(Rating.id)).limit(limit)).all()
    return [RatingRow(row[0], row[1], PairRow(*row[2:])) for row in rows]


def _select_answers() -> Any:
    """Ratings with their partner, the case of their suggestion if it has one in force, and the pair."""
    question: Any = select(Rating, Partner, BrokerageCase, *PAIR_COLUMNS).select_from(Rating)
    return (
        join_pair(question.join(Suggestion, col(Suggestion.id) == Rating.suggestion_id))
        .join(Partner, col(Partner.id) == Rating.partner_id)
        .join(BrokerageCase, _is_case_in_force(), isouter=True)
    )


def _is_case_in_force() -> ColumnElement[bool]:
    return and_(col(BrokerageCase.suggestion_id) == Suggestion.id, counts())


def _is_unheeded() -> ColumnElement[bool]:
    return and_(
        col(Rating.superseded_at).is_(None),
        col(Rating.interest) >= 1,
        col(Suggestion.opportunity_id).is_not(None),
        or_(col(BrokerageCase.id).is_(None), col(Rating.created_at) > col(BrokerageCase.touched_at)),
    )
