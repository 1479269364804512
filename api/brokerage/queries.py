"""Queries of cases of brokerage."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from api.core.chunks import in_chunks
from models.accounts import Account
from models.actors import Actor
from models.brokerage import BrokerageCase, BrokerageStep
from models.opportunities import Lot, Opportunity
from models.partners import Partner, Subscription
from models.ratings import Rating
from models.suggestions import Suggestion

HOUSE = ("administrator", "facilitator")
OPEN = ("proposed", "contacted", "interested", "introduced")
CANCELLED = "cancelled"


class PairRow(NamedTuple):
    """A suggestion and its two sides. actor: None for a followed search; search: its words, if it still exists.

    lot: None without a lot, or if it is gone.
    """

    suggestion: Suggestion
    opportunity: Opportunity
    lot: Lot | None
    actor: Actor | None
    search: str | None


class CaseRow(NamedTuple):
    case: BrokerageCase
    pair: PairRow


class AnswerRow(NamedTuple):
    """A partner's current rating of a suggestion, and the suggestion's case, if any."""

    rating: Rating
    partner: Partner
    pair: PairRow
    case: BrokerageCase | None


class OpenCase(NamedTuple):
    """What of an open case says in which group of the worklist it is."""

    id: str
    facilitator_id: str | None
    state: str
    remind_on: date | None
    touched_at: datetime


class StepRow(NamedTuple):
    step: BrokerageStep
    pair: PairRow


class RatingRow(NamedTuple):
    """A partner's current rating, and what it is about."""

    rating: Rating
    partner: str
    pair: PairRow


def case_held(session: Session, case_id: str) -> BrokerageCase | None:
    """A case, its row locked until this unit of work ends."""
    return session.exec(select(BrokerageCase).where(BrokerageCase.id == case_id).with_for_update()).first()


def case_row(session: Session, case_id: str) -> CaseRow | None:
    row = session.execute(_select_cases().where(col(BrokerageCase.id) == case_id)).first()
    return CaseRow(row[0], PairRow(*row[1:])) if row else None


def case_rows_by_id(session: Session, case_ids: Sequence[str]) -> Sequence[CaseRow]:
    """Cases with these ids, however many, in the order of ids."""
    rows = [
        row
        for part in in_chunks(sorted(set(case_ids)))
        for row in session.execute(_select_cases().where(col(BrokerageCase.id).in_(part))).all()
    ]
    return [CaseRow(row[0], PairRow(*row[1:])) for row in sorted(rows, key=lambda row: row[0].id)]


def pair_row(session: Session, suggestion_id: str) -> PairRow | None:
    """A suggestion with its two sides; None if it is unknown or has no opportunity (a pasted text)."""
    question: Any = select(*_PAIR_COLUMNS).select_from(Suggestion)
    row = session.execute(_join_pair(question).where(col(Suggestion.id) == suggestion_id)).first()
    return PairRow(*row) if row else None


def cases_of(session: Session, suggestion_ids: Sequence[str]) -> Sequence[BrokerageCase]:
    """Cases of suggestions, without those that are cancelled."""
    question = select(BrokerageCase).where(col(BrokerageCase.suggestion_id).in_(suggestion_ids), _counts())
    return session.exec(question.order_by(BrokerageCase.id)).all()


def cases_of_opportunity(session: Session, opportunity_id: str) -> Sequence[CaseRow]:
    """All cases of an opportunity and its lots, cancelled ones too; the last touched first."""
    question = _select_cases().where(col(Suggestion.opportunity_id) == opportunity_id)
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


def open_cases(session: Session) -> Sequence[OpenCase]:
    """All open cases, in no order."""
    columns: Any = [getattr(BrokerageCase, column_name) for column_name in OpenCase._fields]
    question = (
        select(*columns)
        .join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id)
        .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id)
        .where(col(BrokerageCase.state).in_(OPEN))
    )
    return [OpenCase(*row) for row in session.execute(question)]


def named_cases(session: Session, case_ids: Sequence[str]) -> Mapping[str, CaseRow]:
    """Cases with these ids, however many, by id, with the names of their pairs."""
    questions = (_select_cases().where(col(BrokerageCase.id).in_(some_ids)) for some_ids in in_chunks(case_ids))
    rows = (row for question in questions for row in session.execute(question.options(*_NAMES)))
    return {row[0].id: CaseRow(row[0], PairRow(*row[1:])) for row in rows}


def case_rows(
    session: Session,
    *,
    states: Sequence[str],
    facilitator_id: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[CaseRow]:
    """Cases in these states, of one facilitator or of all, with the names of their pairs; the last touched first."""
    question = _select_cases().where(*_in_states(states, facilitator_id))
    newest_first = question.order_by(col(BrokerageCase.touched_at).desc(), col(BrokerageCase.id))
    rows = session.execute(newest_first.options(*_NAMES).limit(limit).offset(offset)).all()
    return [CaseRow(row[0], PairRow(*row[1:])) for row in rows]


def count_cases(session: Session, *, states: Sequence[str], facilitator_id: str | None = None) -> int:
    """Number of cases in these states, of one facilitator or of all."""
    question = _join_pair(
        select(func.count())
        .select_from(BrokerageCase)
        .join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id)
    )
    return int(session.execute(question.where(*_in_states(states, facilitator_id))).scalar_one())


