"""Reads public sources, one after the other. A source that fails harms no other; reading one again changes nothing."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TypeAlias

from sqlalchemy import Engine

from api.audit import log
from api.catalogue.places.book import process_book
from api.core.clock import Clock
from api.open_data import queries
from api.open_data.handovers.run import HandoverRun
from api.open_data.source_run import SourceProgress, SourceReport, SourceRun
from api.open_data.sources import handovers
from api.open_data.sources.catalogue import Service
from api.open_data.sources.client import Client
from models.database import reading

OpenClient: TypeAlias = Callable[[Service], Client]


def sync(
    engine: Engine,
    services: Sequence[Service],
    departments: Sequence[str],
    *,
    since: Callable[[str], date],
    today: date,
    now: Clock,
    open_client: OpenClient,
    progress: SourceProgress | None = None,
    by: str = log.CLI,
) -> list[SourceReport]:
    """Read each source from `since(its name)` to today, or resume it where it stopped."""
    with reading(engine) as session:
        places = process_book().current(session).places
    reports = []
    for service in services:
        run_type = HandoverRun if service.name == handovers.SOURCE else SourceRun
        source_run = run_type(engine, service, places, now, by)
        source_run.open(departments, since(service.name), today)
        with open_client(service) as client:
            reports.append(source_run.read(client, progress))
    return reports


def since_last(engine: Engine, source: str, today: date, first_days: int, overlap_days: int) -> date:
    """Return the first day to read: some days before the last complete run, or far enough back without one."""
    with reading(engine) as session:
        last_run = queries.last_complete_run(session, source)
    return last_run.day - timedelta(days=overlap_days) if last_run else today - timedelta(days=first_days)
