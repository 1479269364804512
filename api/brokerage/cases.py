"""Broker: a facilitator takes a suggestion in hand and follows it until it is won or lost, step by step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts.accounts import ROLES
from api.audit import log
from api.brokerage import queries, transitions
from api.brokerage.queries import CaseRow, StepRow
from api.brokerage.transitions import MOVES, OPEN, Standing, State
from api.core.clock import day_in_france
from api.core.errors import ConflictError, InvalidError, NotFoundError
from matcher.learning.observations import Objection
from models.accounts import Account
from models.base import identifier
from models.brokerage import BrokerageCase, BrokerageStep
from models.database import writing
from models.ratings import Rating

NOTE_LENGTH = 2000


class Keep(Enum):
    """What a change does not speak of stays as it is; None would clear it."""

    KEEP = "keep"


@dataclass(frozen=True)
class Change:
    """What is done about a case, at once: a move, a note, its reminder, who is in charge, the jobs of a success."""

    to: State | None = None
    note: str = ""
    reasons: Sequence[Objection] = ()
    jobs: tuple[int | None, int | None] | Keep = Keep.KEEP  # created, kept
    remind_on: date | Keep | None = Keep.KEEP
    facilitator_id: str | Keep = Keep.KEEP


@dataclass(frozen=True)
class CaseFile:
    """A case, what it is about, and its history, oldest step first."""

    row: CaseRow
    steps: Sequence[BrokerageStep]
    answers: Sequence[tuple[str, Rating]]  # what partners say of it, with their labels

    @property
    def standing(self) -> Standing:
        return standing_of(self.row.case)


def take_in_hand(
    engine: Engine, suggestion_id: str, facilitator_id: str, *, by: str, now: datetime, note: str = ""
) -> str:
    """Open the case of a suggestion, in somebody's charge, and return its id; one that is open already stays as it is.

    Raises NotFoundError for what is unknown or about no opportunity (a pasted text), or for an unknown facilitator.
    """
    case_id = identifier("brokerage_cases", suggestion_id)
    with writing(engine, durable=True) as session:
        if queries.case_held(session, case_id):
            return case_id
        if queries.pair_row(session, suggestion_id) is None:
            raise NotFoundError("Ce rapprochement n’existe pas, ou ne porte sur aucune opportunité.")
        standing = Standing(_facilitator(session, facilitator_id))
        case = BrokerageCase(
            id=case_id,
            suggestion_id=suggestion_id,
            opened_at=now,
            **_fields(standing),
            version=0,
            touched_at=now,
        )
        session.add(case)
        session.flush()
        _step(session, case, None, standing, Change(note=_plain(note)), by, now)
    return case_id


def advance(engine: Engine, case_id: str, change: Change, *, seen: int, by: str, now: datetime) -> None:
    """Do what a change says, whole or not at all. seen: the version that whoever changes the case had before them.

    Raises NotFoundError, ConflictError (an impossible move, or somebody else changed the case meanwhile), InvalidError.
    """
    change = replace(change, note=_plain(change.note))
    with writing(engine, durable=True) as session:
        case = queries.case_held(session, case_id)
        if case is None:
            raise NotFoundError("Ce dossier n’existe pas.")
        if case.version != seen:
            raise ConflictError("Ce dossier a changé entre-temps : relisez-le, puis recommencez.")
        before = standing_of(case)
        if isinstance(change.facilitator_id, str):
            _facilitator(session, change.facilitator_id)
        after = changed(before, change, today=day_in_france(now))
        if after == before and not change.note:
            raise InvalidError([("", "il n’y a rien à enregistrer : écrivez une note, ou changez quelque chose")])
        _step(session, case, before, after, change, by, now)


def changed(standing: Standing, change: Change, *, today: date) -> Standing:
    """Return how a case stands after a change. Raises ConflictError, InvalidError, as `moves` does."""
    if change.to is not None:
        standing = transitions.moved(standing, change.to, change.reasons)
    elif change.reasons:
        raise InvalidError([("raisons", "elles accompagnent un refus ou une perte")])
    if not isinstance(change.jobs, Keep):
        standing = transitions.counted(standing, *change.jobs)
    # A form that closes a case may still carry its reminder: it goes with the case.
    if not isinstance(change.remind_on, Keep) and (standing.is_open or change.to is None):
        standing = transitions.reminded(standing, change.remind_on, today=today)
    if isinstance(change.facilitator_id, str):
        standing = transitions.handed(standing, change.facilitator_id)
    return standing


def may_be_in_charge(account: Account) -> bool:
    """Return whether somebody can look after cases: those of the house, as long as they may sign in."""
    return account.disabled_at is None and account.role in ROLES


def replay(steps: Iterable[BrokerageStep]) -> Standing:
    """Return how a case stands by its history alone. Raises ValueError where the history does not hold together."""
    last: BrokerageStep | None = None
    for number, step in enumerate(steps, 1):
        state, former = State(step.to_state), State(last.to_state) if last else None
        if step.number != number or step.from_state != (former and former.value):
            raise ValueError(f"step {step.number} does not follow")
        if former is None and state != State.PROPOSED:
            raise ValueError("a case begins as proposed")
        if former is not None and state != former and state not in MOVES[former]:
            raise ValueError(f"step {step.number} is no move: {former} → {state}")
        last = step
    if last is None:
        raise ValueError("a case without a step")
    return standing_of(last)


def standing_of(row: BrokerageCase | BrokerageStep) -> Standing:
    """Return how a case stands, or stood after a step."""
    return Standing(
        facilitator_id=row.facilitator_id,
        state=State(row.state if isinstance(row, BrokerageCase) else row.to_state),
        remind_on=row.remind_on,
        reasons=tuple(row.reasons),
        jobs_created=row.jobs_created,
        jobs_kept=row.jobs_kept,
    )


def read_case(session: Session, case_id: str) -> CaseFile:
    """Return a case with its history. It is for facilitators. Raises NotFoundError."""
    row = queries.case_row(session, case_id)
    if row is None:
        raise NotFoundError("Ce dossier n’existe pas.")
    answers = queries.answers_to(session, row.case.suggestion_id)
    return CaseFile(row, queries.steps_of(session, case_id), answers)


def cases_in_hand(session: Session, suggestion_ids: Sequence[str]) -> dict[str, BrokerageCase]:
    """Return, by suggestion, the cases of those that somebody took in hand."""
    return {case.suggestion_id: case for case in queries.cases_of(session, suggestion_ids)}


def in_charge(session: Session, opportunity_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return, by opportunity, the names of those who follow an open case about it."""
    found: dict[str, list[str]] = {}
    for opportunity, name in queries.in_charge(session, opportunity_ids, OPEN):
        found.setdefault(opportunity, []).append(name)
    return found


