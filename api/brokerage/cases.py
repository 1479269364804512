"""Cases of brokerage: open a case of a suggestion, and change it step by step until it is closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts.accounts import ROLES
from api.audit import log
from api.brokerage import queries
from api.brokerage.case_changes import Change, apply_change
from api.brokerage.case_history import standing_of
from api.brokerage.transitions import Standing, State
from api.core.clock import day_in_france
from api.core.errors import ChangedMeanwhileError, ConflictError, InvalidError, NotFoundError
from models.accounts import Account
from models.base import identifier
from models.brokerage import BrokerageCase, BrokerageStep
from models.database import writing

NOTE_LENGTH = 2000


class Origin(StrEnum):
    """What a case was opened from. Ratings are learned from only where a ranking showed the pair."""

    RANKING = "ranking"
    BY_HAND = "by_hand"
    COALITION = "coalition"


class OpenedCase(NamedTuple):
    """The id of a suggestion's case, and whether it was just opened."""

    case_id: str
    is_new: bool


def open_case(
    engine: Engine, suggestion_id: str, facilitator_id: str, *, by: str, now: datetime, note: str = ""
) -> str:
    """Open the case of a suggestion and return its id, in a unit of work of its own. Raises as `open_case_within`."""
    with writing(engine, durable=True) as session:
        return open_case_within(session, suggestion_id, facilitator_id, by=by, now=now, note=note).case_id


@dataclass(frozen=True)
class OpenedCases:
    """Ids of cases: those that were opened, and those that were there already and are left alone."""

    opened: Sequence[str]
    already: Sequence[str]

    @classmethod
    def of(cls, cases: Sequence[OpenedCase]) -> "OpenedCases":
        return cls([case.case_id for case in cases if case.is_new], [case.case_id for case in cases if not case.is_new])


def open_cases(
    engine: Engine, suggestion_ids: Sequence[str], facilitator_id: str, *, by: str, now: datetime, note: str = ""
) -> OpenedCases:
    """Open the cases of several suggestions, all or none. Raises as `open_case_within`, then nothing is opened."""
    with writing(engine, durable=True) as session:
        cases = [
            open_case_within(session, suggestion_id, facilitator_id, by=by, now=now, note=note)
            for suggestion_id in dict.fromkeys(suggestion_ids)
        ]
    return OpenedCases.of(cases)


def open_case_within(
    session: Session,
    suggestion_id: str,
    facilitator_id: str,
    *,
    origin: Origin = Origin.RANKING,
    by: str,
    now: datetime,
    note: str = "",
) -> OpenedCase:
    """Open the case of a suggestion in the caller's unit of work.

    A case that exists is left alone, unless it was cancelled: then it begins anew. Raises NotFoundError for an unknown
    suggestion or facilitator, or without an opportunity (a pasted text); ConflictError if one side is archived.
    """
    case_id = identifier("brokerage_cases", suggestion_id)
    case = queries.case_held(session, case_id)
    if case and case.state != State.CANCELLED:
        return OpenedCase(case_id, is_new=False)
    pair = queries.pair_row(session, suggestion_id)
    if pair is None:
        raise NotFoundError("Ce rapprochement n’existe pas, ou ne porte sur aucune opportunité.")
    if pair.opportunity.archived_at is not None or (pair.actor and pair.actor.archived_at is not None):
        raise ConflictError("L’acteur ou l’opportunité est archivé : remettez d’abord sa fiche sur le bureau.")
    former_standing = standing_of(case) if case else None
    standing = Standing(_facilitator_id(session, facilitator_id))
    if case is None:
        case = BrokerageCase(
            id=case_id, suggestion_id=suggestion_id, **_case_fields(standing), version=0, touched_at=now
        )
    case.opened_at, case.origin = now, origin.value
    session.add(case)
    session.flush()
    _add_step(session, case, former_standing, standing, Change(note=_normalize_note(note)), by, now)
    return OpenedCase(case_id, is_new=True)


def advance(engine: Engine, case_id: str, change: Change, *, seen: int, by: str, now: datetime) -> None:
    """Apply a change in a unit of work of its own, completely or not at all. Raises as `advance_within`."""
    with writing(engine, durable=True) as session:
        advance_within(session, case_id, change, seen=seen, by=by, now=now)


