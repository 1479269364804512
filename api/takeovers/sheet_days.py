"""The agreement to a blind sheet, as a day of the takeover's file: asked for before candidates are told."""

from datetime import date, datetime

from sqlmodel import Session

from api.core.settings import TakeoverSettings
from api.takeovers.calendar_days import DateKind
from api.takeovers.file_changes import FileChange, GivenDay, change_file_within
from api.takeovers.history import read_file


def give_sheet_day(
    session: Session,
    opportunity_id: str,
    day: date | None,
    *,
    said_by: str = "",
    number: int = 0,
    by: str,
    now: datetime,
    options: TakeoverSettings,
) -> None:
    """Note in the caller's unit of work on which day the sheet was agreed to; None takes the day back, if there is one.

    number: of the version. Raises what `change_file_within` does.
    """
    stored = read_file(session, opportunity_id, held=True)
    if day is None and DateKind.SHEET_APPROVED not in stored.dates:
        return
    given = GivenDay(DateKind.SHEET_APPROVED, day, said_by, f"version {number}" if day else "")
    change_file_within(
        session, opportunity_id, FileChange(days=[given]), seen=stored.row.version, by=by, now=now, options=options
    )
