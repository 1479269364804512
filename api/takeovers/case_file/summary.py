"""Where a takeover stands, in a few values: for the page of the whole case, for lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from api.core.clock import day_in_france
from api.core.settings import TakeoverSettings
from api.takeovers.calendar.lines import CalendarLine, calendar_lines
from api.takeovers.case_file.exclusivity import exclusive_until
from api.takeovers.case_file.history import StoredFile, read_file
from api.takeovers.stages.transitions import Move, Stage, Way, moves_from


@dataclass(frozen=True)
class StageSummary:
    """stage, since: where the file is, and from which day on. forward: the usual next moves.

    exclusive_until: while a letter of intent binds the owner, to its last day. called_to_mind: days that are missed or
    near, by day; next_day: the first day to come, None where none is known.
    """

    stage: Stage
    since: date
    facilitator_id: str | None
    forward: Sequence[Move]
    exclusive_until: date | None
    called_to_mind: Sequence[CalendarLine]
    next_day: CalendarLine | None
    version: int


def summary(session: Session, opportunity_id: str, *, today: date, options: TakeoverSettings) -> StageSummary:
    """Return where a takeover case stands. For facilitators only. Raises NotFoundError."""
    return summary_of(read_file(session, opportunity_id), today=today, options=options)


def summary_of(stored: StoredFile, *, today: date, options: TakeoverSettings) -> StageSummary:
    lines = lines_of(stored, today=today, options=options)
    standing = stored.standing
    return StageSummary(
        stage=standing.stage,
        since=since_when(stored),
        facilitator_id=standing.facilitator_id,
        forward=[move for move in moves_from(standing) if move.way == Way.FORWARD],
        exclusive_until=exclusive_until(stored, today=today, options=options),
        called_to_mind=[line for line in lines if line.is_called_to_mind],
        next_day=next((line for line in lines if line.days_left >= 0), None),
        version=stored.row.version,
    )


def lines_of(stored: StoredFile, *, today: date, options: TakeoverSettings) -> list[CalendarLine]:
    """Return the calendar of a stored file, by day."""
    dates = list(stored.all_dates.values())
    return calendar_lines(stored.row, stored.opportunity, stored.takeover, dates, today=today, options=options)


def since_when(stored: StoredFile) -> date:
    """Return the day of the last move, or of the case's arrival."""
    moved = (step.at for step in reversed(stored.steps) if step.from_stage != step.to_stage)
    return day_in_france(next(moved, stored.opportunity.created_at))
