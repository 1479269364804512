"""What a facilitator's day holds, read at once in one unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from api.brokerage import answer_queries, worklist_queries
from api.brokerage.answer_queries import AnswerRow
from api.brokerage.queries import CaseRow
from api.core.clock import PARIS, day_in_france
from api.core.settings import TakeoverSettings
from api.day import queries
from api.day.calendar_moves import MovedOpportunities, moves_between
from api.stated_needs.queries import waiting_needs
from api.takeovers.calendar.lines import CalendarLine, Urgency, calendar_lines
from models.actors import Actor
from models.opportunities import Opportunity, TakeoverCase
from models.stated_needs import StatedNeed

# Lines of a section: the rest is counted, and stands on a page of its own.
SHOWN = 8
# This week: today and the six days after.
WEEK = timedelta(days=6)
TAKEOVERS_AHEAD = timedelta(days=30)
# How far back « new » reaches: at the first visit, and after a long absence.
FIRST_VISIT, LONGEST_ABSENCE = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True)
class Period:
    """What counts as new: after `since`, until now. is_visit: since the reader's last visit, and not a fixed time."""

    since: datetime
    until: datetime
    is_visit: bool = False

    @property
    def today(self) -> date:
        return day_in_france(self.until)


@dataclass(frozen=True)
class Listed:
    """Opportunities of a section: how many there are, and the first SHOWN."""

    count: int
    rows: Sequence[Opportunity]


@dataclass(frozen=True)
class Answers:
    """How many answers partners gave, and the newest SHOWN."""

    count: int
    rows: Sequence[AnswerRow]


@dataclass(frozen=True)
class StatedNeeds:
    """How many stated needs wait, and the longest waiting SHOWN."""

    count: int
    rows: Sequence[StatedNeed]


@dataclass(frozen=True)
class TakeoverDays:
    """How many days of takeovers are missed or near, and the first SHOWN of them with their cases."""

    count: int
    rows: Sequence[tuple[Opportunity, CalendarLine]]


@dataclass(frozen=True)
class Day:
    """A facilitator's day.

    new: opportunities that came; answers: what partners said, newest first; due: deadlines of this week; takeovers:
    cases whose offers or transfer are near; takeover_days: of those that the reader or nobody follows; refused: needs
    whose actors all refused; cases: the reader's own that are due; needs: what was stated, and waits; corrections:
    actors whose card a partner asks to correct; duplicates: pairs to decide.
    """

    period: Period
    new: Listed
    answers: Answers
    moved_deadlines: MovedOpportunities
    due: Listed
    takeovers: Sequence[tuple[Opportunity, TakeoverCase]]
    takeover_days: TakeoverDays
    moved_takeovers: MovedOpportunities
    refused: Listed
    cases: Sequence[CaseRow]
    needs: StatedNeeds
    corrections: Sequence[Actor]
    duplicates: int

    @property
    def news(self) -> int:
        """How many things are new."""
        return self.new.count + self.moved_deadlines.count + self.answers.count + self.moved_takeovers.count


def since_last_visit(session: Session, account_id: str, now: datetime) -> Period:
    """Return the time since somebody was last here on an earlier day: all that is new stays so for the whole day."""
    midnight = datetime.combine(day_in_france(now), time(), PARIS)
    last_seen = queries.last_seen_before(session, account_id, midnight)
    if last_seen is None:
        return Period(now - FIRST_VISIT, now)
    return Period(max(last_seen, now - LONGEST_ABSENCE), now, is_visit=True)


def read_day(
    session: Session, account_id: str, period: Period, *, confidential: bool, options: TakeoverSettings
) -> Day:
    """Return the day of an account of the house.

    confidential: whether what is confidential is in it; without it nothing in the day depends on what is.
    """
    today, since, until = period.today, period.since, period.until
    week_ends, month_ends = today + WEEK, today + TAKEOVERS_AHEAD
    new = queries.opportunities_since(session, since, until, today, SHOWN, confidential=confidential)
    answers = answer_queries.answers_between(session, since, until, SHOWN, confidential=confidential)
    due = queries.opportunities_due(session, today, week_ends, SHOWN, confidential=confidential)
    moved_deadlines, moved_takeovers = moves_between(session, since, until, SHOWN, confidential=confidential)
    refused = queries.refused_by_all(session, today, SHOWN, confidential=confidential)
    return Day(
        period=period,
        new=Listed(*new),
        answers=Answers(*answers),
        moved_deadlines=moved_deadlines,
        due=Listed(*due),
        takeovers=queries.takeovers_due(session, today, month_ends, SHOWN, confidential=confidential),
        takeover_days=_takeover_days(session, account_id, today, options, confidential=confidential),
        moved_takeovers=moved_takeovers,
        refused=Listed(*refused),
        cases=worklist_queries.due_cases(session, account_id, today, SHOWN, confidential=confidential),
        needs=StatedNeeds(*waiting_needs(session, SHOWN, confidential=confidential)),
        corrections=queries.waiting_corrections(session, SHOWN) if confidential else (),
        duplicates=queries.proposed_duplicates(session) if confidential else 0,
    )


def _takeover_days(
    session: Session, account_id: str, today: date, options: TakeoverSettings, *, confidential: bool
) -> TakeoverDays:
    """Return what is missed and what comes; what the case's own record says stands among the takeovers that are due."""
    called = [
        (row.opportunity, line)
        for row in queries.takeover_files(session, account_id, confidential=confidential)
        for line in calendar_lines(row.file, row.opportunity, row.takeover, row.dates, today=today, options=options)
        if line.is_called_to_mind and not line.of_record
    ]
    called.sort(key=lambda pair: (pair[1].urgency != Urgency.MISSED, pair[1].day, pair[0].title, pair[0].id))
    return TakeoverDays(len(called), called[:SHOWN])
