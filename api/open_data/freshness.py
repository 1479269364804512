"""Freshness of the public sources: last complete reading, lateness, refused records.

A source is late that was not read whole for some days, and so is one that was read whole and gave nothing new of a
département for longer than it ever is silent: then the question is wrong, or the service has changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session

from api.core.settings import Settings
from api.open_data import queries
from api.open_data.coverage.falls import Fall, sudden_falls
from api.open_data.coverage.tally import Coverage, joined
from api.open_data.sources.catalogue import RENEWED_AFTER, SOURCES, STEADY
from models.open_data import RefusedRecord, SyncRun


@dataclass(frozen=True)
class SilentDepartment:
    """A département of which a source has given nothing new for too long. since: its newest publication, if any."""

    code: str
    since: date | None


@dataclass(frozen=True)
class SourceState:
    """State of a source.

    nightly: the night reads it. complete_at: end of its last complete reading. late: that is too long ago, or some
    département is silent. silent: those. error: why its last reading stopped. counts, missing, warnings: of its last
    reading. refused: number of refused records. coverage, falls: of its last complete reading: how many records gave
    each field, and the fields that fell.
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
    silent: Sequence[SilentDepartment] = ()
    coverage: Coverage = field(default_factory=dict)
    falls: Sequence[Fall] = ()

    @property
    def is_overdue(self) -> bool:
        """Whether it is late and the night should have read it: nothing is late that nobody asked for."""
        return self.late and self.nightly


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
            silent = silent_departments(session, complete_run, options.open_data_silent_days) if complete_run else []
            state = _state(source_name, is_nightly, last_run, complete_run, n_refused, silent, options, now)
            states.append(_with_coverage(session, state, complete_run))
    return states


def silent_departments(session: Session, complete_run: SyncRun, silent_days: int) -> list[SilentDepartment]:
    """Return the départements of a complete run of which its source gave nothing new in the days before it.

    None where the source has not been read that far back, or publishes too rarely to tell.
    """
    first_heard = complete_run.day - timedelta(days=silent_days)
    if complete_run.source not in STEADY or queries.read_since(session, complete_run) > first_heard:
        return []
    newest = queries.newest_openings(session, complete_run.source)
    return [
        SilentDepartment(code, newest.get(code))
        for code in complete_run.departments.split(",")
        if newest.get(code, date.min) < first_heard
    ]


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
    silent: Sequence[SilentDepartment],
    options: Settings,
    now: datetime,
) -> SourceState:
    complete_at = complete_run.ended_at if complete_run else None
    kept_for = timedelta(days=options.open_data_late_days) + RENEWED_AFTER.get(source_name, timedelta())
    is_late = bool(silent) or complete_at is None or now - complete_at > kept_for
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
        silent=silent,
    )
