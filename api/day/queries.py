"""Queries of a facilitator's day. What is confidential is left out unless the caller says `confidential=True`."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, case, cast, func, or_
from sqlmodel import Session, col, select

from api.brokerage.queries import CANCELLED, HOUSE
from api.catalogue.queries import on_the_desk
from api.core.chunks import in_chunks
from api.mailing.retrying import MORNING
from models.accounts import Account, AccountSession
from models.actors import Actor
from models.alerts import OutboxMessage
from models.brokerage import BrokerageCase
from models.open_data import DuplicateProposal
from models.opportunities import Opportunity, TakeoverCase
from models.row_history import CardCorrection, RowEdit
from models.suggestions import Suggestion
from models.takeovers import TakeoverDate, TakeoverFile

REFUSED = ("refused", "lost")
DONE_STAGE = "done"


def last_seen_before(session: Session, account_id: str, moment: datetime) -> datetime | None:
    """When an account was last seen before a moment; None if none of its sessions that are still kept was."""
    question = select(func.max(col(AccountSession.last_seen_at))).where(AccountSession.account_id == account_id)
    return session.exec(question.where(AccountSession.last_seen_at < moment)).one()


def morning_accounts(session: Session) -> Sequence[str]:
    """Ids of the accounts of the house that chose the morning mail and can sign in."""
    question = select(Account.id).where(
        col(Account.morning_mail), col(Account.disabled_at).is_(None), col(Account.role).in_(HOUSE)
    )
    return session.exec(question.order_by(Account.id)).all()


def last_morning(session: Session, partner_id: str, before: datetime) -> datetime | None:
    """When the last morning mail to somebody was written before a moment; None if none was."""
    question = select(func.max(col(OutboxMessage.created_at))).where(OutboxMessage.partner_id == partner_id)
    return session.exec(question.where(OutboxMessage.purpose == MORNING, OutboxMessage.created_at < before)).one()


def opportunities_since(
    session: Session, since: datetime, until: datetime, today: date, limit: int, *, confidential: bool
) -> tuple[int, Sequence[Opportunity]]:
    """Open opportunities that came within a time and are not past: how many, and the first by deadline."""
    came = (col(Opportunity.created_at) > since, col(Opportunity.created_at) <= until)
    return _counted(session, [*_open_ones(confidential), *came, _not_past(today)], _by_deadline(), limit)


def ids_since(session: Session, since: datetime) -> frozenset[str]:
    """Ids of the opportunities that came after a moment, confidential ones too: for lists that know their reader."""
    return frozenset(session.exec(select(Opportunity.id).where(col(Opportunity.created_at) > since)).all())


def opportunities_due(
    session: Session, first: date, last: date, limit: int, *, confidential: bool
) -> tuple[int, Sequence[Opportunity]]:
    """Open opportunities whose deadline lies within some days: how many, and the first of them."""
    due = (col(Opportunity.deadline) >= first, col(Opportunity.deadline) <= last)
    return _counted(session, [*_open_ones(confidential), *due], _by_deadline(), limit)


def takeovers_due(
    session: Session, first: date, last: date, limit: int, *, confidential: bool
) -> Sequence[tuple[Opportunity, TakeoverCase]]:
    """Open takeover cases whose offers or transfer are due within some days, the first deadline first."""
    is_due = or_(Opportunity.deadline.between(first, last), TakeoverCase.transfer_on.between(first, last))  # type: ignore[union-attr]
    question: Any = select(Opportunity, TakeoverCase).join(TakeoverCase)
    question = question.where(*_open_ones(confidential), is_due).order_by(*_by_deadline()).limit(limit)
    return [(row[0], row[1]) for row in session.execute(question).all()]


class FileRow(NamedTuple):
    """The file of a takeover case on the desk, with the days that were given."""

    file: TakeoverFile
    opportunity: Opportunity
    takeover: TakeoverCase
    dates: Sequence[TakeoverDate]


def takeover_files(session: Session, account_id: str, *, confidential: bool) -> Sequence[FileRow]:
    """Files of takeovers on the desk that somebody is in charge of, or nobody is; not those that are accomplished."""
    mine = or_(col(TakeoverFile.facilitator_id) == account_id, col(TakeoverFile.facilitator_id).is_(None))
    question: Any = select(TakeoverFile, Opportunity, TakeoverCase).join(
        Opportunity, col(Opportunity.id) == TakeoverFile.opportunity_id
    )
    question = question.join(TakeoverCase, col(TakeoverCase.opportunity_id) == TakeoverFile.opportunity_id)
    question = question.where(mine, TakeoverFile.stage != DONE_STAGE, *_of_the_desk(confidential))
    rows = session.execute(question.order_by(TakeoverFile.opportunity_id)).all()
    dates: dict[str, list[TakeoverDate]] = {}
    for ids in in_chunks([row[0].opportunity_id for row in rows]):
        for date_row in session.exec(select(TakeoverDate).where(col(TakeoverDate.opportunity_id).in_(ids))).all():
            dates.setdefault(date_row.opportunity_id, []).append(date_row)
    return [FileRow(row[0], row[1], row[2], dates.get(row[0].opportunity_id, [])) for row in rows]


def refused_by_all(
    session: Session, today: date, limit: int, *, confidential: bool
) -> tuple[int, Sequence[Opportunity]]:
    """Open opportunities with cases that were all refused or lost: how many, and the first by deadline."""
    public = [] if confidential else [or_(col(Actor.id).is_(None), ~col(Actor.confidential))]
    was_refused = func.sum(case((col(BrokerageCase.state).in_(REFUSED), 1), else_=0))
    asked: Any = (
        select(col(Suggestion.opportunity_id))
        .join(BrokerageCase, col(BrokerageCase.suggestion_id) == Suggestion.id)
        .join(Actor, col(Actor.id) == Suggestion.actor_id, isouter=True)
        .where(col(Suggestion.opportunity_id).is_not(None), col(BrokerageCase.state) != CANCELLED, *public)
        .group_by(col(Suggestion.opportunity_id))
        .having(func.count() == was_refused)
    )
    conditions = [*_open_ones(confidential), col(Opportunity.id).in_(asked), _not_past(today)]
    return _counted(session, conditions, _by_deadline(), limit)


class DateEdit(NamedTuple):
    """An edit that may have moved the dates or the end of an opportunity, and what that is now."""

    opportunity_id: str
    kind: str
    status: str
    changes: dict[str, Any]


def date_edits(
    session: Session, since: datetime, until: datetime, limit: int, *, confidential: bool
) -> Sequence[DateEdit]:
    """Edits within a time of what the desk shows, newest first."""
    fields = cast(col(RowEdit.changes), String)
    names_a_date = or_(*(fields.contains(f'"{name}"') for name in ("deadline", "takeover", "status")))
    question: Any = select(Opportunity.id, Opportunity.kind, Opportunity.status, RowEdit.changes)
    question = question.join(RowEdit, col(RowEdit.row_id) == Opportunity.id).where(
        RowEdit.kind == "opportunities",
        ~col(RowEdit.is_new),
        RowEdit.edited_at > since,
        RowEdit.edited_at <= until,
        names_a_date,
        *_of_the_desk(confidential),
    )
    rows = session.execute(question.order_by(col(RowEdit.number).desc()).limit(limit)).all()
    return [DateEdit(*row) for row in rows]


def opportunities_by_deadline(session: Session, ids: Collection[str], limit: int) -> Sequence[Opportunity]:
    """Some opportunities by their ids, the first by deadline."""
    question = select(Opportunity).where(col(Opportunity.id).in_(ids))
    return session.exec(question.order_by(*_by_deadline()).limit(limit)).all()


def waiting_corrections(session: Session, limit: int) -> Sequence[Actor]:
    """Actors of which a partner asks to correct the card, the longest waiting first."""
    question = select(Actor).join(CardCorrection, col(CardCorrection.actor_id) == Actor.id)
    question = question.where(CardCorrection.status == "waiting").group_by(col(Actor.id))
    return session.exec(question.order_by(func.min(col(CardCorrection.proposed_at)), Actor.id).limit(limit)).all()


def proposed_duplicates(session: Session) -> int:
    """Number of pairs that may be one thing, which nobody has decided yet."""
    return session.exec(
        select(func.count(col(DuplicateProposal.id))).where(DuplicateProposal.status == "proposed")
    ).one()


def has_opportunities(session: Session) -> bool:
    return session.exec(select(Opportunity.id).limit(1)).first() is not None


def _open_ones(confidential: bool) -> list[ColumnElement[bool]]:
    return [col(Opportunity.status) == "open", *_of_the_desk(confidential)]


def _of_the_desk(confidential: bool) -> list[ColumnElement[bool]]:
    """Return the conditions of opportunities that are no duplicates, not archived, and may be read."""
    same = select(col(DuplicateProposal.hidden_id)).where(
        DuplicateProposal.status == "same", col(DuplicateProposal.hidden_id).is_not(None)
    )
    conditions: list[ColumnElement[bool]] = [col(Opportunity.id).not_in(same), on_the_desk(Opportunity)]
    return conditions if confidential else [*conditions, ~col(Opportunity.confidential)]


def _not_past(today: date) -> ColumnElement[bool]:
    return or_(col(Opportunity.deadline).is_(None), col(Opportunity.deadline) >= today)


def _by_deadline() -> tuple[Any, ...]:
    return col(Opportunity.deadline).is_(None), col(Opportunity.deadline), Opportunity.title, Opportunity.id


def _counted(
    session: Session, conditions: Sequence[ColumnElement[bool]], order: tuple[Any, ...], limit: int
) -> tuple[int, Sequence[Opportunity]]:
    question = select(Opportunity, func.count().over()).where(*conditions).order_by(*order).limit(limit)
    rows = session.exec(question).all()
    return (rows[0][1], [row[0] for row in rows]) if rows else (0, ())
