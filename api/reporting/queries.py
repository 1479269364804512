"""Queries of the yearly report. They read no names and no titles."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, or_
from sqlmodel import Session, col, select

from api.brokerage.transitions import OPEN
from api.core.chunks import in_chunks
from api.core.clock import PARIS
from api.reporting.takeover_stages import FileStep
from api.takeovers.stages.transitions import OPEN as OPEN_STAGES
from models.brokerage import BrokerageCase, BrokerageStep
from models.opportunities import Lot, Opportunity
from models.ratings import Rating
from models.suggestions import Suggestion
from models.takeovers import TakeoverFile, TakeoverStep


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
    commune_code: str | None
    confidential: bool


class StepRow(NamedTuple):
    opportunity_id: str
    case_id: str
    at: datetime
    from_state: str | None
    to_state: str
    reasons: list[str]
    jobs_created: int | None
    jobs_kept: int | None


class AnswersRow(NamedTuple):
    """The answers about an opportunity. favourable: how many of them are."""

    opportunity_id: str
    answers: int
    favourable: int


_COLUMNS: Any = [getattr(Opportunity, column_name) for column_name in OpportunityRow._fields]


def year_bounds(year: int) -> tuple[datetime, datetime]:
    """The moments between which a year lies in France, the second not in it."""
    return datetime(year, 1, 1, tzinfo=PARIS), datetime(year + 1, 1, 1, tzinfo=PARIS)


def opportunities_received(session: Session, year: int) -> Sequence[OpportunityRow]:
    """Opportunities that came in a year, without those that are still expected."""
    since, until = year_bounds(year)
    came = or_(
        col(Opportunity.published_on).between(date(year, 1, 1), date(year, 12, 31)),
        and_(
            col(Opportunity.published_on).is_(None),
            col(Opportunity.created_at) >= since,
            col(Opportunity.created_at) < until,
        ),
    )
    question = select(*_COLUMNS).where(col(Opportunity.status) != "expected", came).order_by(col(Opportunity.id))
    return [OpportunityRow(*row) for row in session.execute(question)]


def opportunities_by_id(session: Session, opportunity_ids: Sequence[str]) -> Sequence[OpportunityRow]:
    """These opportunities, of any status."""
    questions = (select(*_COLUMNS).where(col(Opportunity.id).in_(some_ids)) for some_ids in in_chunks(opportunity_ids))
    return [
        OpportunityRow(*row)
        for question in questions
        for row in session.execute(question.order_by(col(Opportunity.id)))
    ]


def lots_to_count(session: Session, opportunity_ids: Sequence[str]) -> Sequence[tuple[str, list[str]]]:
    """(opportunity id, CPV codes) of each lot of these opportunities."""
    lots: list[tuple[str, list[str]]] = []
    for some_ids in in_chunks(opportunity_ids):
        question = select(Lot.opportunity_id, Lot.cpv).where(col(Lot.opportunity_id).in_(some_ids))
        lots += [(opportunity_id, list(cpv)) for opportunity_id, cpv in session.exec(question.order_by(col(Lot.id)))]
    return lots


def steps_to_count(session: Session, year: int) -> Sequence[StepRow]:
    """All steps of the cases that were open in a year or had a step in it, case by case, in order."""
    since, until = year_bounds(year)
    followed = and_(
        col(BrokerageCase.opened_at) < until,
        or_(col(BrokerageCase.touched_at) >= since, col(BrokerageCase.state).in_(OPEN)),
    )
    columns: Any = [getattr(BrokerageStep, column_name) for column_name in StepRow._fields[1:]]
    question = (
        select(col(Suggestion.opportunity_id), *columns)
        .join(BrokerageCase, col(BrokerageCase.suggestion_id) == Suggestion.id)
        .join(BrokerageStep, col(BrokerageStep.case_id) == BrokerageCase.id)
        .where(col(Suggestion.opportunity_id).is_not(None), followed)
        .order_by(col(BrokerageStep.case_id), col(BrokerageStep.number))
    )
    return [StepRow(*row) for row in session.execute(question).all()]


def answers_to_count(session: Session, year: int) -> Sequence[AnswersRow]:
    """Current grades given in a year of suggestions that have an opportunity, by opportunity."""
    since, until = year_bounds(year)
    is_favourable = case((col(Rating.interest) >= 1, 1), else_=0)
    question = (
        select(col(Suggestion.opportunity_id), func.count(), func.sum(is_favourable))
        .join(Rating, col(Rating.suggestion_id) == Suggestion.id)
        .where(
            col(Rating.superseded_at).is_(None),
            col(Rating.interest).is_not(None),
            col(Suggestion.opportunity_id).is_not(None),
            Rating.created_at >= since,
            Rating.created_at < until,
        )
        .group_by(col(Suggestion.opportunity_id))
        .order_by(col(Suggestion.opportunity_id).nulls_first())
    )
    return [
        AnswersRow(opportunity_id or "", answers, int(favourable))
        for opportunity_id, answers, favourable in session.exec(question).all()
    ]


def file_steps_to_count(session: Session, year: int) -> Sequence[FileStep]:
    """All steps of the takeover files that were open in a year or had a step in it, file by file, in order."""
    since, until = year_bounds(year)
    followed = and_(
        col(TakeoverFile.opened_at) < until,
        or_(col(TakeoverFile.touched_at) >= since, col(TakeoverFile.stage).in_(OPEN_STAGES)),
    )
    of_step: Any = [getattr(TakeoverStep, column_name) for column_name in FileStep._fields[:-1]]
    columns: Any = [*of_step, TakeoverFile.jobs_kept]
    question = (
        select(*columns)
        .join(TakeoverFile, col(TakeoverFile.opportunity_id) == TakeoverStep.opportunity_id)
        .where(followed)
        .order_by(col(TakeoverStep.opportunity_id), col(TakeoverStep.number))
    )
    return [FileStep(*row) for row in session.execute(question)]


def unfollowed_takeovers(session: Session, department: str | None) -> int:
    """Count the open takeover cases that have no file. department: a code, "" for unknown, None for all."""
    question = (
        select(func.count())
        .select_from(Opportunity)
        .outerjoin(TakeoverFile, col(TakeoverFile.opportunity_id) == Opportunity.id)
        .where(
            Opportunity.kind == "takeover",
            Opportunity.status == "open",
            col(Opportunity.archived_at).is_(None),
            col(TakeoverFile.opportunity_id).is_(None),
        )
    )
    if department is not None:
        question = question.where(
            col(Opportunity.department) == department if department else col(Opportunity.department).is_(None)
        )
    return session.exec(question).one()
