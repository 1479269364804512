"""Queries of the yearly report. They read no names and no titles."""

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
    """Opportunities that came, without those that are still expected."""
    columns: Any = [getattr(Opportunity, column_name) for column_name in OpportunityRow._fields]
    question = select(*columns).where(Opportunity.status != "expected").order_by(col(Opportunity.id))
    return [OpportunityRow(*row) for row in session.execute(question).all()]


def lots_to_count(session: Session) -> Sequence[tuple[str, list[str]]]:
    """(opportunity id, CPV codes) of each lot."""
    return [
        (opportunity_id, list(cpv_codes))
        for opportunity_id, cpv_codes in session.exec(select(Lot.opportunity_id, Lot.cpv).order_by(col(Lot.id)))
    ]


def steps_to_count(session: Session) -> Sequence[tuple[str, BrokerageStep]]:
    """(opportunity id, step) of every step, case by case, in order."""
    question = (
        select(col(Suggestion.opportunity_id), BrokerageStep)
        .join(BrokerageCase, col(BrokerageCase.suggestion_id) == Suggestion.id)
        .join(BrokerageStep, col(BrokerageStep.case_id) == BrokerageCase.id)
        .where(col(Suggestion.opportunity_id).is_not(None))
        .order_by(col(BrokerageStep.case_id), col(BrokerageStep.number))
    )
    return [(opportunity_id or "", step) for opportunity_id, step in session.exec(question).all()]


def answers_to_count(session: Session) -> Sequence[AnswerRow]:
    """Current grades of suggestions that have an opportunity."""
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
    return [
        AnswerRow(opportunity_id or "", interest or 0, created_at)
        for opportunity_id, interest, created_at in session.exec(question).all()
    ]