def _in_states(states: Sequence[str], facilitator_id: str | None) -> list[ColumnElement[bool]]:
    own = [] if facilitator_id is None else [col(BrokerageCase.facilitator_id) == facilitator_id]
    return [col(BrokerageCase.state).in_(states), *own]


def cases_about(
    session: Session, *, actor_ids: Sequence[str], opportunity_ids: Sequence[str], limit: int
) -> Sequence[CaseRow]:
    """Cases about one of these actors or opportunities, of any state but cancelled; the last touched first."""
    about = or_(col(Suggestion.actor_id).in_(actor_ids), col(Suggestion.opportunity_id).in_(opportunity_ids))
    newest_first = (col(BrokerageCase.touched_at).desc(), col(BrokerageCase.id))
    question = _select_cases().where(about, _counts()).order_by(*newest_first).limit(limit)
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
    return session.exec(question.where(col(Suggestion.opportunity_id) == opportunity_id, _counts())).one()


def steps_of(session: Session, case_id: str) -> Sequence[BrokerageStep]:
    """The history of a case, oldest first."""
    return session.exec(
        select(BrokerageStep).where(BrokerageStep.case_id == case_id).order_by(col(BrokerageStep.number))
    ).all()


def steps_about(
    session: Session, *, actor_id: str | None = None, opportunity_id: str | None = None, limit: int
) -> Sequence[StepRow]:
    """Steps of cases about an actor or an opportunity, newest first."""
    question: Any = select(BrokerageStep, *_PAIR_COLUMNS).select_from(BrokerageStep)
    question = question.join(BrokerageCase, col(BrokerageCase.id) == BrokerageStep.case_id)
    question = _join_pair(question.join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id))
    if actor_id is not None:
        question = question.where(col(Suggestion.actor_id) == actor_id)
    if opportunity_id is not None:
        question = question.where(col(Suggestion.opportunity_id) == opportunity_id)
    newest_first = (col(BrokerageStep.at).desc(), col(BrokerageStep.case_id), col(BrokerageStep.number).desc())
    rows = session.execute(question.order_by(*newest_first).limit(limit)).all()
    return [StepRow(row[0], PairRow(*row[1:])) for row in rows]


def unheeded_answers(session: Session, facilitator_id: str | None = None) -> Sequence[AnswerRow]:
    """Favourable ratings without a case, or newer than the last change of their case, with names; oldest first.

    facilitator_id: only those whose case, if any, is this facilitator's or nobody's.
    """
    question = _select_answers().where(_is_unheeded()).order_by(col(Rating.created_at), col(Rating.id))
    if facilitator_id is not None:
        is_own = col(BrokerageCase.facilitator_id) == facilitator_id
        question = question.where(or_(col(BrokerageCase.facilitator_id).is_(None), is_own))
    rows = session.execute(question.options(*_NAMES)).all()
    return [AnswerRow(row[0], row[1], PairRow(*row[3:]), row[2]) for row in rows]


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
            *_seen_by(confidential),
        )
    )
    rows = session.execute(question.order_by(col(Rating.created_at).desc(), col(Rating.id)).limit(limit)).all()
    return (rows[0][-1] if rows else 0), [AnswerRow(row[0], row[1], PairRow(*row[3:-1]), row[2]) for row in rows]


def due_cases(
    session: Session, facilitator_id: str, today: date, limit: int, *, confidential: bool
) -> Sequence[CaseRow]:
    """Open cases of a facilitator whose reminder is due, the longest due first."""
    question = _select_cases().where(
        col(BrokerageCase.state).in_(OPEN),
        col(BrokerageCase.facilitator_id) == facilitator_id,
        col(BrokerageCase.remind_on) <= today,
        *_seen_by(confidential),
    )
    rows = session.execute(
        question.order_by(col(BrokerageCase.remind_on).nulls_first(), col(BrokerageCase.id)).limit(limit)
    ).all()
    return [CaseRow(row[0], PairRow(*row[1:])) for row in rows]


def answers_to(session: Session, suggestion_id: str) -> Sequence[tuple[Partner, Rating]]:
    """Current ratings of a suggestion with their partners, oldest first."""
    question = select(Partner, Rating).join(Rating, col(Rating.partner_id) == Partner.id)
    question = question.where(Rating.suggestion_id == suggestion_id, col(Rating.superseded_at).is_(None))
    return session.exec(question.order_by(col(Rating.created_at), Rating.id)).all()