def advance_within(session: Session, case_id: str, change: Change, *, seen: int, by: str, now: datetime) -> None:
    """Apply a change in the caller's unit of work. seen: the version of the case that the form was filled in for.

    Raises NotFoundError, ConflictError (an impossible transition, or another change meanwhile), InvalidError.
    """
    change = replace(change, note=_normalize_note(change.note))
    case = queries.case_held(session, case_id)
    if case is None:
        raise NotFoundError("Ce dossier n’existe pas.")
    if case.version != seen:
        raise ChangedMeanwhileError("Ce dossier a changé entre-temps : relisez-le, puis recommencez.")
    before = standing_of(case)
    if isinstance(change.facilitator_id, str):
        _facilitator_id(session, change.facilitator_id)
    after = apply_change(before, change, today=day_in_france(now))
    if after == before and not change.note:
        raise InvalidError([("", "il n’y a rien à enregistrer : écrivez une note, ou changez quelque chose")])
    _add_step(session, case, before, after, change, by, now)


def assign_cases(
    session: Session, case_ids: Sequence[str], facilitator_id: str, *, by: str, now: datetime
) -> Sequence[str]:
    """Give open cases to one facilitator, in the caller's unit of work; return the ids of those that had another.

    Raises NotFoundError for an unknown facilitator.
    """
    facilitator_id = _facilitator_id(session, facilitator_id)
    moved = []
    for case_id in case_ids:
        case = queries.case_held(session, case_id)
        if case is not None and (before := standing_of(case)).is_open and case.facilitator_id != facilitator_id:
            change = Change(facilitator_id=facilitator_id)
            _add_step(session, case, before, apply_change(before, change, today=day_in_france(now)), change, by, now)
            moved.append(case_id)
    return moved


def return_cases(
    session: Session, assigned_at: datetime, assigned_by: str, *, by: str, now: datetime
) -> tuple[int, int]:
    """Give cases back to who had them before `assign_cases` at a moment, in the caller's unit of work.

    Return how many went back, and how many stay: closed or changed since, or nobody of the house had them.
    """
    returned = left = 0
    for step in queries.steps_at(session, assigned_at, assigned_by):
        case, former = queries.case_held(session, step.case_id), queries.step_of(session, step.case_id, step.number - 1)
        account = session.get(Account, former.facilitator_id) if former and former.facilitator_id else None
        if case is None or case.version != step.number or account is None or not may_be_in_charge(account):
            left += 1
            continue
        before, change = standing_of(case), Change(facilitator_id=account.id)
        _add_step(session, case, before, apply_change(before, change, today=day_in_france(now)), change, by, now)
        returned += 1
    return returned, left


def may_be_in_charge(account: Account) -> bool:
    """Return whether an account can be in charge of cases: an enabled account of the house."""
    return account.disabled_at is None and account.role in ROLES


def _add_step(
    session: Session,
    case: BrokerageCase,
    before: Standing | None,
    after: Standing,
    change: Change,
    by: str,
    now: datetime,
) -> None:
    case_fields = _case_fields(after)
    for field_name, field_value in case_fields.items():
        setattr(case, field_name, field_value)
    case.version += 1
    case.touched_at = now
    session.add(case)
    new_state = case_fields.pop("state")
    former_state = before.state.value if before else None
    session.add(
        BrokerageStep(
            case_id=case.id,
            number=case.version,
            at=now,
            by=by,
            from_state=former_state,
            to_state=new_state,
            note=change.note,
            **case_fields,
        )
    )
    action = "case.opened" if before is None else "case.moved" if former_state != new_state else "case.noted"
    detail = {"from": former_state, "to": new_state} if former_state != new_state and before else {}
    log.note(session, by=by, action=action, kind="case", of=case.id, detail=detail, now=now)


def _case_fields(standing: Standing) -> dict[str, Any]:
    return {
        "state": standing.state.value,
        "facilitator_id": standing.facilitator_id,
        "remind_on": standing.remind_on,
        "reasons": list(standing.reasons),
        "jobs_created": standing.jobs_created,
        "jobs_kept": standing.jobs_kept,
    }


def _facilitator_id(session: Session, account_id: str) -> str:
    account = session.get(Account, account_id)
    if account is None or not may_be_in_charge(account):
        raise NotFoundError("Ce compte n’existe pas, est désactivé, ou n’est pas de l’équipe.")
    return account.id


def _normalize_note(raw_note: str) -> str:
    normalized_note = raw_note.replace("\r\n", "\n").replace("\0", "").strip()
    if len(normalized_note) > NOTE_LENGTH:
        raise InvalidError([("note", "2 000 caractères au plus")])
    return normalized_note
