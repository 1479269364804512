"""How fresh each public source is: when it was last read whole, whether that is late, and what it left to decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.settings import Settings
from api.sources.open_data.catalogue import SOURCES
from models import open_data_queries, queries
from models.database import reading
from models.open_data import DuplicateProposal, RefusedRecord, SyncRun


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


@dataclass(frozen=True)
class Side:
    """One of two rows that may be one thing. details: field → value, of those that tell who or what it is."""

    id: str
    name: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Proposed:
    """Two rows that may be one thing, for a person to decide."""

    proposal: DuplicateProposal
    first: Side
    second: Side


def source_states(engine: Engine, options: Settings, now: datetime) -> list[SourceState]:
    """Return every source that is read by night or was ever read, in the order in which they are read."""
    nightly = set(options.open_data_sources.replace(",", " ").split())
    with reading(engine) as session:
        refused = open_data_queries.refused_counts(session)
        found = []
        for name in SOURCES:
            last = open_data_queries.last_run(session, name)
            if last or name in nightly:
                whole = open_data_queries.last_complete_run(session, name)
                found.append(_state(name, name in nightly, last, whole, refused.get(name, 0), options, now))
    return found


def refusals(engine: Engine, source: str, limit: int) -> Sequence[RefusedRecord]:
    """Return the last records that were refused, newest first."""
    with reading(engine) as session:
        return open_data_queries.refused_page(session, source, limit)


def duplicates(engine: Engine, status: str, limit: int) -> tuple[list[Proposed], int]:
    """Return the proposals of a status, the most alike first, and how many there are in all."""
    with reading(engine) as session:
        rows = open_data_queries.duplicate_page(session, status, limit)
        shown = [
            Proposed(row, first, second)
            for row in rows
            if (first := _side(session, row.kind, row.first_id)) and (second := _side(session, row.kind, row.second_id))
        ]
        return shown, open_data_queries.duplicate_count(session, status)


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


def _side(session: Session, kind: str, row_id: str) -> Side | None:
    if kind == "actors":
        actor = queries.actor_by_id(session, row_id, confidential=True)
        if actor is None:
            return None
        details = {"siret": actor.siret, "commune": actor.commune_name or actor.commune_code or actor.postcode}
        return Side(actor.id, actor.name, details | {"department": actor.department, "source": actor.source})
    opening = queries.opportunity_by_id(session, row_id, confidential=True)
    if opening is None:
        return None
    told: dict[str, Any] = {"buyer": opening.buyer_name, "deadline": opening.deadline, "department": opening.department}
    return Side(opening.id, opening.title, told | {"source": opening.source})
