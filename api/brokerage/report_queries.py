"""What the yearly report counts: every SELECT about it. Names and titles are not among what is read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from models.brokerage import BrokerageCase, BrokerageStep
from models.opportunities import Lot, Opportunity
from models.ratings import Rating
from models.suggestions import Suggestion


class OpportunityRow(NamedTuple):
    id: str
    source: str
    kind: str
    naf: list[dict[str, Any]]
    cpv: list[str]
    axis: int | None
    department: str | None
    published_on: date | None
    created_at: datetime


class AnswerRow(NamedTuple):
    opportunity_id: str
    interest: int
    created_at: datetime


def opportunities_to_count(session: Session) -> Sequence[OpportunityRow]:
    columns: Any = [getattr(Opportunity, name) for name in OpportunityRow._fields]
    return [OpportunityRow(*row) for row in session.execute(select(*columns).order_by(col(Opportunity.id))).all()]


def lots_to_count(session: Session) -> Sequence[tuple[str, list[str]]]:
    """Of each lot, its opportunity and its CPV codes."""
    return [(one, list(cpv)) for one, cpv in session.exec(select(Lot.opportunity_id, Lot.cpv).order_by(col(Lot.id)))]


def steps_to_count(session: Session) -> Sequence[tuple[str, BrokerageStep]]:
    """Every step with the opportunity that its case is about, case by case, in their order."""
    question = (
        select(col(Suggestion.opportunity_id), BrokerageStep)
        .join(BrokerageCase, col(BrokerageCase.suggestion_id) == Suggestion.id)
        .join(BrokerageStep, col(BrokerageStep.case_id) == BrokerageCase.id)
        .where(col(Suggestion.opportunity_id).is_not(None))
        .order_by(col(BrokerageStep.case_id), col(BrokerageStep.number))
    )
    return [(opportunity_id or "", step) for opportunity_id, step in session.exec(question).all()]


def answers_to_count(session: Session) -> Sequence[AnswerRow]:
    """What partners say today of opportunities."""
    question = (
        select(col(Suggestion.opportunity_id), col(Rating.interest), Rating.created_at)
        .join(Rating, col(Rating.suggestion_id) == Suggestion.id)
        .where(
            col(Rating.superseded_at).is_(None),
            col(Rating.interest).is_not(None),
            col(Suggestion.opportunity_id).is_not(None),
        )
        .order_by(col(Rating.id))
    )
    return [AnswerRow(one or "", interest or 0, at) for one, interest, at in session.exec(question).all()]
