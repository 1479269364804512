"""Queries of the worklist: open cases, lists of cases with their names, how many are due."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from api.brokerage.pair_rows import NAMED_COLUMNS, NamedPair, PairRow, join_pair, named_pair, seen_by
from api.brokerage.queries import HOUSE, OPEN, CaseRow, select_cases
from api.core.chunks import in_chunks
from models.accounts import Account
from models.brokerage import BrokerageCase
from models.opportunities import Opportunity
from models.suggestions import Suggestion


class ListedCase(NamedTuple):
    """What of a case a list says, and of an open one in which group of the worklist it is."""

    id: str
    facilitator_id: str | None
    state: str
    remind_on: date | None
    touched_at: datetime


class NamedCase(NamedTuple):
    """A case of a list, with the names of its pair."""

    case: ListedCase
    pair: NamedPair


_CASE_COLUMNS: tuple[Any, ...] = tuple(getattr(BrokerageCase, name) for name in ListedCase._fields)


def open_cases(session: Session) -> Sequence[ListedCase]:
    """All open cases, in no order."""
    question = (
        select(*_CASE_COLUMNS)
        .join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id)
        .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id)
        .where(col(BrokerageCase.state).in_(OPEN))
    )
    return [ListedCase(*row) for row in session.execute(question)]


def named_cases(session: Session, case_ids: Sequence[str]) -> Mapping[str, NamedCase]:
    """Cases with these ids, however many, by id, with the names of their pairs."""
    questions = (_select_named().where(col(BrokerageCase.id).in_(some_ids)) for some_ids in in_chunks(case_ids))
    return {row[0]: _named_case(row) for question in questions for row in session.execute(question)}


def case_rows(
    session: Session,
    *,
    states: Sequence[str],
    facilitator_id: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[NamedCase]:
    """Cases in these states, of one facilitator or of all, with the names of their pairs; the last touched first."""
    question = _select_named().where(*_in_states(states, facilitator_id))
    newest_first = question.order_by(col(BrokerageCase.touched_at).desc(), col(BrokerageCase.id))
    return [_named_case(row) for row in session.execute(newest_first.limit(limit).offset(offset))]


def count_cases(session: Session, *, states: Sequence[str], facilitator_id: str | None = None) -> int:
    """Number of cases in these states, of one facilitator or of all."""
    question = join_pair(
        select(func.count())
        .select_from(BrokerageCase)
        .join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id)
    )
    return int(session.execute(question.where(*_in_states(states, facilitator_id))).scalar_one())


def due_cases(
    session: Session, facilitator_id: str, today: date, limit: int, *, confidential: bool
) -> Sequence[CaseRow]:
    """Open cases of a facilitator whose reminder is due, the longest due first."""
    question = select_cases().where(
        col(BrokerageCase.state).in_(OPEN),
        col(BrokerageCase.facilitator_id) == facilitator_id,
        col(BrokerageCase.remind_on) <= today,
        *seen_by(confidential),
    )
    rows = session.execute(
        question.order_by(col(BrokerageCase.remind_on).nulls_first(), col(BrokerageCase.id)).limit(limit)
    ).all()
    return [CaseRow(row[0], PairRow(*row[1:])) for row in rows]


def count_due_cases(session: Session, facilitator_id: str, today: date, quiet_since: datetime) -> int:
    """Number of cases of a facilitator's worklist that are due, own ones or without a facilitator."""
    is_own = col(BrokerageCase.facilitator_id) == facilitator_id
    in_house = col(Account.role).in_(HOUSE)
    is_nobodys = or_(col(Account.id).is_(None), col(Account.disabled_at).is_not(None), ~in_house)
    is_due = or_(
        col(BrokerageCase.remind_on) <= today,
        and_(col(BrokerageCase.remind_on).is_(None), col(BrokerageCase.touched_at) < quiet_since),
    )
    question = (
        select(func.count(col(BrokerageCase.id)))
        .join(Account, col(Account.id) == BrokerageCase.facilitator_id, isouter=True)
        .where(col(BrokerageCase.state).in_(OPEN), or_(is_nobodys, and_(is_own, is_due)))
    )
    return session.exec(question).one()


def _select_named() -> Any:
    question: Any = select(*_CASE_COLUMNS, *NAMED_COLUMNS).select_from(BrokerageCase)
    return join_pair(question.join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id))


def _named_case(row: Any) -> NamedCase:
    return NamedCase(ListedCase(*row[: len(_CASE_COLUMNS)]), named_pair(row[len(_CASE_COLUMNS) :]))


def _in_states(states: Sequence[str], facilitator_id: str | None) -> list[ColumnElement[bool]]:
    own = [] if facilitator_id is None else [col(BrokerageCase.facilitator_id) == facilitator_id]
    return [col(BrokerageCase.state).in_(states), *own]
