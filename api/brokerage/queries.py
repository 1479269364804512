"""Queries of cases of brokerage and their steps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from api.brokerage.pair_rows import PAIR_COLUMNS, PairRow, join_pair
from api.core.chunks import in_chunks
from models.accounts import Account
from models.brokerage import BrokerageCase, BrokerageStep
from models.suggestions import Suggestion

HOUSE = ("administrator", "facilitator")
OPEN = ("proposed", "contacted", "interested", "introduced")
CANCELLED = "cancelled"


class CaseRow(NamedTuple):
    case: BrokerageCase
    pair: PairRow


class StepRow(NamedTuple):
    step: BrokerageStep
    pair: PairRow


def case_held(session: Session, case_id: str) -> BrokerageCase | None:
    """A case, its row locked until this unit of work ends."""
    return session.exec(select(BrokerageCase).where(BrokerageCase.id == case_id).with_for_update()).first()


def case_row(session: Session, case_id: str) -> CaseRow | None:
    row = session.execute(select_cases().where(col(BrokerageCase.id) == case_id)).first()
    return CaseRow(row[0], PairRow(*row[1:])) if row else None


def case_rows_by_id(session: Session, case_ids: Sequence[str]) -> Sequence[CaseRow]:
    """Cases with these ids, however many, in the order of ids."""
    rows = [
        row
        for part in in_chunks(sorted(set(case_ids)))
        for row in session.execute(select_cases().where(col(BrokerageCase.id).in_(part))).all()
    ]
    return [CaseRow(row[0], PairRow(*row[1:])) for row in sorted(rows, key=lambda row: row[0].id)]


def pair_row(session: Session, suggestion_id: str) -> PairRow | None:
    """A suggestion with its two sides; None if it is unknown or has no opportunity (a pasted text)."""
    question: Any = select(*PAIR_COLUMNS).select_from(Suggestion)
    row = session.execute(join_pair(question).where(col(Suggestion.id) == suggestion_id)).first()
    return PairRow(*row) if row else None


def cases_of(session: Session, suggestion_ids: Sequence[str]) -> Sequence[BrokerageCase]:
    """Cases of suggestions, without those that are cancelled."""
    question = select(BrokerageCase).where(col(BrokerageCase.suggestion_id).in_(suggestion_ids), counts())
    return session.exec(question.order_by(BrokerageCase.id)).all()


def cases_of_opportunity(session: Session, opportunity_id: str) -> Sequence[CaseRow]:
    """All cases of an opportunity and its lots, cancelled ones too; the last touched first."""
    question = select_cases().where(col(Suggestion.opportunity_id) == opportunity_id)
    rows = session.execute(question.order_by(col(BrokerageCase.touched_at).desc(), col(BrokerageCase.id))).all()
    return [CaseRow(row[0], PairRow(*row[1:])) for row in rows]


def in_charge(session: Session, opportunity_ids: Sequence[str], states: Sequence[str]) -> Sequence[tuple[str, str]]:
    """(opportunity id, facilitator's name) of cases in these states, without repetition, by name."""
    question = (
        select(Suggestion.opportunity_id, Account.name)
        .join(BrokerageCase, col(BrokerageCase.suggestion_id) == Suggestion.id)
        .join(Account, col(Account.id) == BrokerageCase.facilitator_id)
        .where(col(Suggestion.opportunity_id).in_(opportunity_ids), col(BrokerageCase.state).in_(states))
    )
    rows = session.exec(question.distinct().order_by(Account.name, col(Suggestion.opportunity_id).nulls_first())).all()
    return [(opportunity_id, facilitator_name) for opportunity_id, facilitator_name in rows if opportunity_id]


def followed_opportunities(session: Session, states: Sequence[str], facilitator_id: str | None) -> frozenset[str]:
    """Ids of the opportunities with cases in these states, of one facilitator or of anybody."""
    question = (
        select(Suggestion.opportunity_id)
        .join(BrokerageCase, col(BrokerageCase.suggestion_id) == Suggestion.id)
        .where(col(BrokerageCase.state).in_(states), col(Suggestion.opportunity_id).is_not(None))
    )
    if facilitator_id is not None:
        question = question.where(col(BrokerageCase.facilitator_id) == facilitator_id)
    return frozenset(filter(None, session.exec(question.distinct()).all()))


def cases_about(
    session: Session, *, actor_ids: Sequence[str], opportunity_ids: Sequence[str], limit: int
) -> Sequence[CaseRow]:
    """Cases about one of these actors or opportunities, of any state but cancelled; the last touched first."""
    about = or_(col(Suggestion.actor_id).in_(actor_ids), col(Suggestion.opportunity_id).in_(opportunity_ids))
    newest_first = (col(BrokerageCase.touched_at).desc(), col(BrokerageCase.id))
    question = select_cases().where(about, counts()).order_by(*newest_first).limit(limit)
    return [CaseRow(row[0], PairRow(*row[1:])) for row in session.execute(question).all()]


def open_cases_about(
    session: Session, *, actor_ids: Sequence[str] = (), opportunity_ids: Sequence[str] = ()
) -> Mapping[str, int]:
    """Ids and versions of the open cases about any of these actors or opportunities, however many, by ids."""
    versions: dict[str, int] = {}
    for side, ids in ((Suggestion.actor_id, actor_ids), (Suggestion.opportunity_id, opportunity_ids)):
        for part in in_chunks(ids):
            question = select(BrokerageCase.id, BrokerageCase.version).join(
                Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id
            )
            versions.update(session.exec(question.where(col(side).in_(part), col(BrokerageCase.state).in_(OPEN))).all())
    return dict(sorted(versions.items()))


def steps_at(session: Session, at: datetime, by: str) -> Sequence[BrokerageStep]:
    """The steps, but for first ones, that somebody took at one moment, on any cases."""
    question = select(BrokerageStep).where(BrokerageStep.at == at, BrokerageStep.by == by, BrokerageStep.number > 1)
    return session.exec(question.order_by(BrokerageStep.case_id)).all()


def step_of(session: Session, case_id: str, number: int) -> BrokerageStep | None:
    return session.get(BrokerageStep, (case_id, number))


def count_opportunity_cases(session: Session, opportunity_id: str) -> int:
    """Number of cases of an opportunity and its lots, without those that are cancelled."""
    question = select(func.count(col(BrokerageCase.id))).join(
        Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id
    )
    return session.exec(question.where(col(Suggestion.opportunity_id) == opportunity_id, counts())).one()


def steps_of(session: Session, case_id: str) -> Sequence[BrokerageStep]:
    """The history of a case, oldest first."""
    return session.exec(
        select(BrokerageStep).where(BrokerageStep.case_id == case_id).order_by(col(BrokerageStep.number))
    ).all()


def steps_about(
    session: Session, *, actor_id: str | None = None, opportunity_id: str | None = None, limit: int
) -> Sequence[StepRow]:
    """Steps of cases about an actor or an opportunity, newest first."""
    question: Any = select(BrokerageStep, *PAIR_COLUMNS).select_from(BrokerageStep)
    question = question.join(BrokerageCase, col(BrokerageCase.id) == BrokerageStep.case_id)
    question = join_pair(question.join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id))
    if actor_id is not None:
        question = question.where(col(Suggestion.actor_id) == actor_id)
    if opportunity_id is not None:
        question = question.where(col(Suggestion.opportunity_id) == opportunity_id)
    newest_first = (col(BrokerageStep.at).desc(), col(BrokerageStep.case_id), col(BrokerageStep.number).desc())
    rows = session.execute(question.order_by(*newest_first).limit(limit)).all()
    return [StepRow(row[0], PairRow(*row[1:])) for row in rows]


def select_cases() -> Any:
    """Return the question for all cases, each with its pair."""
    question: Any = select(BrokerageCase, *PAIR_COLUMNS).select_from(BrokerageCase)
    return join_pair(question.join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id))


def counts() -> ColumnElement[bool]:
    """Return the condition that a case was not cancelled."""
    return col(BrokerageCase.state) != CANCELLED
