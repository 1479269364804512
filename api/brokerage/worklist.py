"""The worklist (« Suivi »): every open case in exactly one group, and the unheeded answers of partners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.brokerage import answer_queries, worklist_queries
from api.brokerage.answer_queries import AnswerRow
from api.brokerage.cases import may_be_in_charge
from api.brokerage.transitions import Standing, State
from api.brokerage.worklist_queries import NamedCase
from api.core.clock import PARIS, day_in_france
from models.accounts import Account


class Group(StrEnum):
    """Groups of the worklist, the most urgent first."""

    NOBODY = "nobody"  # without a facilitator, or the account is disabled
    LATE = "late"  # its reminder has passed
    TODAY = "today"
    QUIET = "quiet"  # without a reminder, and without a step for a while
    LATER = "later"


@dataclass(frozen=True)
class Worklist:
    """Cases by group, in each the longest waiting first; answers, oldest first: those of one facilitator, or of all.

    waiting: how many cases of all are in each group, by the id of who is in charge of them.
    """

    groups: Mapping[Group, Sequence[NamedCase]]
    answers: Sequence[AnswerRow]
    facilitators: Sequence[Account]  # all accounts that can be in charge
    waiting: Mapping[tuple[str | None, Group], int]


def group_of(standing: Standing, touched_on: date, *, today: date, quiet_days: int, in_charge: bool) -> Group | None:
    """Return the group of a case, None if it is closed. in_charge: whether its facilitator can still be in charge."""
    if not standing.is_open:
        return None
    if not in_charge:
        return Group.NOBODY
    if standing.remind_on is None:
        return Group.QUIET if (today - touched_on).days > quiet_days else Group.LATER
    if standing.remind_on < today:
        return Group.LATE
    return Group.TODAY if standing.remind_on == today else Group.LATER


def facilitators_of(session: Session) -> list[Account]:
    """Return all accounts that can be in charge of a case."""
    return [account for account in accounts_queries.all_accounts(session) if may_be_in_charge(account)]


def read_worklist(session: Session, *, today: date, quiet_days: int, facilitator_id: str | None = None) -> Worklist:
    """Return the worklist of all, or what of it is one facilitator's or nobody's."""
    facilitators = facilitators_of(session)
    eligible_ids = {account.id for account in facilitators}
    waiting = Counter[tuple[str | None, Group]]()
    chosen: dict[Group, list[str]] = {group: [] for group in Group}
    for row in sorted(
        worklist_queries.open_cases(session), key=lambda row: (row.remind_on or date.max, row.touched_at, row.id)
    ):
        group = group_of(
            Standing(row.facilitator_id, State(row.state), row.remind_on),
            day_in_france(row.touched_at),
            today=today,
            quiet_days=quiet_days,
            in_charge=row.facilitator_id in eligible_ids,
        )
        if group:
            waiting[row.facilitator_id, group] += 1
            if facilitator_id in (None, row.facilitator_id) or group == Group.NOBODY:
                chosen[group].append(row.id)
    # Only those that are listed are read with their names: there may be many of others'.
    listed = worklist_queries.named_cases(session, [case_id for case_ids in chosen.values() for case_id in case_ids])
    groups = {group: [listed[case_id] for case_id in case_ids] for group, case_ids in chosen.items()}
    return Worklist(groups, answer_queries.unheeded_answers(session, facilitator_id), facilitators, waiting)


def read_cases(
    session: Session, states: Sequence[State], *, facilitator_id: str | None = None, part: slice = slice(None)
) -> Sequence[NamedCase]:
    """Return the cases in these states, of one facilitator or of all, the last changed first. part: of the list."""
    start = part.start or 0
    return worklist_queries.case_rows(
        session,
        states=[state.value for state in states],
        facilitator_id=facilitator_id,
        limit=None if part.stop is None else part.stop - start,
        offset=start,
    )


def count_cases(session: Session, states: Sequence[State], *, facilitator_id: str | None = None) -> int:
    """Return the number of cases in these states, of one facilitator or of all."""
    return worklist_queries.count_cases(
        session, states=[state.value for state in states], facilitator_id=facilitator_id
    )


def count_worklist(session: Session, facilitator_id: str, *, today: date, quiet_days: int) -> int:
    """Return the number of due lines of a facilitator's worklist: all groups except « later », and answers."""
    quiet_since = datetime.combine(today - timedelta(days=quiet_days), time(), PARIS)
    due = worklist_queries.count_due_cases(session, facilitator_id, today, quiet_since)
    return due + answer_queries.count_unheeded_answers(session, facilitator_id)
