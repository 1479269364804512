"""The worklist (« Suivi »): every open case in exactly one group, and the unheeded answers of partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.brokerage import queries
from api.brokerage.case_history import standing_of
from api.brokerage.cases import may_be_in_charge
from api.brokerage.queries import AnswerRow, CaseRow
from api.brokerage.transitions import OPEN, Standing, State
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
    """Cases by group, in each the longest waiting first; answers, oldest first."""

    groups: Mapping[Group, Sequence[CaseRow]]
    answers: Sequence[AnswerRow]
    facilitators: Sequence[Account]  # all accounts that can be in charge

    def of(self, facilitator_id: str) -> Worklist:
        """Return what of the worklist of all is one facilitator's or nobody's."""
        groups: dict[Group, Sequence[CaseRow]] = {
            group: [row for row in rows if group == Group.NOBODY or row.case.facilitator_id == facilitator_id]
            for group, rows in self.groups.items()
        }
        answers = [row for row in self.answers if not row.case or row.case.facilitator_id in (None, facilitator_id)]
        return Worklist(groups, answers, self.facilitators)


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


def read_worklist(session: Session, *, today: date, quiet_days: int) -> Worklist:
    """Return the worklist of all."""
    facilitators = [account for account in accounts_queries.all_accounts(session) if may_be_in_charge(account)]
    eligible_ids = {account.id for account in facilitators}
    groups: dict[Group, list[CaseRow]] = {group: [] for group in Group}
    for case_row in queries.case_rows(session, states=[state.value for state in OPEN]):
        case = case_row.case
        group = group_of(
            standing_of(case),
            day_in_france(case.touched_at),
            today=today,
            quiet_days=quiet_days,
            in_charge=case.facilitator_id in eligible_ids,
        )
        if group:
            groups[group].append(case_row)
    for group_rows in groups.values():
        group_rows.sort(
            key=lambda case_row: (case_row.case.remind_on or date.max, case_row.case.touched_at, case_row.case.id)
        )
    return Worklist(dict(groups), queries.unheeded_answers(session), facilitators)


def read_cases(
    session: Session, states: Sequence[State], *, facilitator_id: str | None = None, part: slice = slice(None)
) -> Sequence[CaseRow]:
    """Return the cases in these states, of one facilitator or of all, the last changed first. part: of the list."""
    start = part.start or 0
    return queries.case_rows(
        session,
        states=[state.value for state in states],
        facilitator_id=facilitator_id,
        limit=None if part.stop is None else part.stop - start,
        offset=start,
    )


def count_cases(session: Session, states: Sequence[State], *, facilitator_id: str | None = None) -> int:
    """Return the number of cases in these states, of one facilitator or of all."""
    return queries.count_cases(session, states=[state.value for state in states], facilitator_id=facilitator_id)


def count_worklist(session: Session, facilitator_id: str, *, today: date, quiet_days: int) -> int:
    """Return the number of due lines of a facilitator's worklist: all groups except « later », and answers."""
    quiet_since = datetime.combine(today - timedelta(days=quiet_days), time(), PARIS)
    return queries.worklist_count(session, facilitator_id, today, quiet_since)