def history(
    session: Session, *, actor_id: str | None = None, opportunity_id: str | None = None, most: int = 50
) -> Sequence[StepRow]:
    """Return what was done about an actor or an opportunity, newest first. It is for facilitators."""
    return queries.steps_about(session, actor_id=actor_id, opportunity_id=opportunity_id, limit=most)


def _step(
    session: Session,
    case: BrokerageCase,
    before: Standing | None,
    after: Standing,
    change: Change,
    by: str,
    now: datetime,
) -> None:
    fields = _fields(after)
    for name, value in fields.items():
        setattr(case, name, value)
    case.version += 1
    case.touched_at = now
    session.add(case)
    state = fields.pop("state")
    former = before.state.value if before else None
    session.add(
        BrokerageStep(
            case_id=case.id,
            number=case.version,
            at=now,
            by=by,
            from_state=former,
            to_state=state,
            note=change.note,
            **fields,
        )
    )
    action = "case.opened" if before is None else "case.moved" if former != state else "case.noted"
    detail = {"from": former, "to": state} if former != state and before else {}
    log.note(session, by=by, action=action, kind="case", of=case.id, detail=detail, now=now)


def _fields(standing: Standing) -> dict[str, Any]:
    return {
        "state": standing.state.value,
        "facilitator_id": standing.facilitator_id,
        "remind_on": standing.remind_on,
        "reasons": list(standing.reasons),
        "jobs_created": standing.jobs_created,
        "jobs_kept": standing.jobs_kept,
    }


def _facilitator(session: Session, account_id: str) -> str:
    account = session.get(Account, account_id)
    if account is None or not may_be_in_charge(account):
        raise NotFoundError("Ce compte n’existe pas, est désactivé, ou n’est pas de l’équipe.")
    return account.id


def _plain(note: str) -> str:
    plain = note.replace("\r\n", "\n").replace("\0", "").strip()
    if len(plain) > NOTE_LENGTH:
        raise InvalidError([("note", "2 000 caractères au plus")])
    return plain
