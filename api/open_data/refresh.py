"""The night's first stage: each source of the settings is read from before its last complete reading."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine

from api.audit import log
from api.core.errors import InvalidError
from api.core.settings import Settings
from api.open_data.sources.catalogue import Service, services
from api.open_data.sources.client import Client
from api.open_data.sync import Opened, since_last, sync


def polite(options: Settings, now: Callable[[], datetime]) -> Opened:
    """Return what opens a client of a service, as the settings want it."""

    def opened(service: Service) -> Client:
        return Client(service.label, service.base_url, options, now=now)

    return opened


def refresh(
    engine: Engine, *, today: date, now: Callable[[], datetime], options: Settings, open_client: Opened | None = None
) -> dict[str, Any]:
    """Read the sources of the settings, and return plain values: how many, what was done, which failed and why.

    Nothing that a source does stops the night.
    """
    try:
        chosen = services(options.open_data_sources, options)
    except InvalidError as error:
        return {"sources": 0, "reason": error.detail}
    if not chosen:
        return {"sources": 0, "reason": "no_source_configured"}
    reports = sync(
        engine,
        chosen,
        options.departments,
        since=lambda name: since_last(
            engine, name, today, options.open_data_first_days, options.open_data_overlap_days
        ),
        today=today,
        now=now,
        open_client=open_client or polite(options, now),
        by=log.NIGHT,
    )
    counts: Counter[str] = Counter()
    for one in reports:
        counts.update(one.counts)
    return {
        "sources": len(reports),
        "counts": dict(counts),
        "failed": {one.source: one.error for one in reports if not one.complete},
    }
