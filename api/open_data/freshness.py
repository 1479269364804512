"""Freshness of the public sources: last complete reading, lateness, refused records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session

from api.core.settings import Settings
from api.open_data import queries
from api.open_data.coverage.falls import Fall, sudden_falls
from api.open_data.coverage.tally import Coverage, joined
from api.open_data.sources.catalogue import SOURCES
from models.open_data import RefusedRecord, SyncRun


@dataclass(frozen=True)
class SourceState:
    """State of a source.

    nightly: the night reads it. complete_at: end of its last complete reading. late: that is too long ago. error: why
    its last reading stopped. counts, missing, warnings: of its last reading. refused: number of refused records.
    coverage, falls: of its last complete reading: how many records gave each field, and the fields that fell.
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
    coverage: Coverage = field(default_factory=dict)
    falls: Sequence[Fall] = ()


def source_states(session: Session, options: Settings, now: datetime) -> list[SourceState]:
    """Return every source that is read at night or was ever read, in the order of reading."""
    nightly_names = set(options.open_data_sources)
    refused_counts = queries.refused_counts(session)
    states = []
    for source_name in SOURCES:
        last_run = queries.last_run(session, source_name)
        is_nightly = source_name in nightly_names
        if last_run or is_nightly:
            complete_run = queries.last_complete_run(session, source_name)
            n_refused = refused_counts.get(source_name, 0)
            state = _state(source_name, is_nightly, last_run, complete_run, n_refused, options, now)
            states.append(_with_coverage(session, state, complete_run))
    return states


def _with_coverage(session: Session, state: SourceState, complete_run: SyncRun | None) -> SourceState:
    if complete_run is None:
        return state
    past = joined(queries.coverages_before(session, state.name, complete_run.number))
    falls = sudden_falls(state.name, complete_run.coverage, past)
    return replace(state, coverage=complete_run.coverage, falls=falls)


def refusals(session: Session, source: str, limit: int) -> Sequence[RefusedRecord]:
    """Return the last refused records, newest first."""
    return queries.refused_page(session, source, limit)


def _state(
    source_name: str,
    is_nightly: bool,
    last_run: SyncRun | None,
    complete_run: SyncRun | None,
    n_refused: int,
    options: Settings,
    now: datetime,
) -> SourceState:
    complete_at = complete_run.ended_at if complete_run else None
    is_late = complete_at is None or now - complete_at > timedelta(days=options.open_data_late_days)
    if last_run is None:
        return SourceState(source_name, is_nightly, is_late)
    return SourceState(
        name=source_name,
        nightly=is_nightly,
        late=is_late,
        complete_at=complete_at,
        day=complete_run.day if complete_run else None,
        error="" if last_run.complete else last_run.error or "interrompue : elle reprendra où elle en était",
        stopped_at=None if last_run.complete else last_run.ended_at,
        counts=last_run.counts,
        missing=last_run.missing,
        warnings=last_run.warnings,
        refused=n_refused,
    )
