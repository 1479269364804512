"""How fresh each public source is: when it was last read whole, whether that is late, and what it left to decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import Session

from api.core.settings import Settings
from api.open_data import queries
from api.open_data.sources.catalogue import SOURCES
from models.open_data import RefusedRecord, SyncRun


@dataclass(frozen=True)
class SourceState:
    """A source. nightly: the night reads it; complete_at: when its last complete reading ended; late: too long ago.

    error: why its last reading stopped; counts, missing, warnings: of that reading; refused: records not understood.
    """

    name: str
    nightly: bool
    late: bool
    complete_at: datetime | None = None
    day: date | None = None
    error: str = ""
    stopped_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    refused: int = 0


def source_states(session: Session, options: Settings, now: datetime) -> list[SourceState]:
    """Return every source that is read by night or was ever read, in the order in which they are read."""
    nightly = set(options.open_data_sources)
    refused = queries.refused_counts(session)
    found = []
    for name in SOURCES:
        last = queries.last_run(session, name)
        if last or name in nightly:
            whole = queries.last_complete_run(session, name)
            found.append(_state(name, name in nightly, last, whole, refused.get(name, 0), options, now))
    return found


def refusals(session: Session, source: str, limit: int) -> Sequence[RefusedRecord]:
    """Return the last records that were refused, newest first."""
    return queries.refused_page(session, source, limit)


def _state(
    name: str,
    nightly: bool,
    last: SyncRun | None,
    whole: SyncRun | None,
    refused: int,
    options: Settings,
    now: datetime,
) -> SourceState:
    complete_at = whole.ended_at if whole else None
    late = complete_at is None or now - complete_at > timedelta(days=options.open_data_late_days)
    if last is None:
        return SourceState(name, nightly, late)
    return SourceState(
        name=name,
        nightly=nightly,
        late=late,
        complete_at=complete_at,
        day=whole.day if whole else None,
        error="" if last.complete else last.error or "interrompue : elle reprendra où elle en était",
        stopped_at=None if last.complete else last.ended_at,
        counts=last.counts,
        missing=last.missing,
        warnings=last.warnings,
        refused=refused,
    )