def ratings_about(
    session: Session, *, actor_id: str | None = None, opportunity_id: str | None = None, limit: int
) -> Sequence[RatingRow]:
    """Current ratings of what was suggested of an actor or an opportunity, newest first."""
    question: Any = select(Rating, Partner.label, *_PAIR_COLUMNS).select_from(Rating)
    question = _join_pair(question.join(Suggestion, col(Suggestion.id) == Rating.suggestion_id))
    question = question.join(Partner, col(Partner.id) == Rating.partner_id).where(col(Rating.superseded_at).is_(None))
    if actor_id is not None:
        question = question.where(col(Suggestion.actor_id) == actor_id)
    if opportunity_id is not None:
        question = question.where(col(Suggestion.opportunity_id) == opportunity_id)
    rows = session.execute(question.order_by(col(Rating.created_at).desc(), col(Rating.id)).limit(limit)).all()
    return [RatingRow(row[0], row[1], PairRow(*row[2:])) for row in rows]


def worklist_count(session: Session, facilitator_id: str, today: date, quiet_since: datetime) -> int:
    """Number of lines of a facilitator's worklist that are due: cases (own, or without a facilitator) and answers."""
    is_own = col(BrokerageCase.facilitator_id) == facilitator_id
    in_house = col(Account.role).in_(HOUSE)
    is_nobodys = or_(col(Account.id).is_(None), col(Account.disabled_at).is_not(None), ~in_house)
    is_due = or_(
        col(BrokerageCase.remind_on) <= today,
        and_(col(BrokerageCase.remind_on).is_(None), col(BrokerageCase.touched_at) < quiet_since),
    )
    cases_to_count = (
        select(func.count(col(BrokerageCase.id)))
        .join(Account, col(Account.id) == BrokerageCase.facilitator_id, isouter=True)
        .where(col(BrokerageCase.state).in_(OPEN), or_(is_nobodys, and_(is_own, is_due)))
    )
    answers_to_count = (
        select(func.count(col(Rating.id)))
        .select_from(Rating)
        .join(Suggestion, col(Suggestion.id) == Rating.suggestion_id)
        .join(BrokerageCase, _is_case_in_force(), isouter=True)
        .where(_is_unheeded(), or_(col(BrokerageCase.facilitator_id).is_(None), is_own))
    )
    return session.exec(cases_to_count).one() + session.exec(answers_to_count).one()


_PAIR_COLUMNS: tuple[Any, ...] = (Suggestion, Opportunity, Lot, Actor, Subscription.search)

# For long lists: of a pair only what names it, for most of the rest is JSON. Reading more of such a row is an error.
_NAMES = (
    load_only(Opportunity.id, Opportunity.kind, Opportunity.title, Opportunity.confidential, raiseload=True),  # type: ignore[arg-type]
    load_only(Lot.id, Lot.number, Lot.title, raiseload=True),  # type: ignore[arg-type]
    load_only(Actor.id, Actor.name, Actor.confidential, raiseload=True),  # type: ignore[arg-type]
)


def _join_pair(question: Any) -> Any:
    return (
        question.join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id)
        .join(Lot, col(Lot.id) == Suggestion.lot_id, isouter=True)
        .join(Actor, col(Actor.id) == Suggestion.actor_id, isouter=True)
        .join(Subscription, col(Subscription.id) == Suggestion.subscription_id, isouter=True)
    )


def _select_cases() -> Any:
    question: Any = select(BrokerageCase, *_PAIR_COLUMNS).select_from(BrokerageCase)
    return _join_pair(question.join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id))


def _select_answers() -> Any:
    """Ratings with their partner, the case of their suggestion if it has one in force, and the pair."""
    question: Any = select(Rating, Partner, BrokerageCase, *_PAIR_COLUMNS).select_from(Rating)
    return (
        _join_pair(question.join(Suggestion, col(Suggestion.id) == Rating.suggestion_id))
        .join(Partner, col(Partner.id) == Rating.partner_id)
        .join(BrokerageCase, _is_case_in_force(), isouter=True)
    )


def _counts() -> ColumnElement[bool]:
    """Return the condition that a case was not cancelled."""
    return col(BrokerageCase.state) != CANCELLED


def _is_case_in_force() -> ColumnElement[bool]:
    return and_(col(BrokerageCase.suggestion_id) == Suggestion.id, _counts())


def _seen_by(confidential: bool) -> list[ColumnElement[bool]]:
    """Return the conditions of pairs of which no side is confidential; none where the reader may see those too."""
    is_public_actor = or_(col(Actor.id).is_(None), ~col(Actor.confidential))
    return [] if confidential else [~col(Opportunity.confidential), is_public_actor]


def _is_unheeded() -> ColumnElement[bool]:
    return and_(
        col(Rating.superseded_at).is_(None),
        col(Rating.interest) >= 1,
        col(Suggestion.opportunity_id).is_not(None),
        or_(col(BrokerageCase.id).is_(None), col(Rating.created_at) > col(BrokerageCase.touched_at)),
    )
