"""The night's check of the whole journal, and the mark that it leaves outside the database."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit.marks import verify_and_mark
from api.night import queries

JOURNAL = "journal"
# Nights that are looked through for the last check: the newest may not have come so far.
LOOKED_THROUGH = 7


@dataclass(frozen=True)
class JournalCheck:
    """What a night found. night: its day, in ISO 8601; problem: empty if the journal was sound; at: its entry."""

    night: str
    count: int
    problem: str
    at: int | None


def check_journal(engine: Engine) -> dict[str, Any]:
    """Check the journal as a stage of the night; return its counts, and the mark to keep elsewhere too."""
    verification = verify_and_mark(engine)
    mark = "" if verification.problem or not verification.count else f"{verification.count}:{verification.last_hash}"
    return {"entries": verification.count, "problem": verification.problem, "at": verification.at, "mark": mark}


def last_journal_check(session: Session) -> JournalCheck | None:
    """Return the newest check; None before the first."""
    for night_row in queries.night_page(session, LOOKED_THROUGH):
        if stage := night_row.stages.get(JOURNAL):
            return JournalCheck(night_row.day.isoformat(), stage["entries"], stage["problem"], stage["at"])
    return None
