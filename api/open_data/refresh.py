"""First stage of the night: read each source of the settings since its last complete run."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Engine

from api.audit import log
from api.core.clock import Clock
from api.core.errors import InvalidError
from api.core.settings import Settings
from api.open_data.freshness import source_states
from api.open_data.sources.catalogue import Service, services
from api.open_data.sources.client import Client
from api.open_data.sync import OpenClient, since_last, sync
from models.database import reading


def open_client_with(options: Settings, now: Clock) -> OpenClient:
    """Return a function that opens a service's client with these settings."""

    def open_client(service: Service) -> Client:
        return Client(service.label, service.base_url, options, now=now)

    return open_client


def refresh(
    engine: Engine, *, today: date, now: Clock, options: Settings, open_client: OpenClient | None = None
) -> dict[str, Any]:
    """Read the sources of the settings; return their number, the counts, and the errors by source, as JSON values.

    silent: source → silent département → day of its newest publication, or None. No failure stops the night.
    """
    try:
        source_services = services(options.open_data_sources, options)
    except InvalidError as error:
        return {"sources": 0, "reason": error.detail}
    if not source_services:
        return {"sources": 0, "reason": "no_source_configured"}
    reports = sync(
        engine,
        source_services,
        options.departments,
        since=lambda source_name: since_last(
            engine, source_name, today, options.open_data_first_days, options.open_data_overlap_days
        ),
        today=today,
        now=now,
        open_client=open_client or open_client_with(options, now),
        by=log.NIGHT,
    )
    total_counts: Counter[str] = Counter()
    for report in reports:
        total_counts.update(report.counts)
    return {
        "sources": len(reports),
        "counts": dict(total_counts),
        "failed": {report.source: report.error for report in reports if not report.complete},
        "silent": _silent(engine, [report.source for report in reports], options, now),
    }


def _silent(
    engine: Engine, source_names: Sequence[str], options: Settings, now: Clock
) -> dict[str, dict[str, str | None]]:
    with reading(engine) as session:
        states = [state for state in source_states(session, options, now()) if state.name in source_names]
    return {
        state.name: {
            department.code: department.since.isoformat() if department.since else None for department in state.silent
        }
        for state in states
        if state.silent
    }
