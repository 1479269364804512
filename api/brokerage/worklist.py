"""What waits for whom: every open case in exactly one group, and the answers of partners that nobody heeded yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.brokerage import queries
from api.brokerage.cases import may_be_in_charge, standing_of
from api.brokerage.queries import AnswerRow, CaseRow
from api.brokerage.transitions import OPEN, Standing, State
from api.core.clock import PARIS, day_in_france
from models.accounts import Account


class Group(StrEnum):
    """Why a case is where it is in the list, the most pressing first."""

    NOBODY = "nobody"  # nobody is in charge, or whose account is closed
    LATE = "late"  # its reminder has passed
    TODAY = "today"
    QUIET = "quiet"  # without a reminder, and nothing was done about it for a while
    LATER = "later"


@dataclass(frozen=True)
class Waiting:
    """The list: cases by group, within a group those that have waited longest first; answers, oldest first."""

    groups: dict[Group, Sequence[CaseRow]]
    answers: Sequence[AnswerRow]
    facilitators: Sequence[Account]  # everybody who can be in charge, whether or not they are of anything


def group_of(standing: Standing, touched_on: date, *, today: date, quiet_days: int, in_charge: bool) -> Group | None:
    """Return where a case stands in the list, None once it is closed. in_charge: its facilitator can still sign in."""
    if not standing.is_open:
        return None
    if not in_charge:
        return Group.NOBODY
    if standing.remind_on is None:
        return Group.QUIET if (today - touched_on).days > quiet_days else Group.LATER
    if standing.remind_on < today:
        return Group.LATE
    return Group.TODAY if standing.remind_on == today else Group.LATER


def read_waiting(session: Session, *, facilitator_id: str | None = None, today: date, quiet_days: int) -> Waiting:
    """Return what waits, for one facilitator (and what waits for nobody in particular), or for all."""
    accounts = accounts_queries.all_accounts(session)
    rows = queries.case_rows(session, states=[state.value for state in OPEN])
    answers = queries.unheeded_answers(session)
    at_work = {one.id for one in accounts if may_be_in_charge(one)}
    groups: dict[Group, list[CaseRow]] = {group: [] for group in Group}
    for row in rows:
        case = row.case
        group = group_of(
            standing_of(case),
            day_in_france(case.touched_at),
            today=today,
            quiet_days=quiet_days,
            in_charge=case.facilitator_id in at_work,
        )
        if group and (facilitator_id in (None, case.facilitator_id) or group == Group.NOBODY):
            groups[group].append(row)
    for found in groups.values():
        found.sort(key=lambda row: (row.case.remind_on or date.max, row.case.touched_at, row.case.id))
    mine = [
        one
        for one in answers
        if one.case is None or facilitator_id in (None, one.case.facilitator_id) or one.case.facilitator_id is None
    ]
    return Waiting(dict(groups), mine, [one for one in accounts if may_be_in_charge(one)])


def read_cases(session: Session, states: Sequence[State], *, facilitator_id: str | None = None) -> Sequence[CaseRow]:
    """Return the cases in these states, of one facilitator or of all, the last touched first."""
    return queries.case_rows(session, states=[state.value for state in states], facilitator_id=facilitator_id)


def count_waiting(session: Session, facilitator_id: str, *, today: date, quiet_days: int) -> int:
    """Return how many lines of their own list a facilitator should not leave for another day: all but « later »."""
    quiet_since = datetime.combine(today - timedelta(days=quiet_days), time(), PARIS)
    return queries.waiting_count(session, facilitator_id, today, quiet_since)
