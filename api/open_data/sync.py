"""Read public sources page by page: fetched, kept, told to the desk, and the cursor moved on, in one transaction.

What dies anywhere goes on from its last page; the same pages again change nothing. A source that fails is left where
it is, says why, and harms no other.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from traceback import format_tb
from typing import Any

from sqlalchemy import Engine, delete
from sqlmodel import Session, col

from api.audit import log
from api.catalogue.places.book import PlacesBook
from api.catalogue.places.locating import Places
from api.open_data import queries
from api.open_data.duplicates import propose
from api.open_data.merging import canonical
from api.open_data.page_reader import PageReader, Tally
from api.open_data.sources.catalogue import Service
from api.open_data.sources.client import Client, ServiceError, Validators
from api.open_data.sources.parts import Request, SchemaChanged
from models.database import reading, writing
from models.open_data import PageStamp, SyncRun

logger = logging.getLogger(__name__)

# A run that stopped goes on from its cursor within so many days: later, its pages are no longer what they were.
RESUMED_WITHIN = timedelta(days=2)
# How long a page's mark is kept without being met again.
STAMPS_KEPT = timedelta(days=90)

Opened = Callable[[Service], Client]
# Told after each page: the source's name, and what was done of it so far.
Told = Callable[[str, "SourceReport"], None]


@dataclass(frozen=True)
class SourceReport:
    """What a run did: a name → how many; missing: field that the source left empty → how often; error: why it stopped.

    since, day: what was asked for, in ISO. resumed: it went on from where another had stopped.
    """

    source: str
    since: str
    day: str
    counts: dict[str, int]
    missing: dict[str, int]
    warnings: list[str]
    complete: bool
    error: str = ""
    resumed: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class _Elsewhere(Exception):  # noqa: N818 (it names what happened)
    """Another process has moved this run on."""


def sync(
    engine: Engine,
    services: Sequence[Service],
    departments: Sequence[str],
    *,
    since: Callable[[str], date],
    today: date,
    now: Callable[[], datetime],
    open_client: Opened,
    told: Told | None = None,
    by: str = log.CLI,
) -> list[SourceReport]:
    """Read each source from `since(its name)` to today, or go on where it stopped. One that fails harms no other."""
    with reading(engine) as session:
        places = PlacesBook().current(session).places
    reports = []
    for service in services:
        reader = _Reading(engine, service, places, now, by)
        reader.open(departments, since(service.name), today)
        with open_client(service) as client:
            reports.append(reader.read(client, told))
    return reports


def since_last(engine: Engine, source: str, today: date, first_days: int, overlap_days: int) -> date:
    """Return from which day a source is to be read: before its last complete reading, or far enough back."""
    with reading(engine) as session:
        last = queries.last_complete_run(session, source)
    return last.day - timedelta(days=overlap_days) if last else today - timedelta(days=first_days)


class _Reading:
    """One run of one source."""

    def __init__(self, engine: Engine, service: Service, places: Places, now: Callable[[], datetime], by: str) -> None:
        self._engine, self._source, self._name = engine, service.source, service.name
        self._places, self._now, self._by = places, now, by
        self._resumed = False

    def open(self, departments: Sequence[str], since: date, today: date) -> None:
        """Go on with the run that stopped, if it was for the same and is young enough; else begin one."""
        asked, now = ",".join(departments), self._now()
        with writing(self._engine) as session:
            former = queries.last_run(session, self._name)
            alike = former and (former.departments, former.since) == (asked, since)
            if former and alike and not former.complete and today - former.day < RESUMED_WITHIN:
                self._resumed = bool(former.counts)
                former.error, former.ended_at = "", None
                self._run = former
            else:
                number = former.number + 1 if former else 1
                self._run = SyncRun(
                    source=self._name, number=number, departments=asked, since=since, day=today, started_at=now
                )
            session.add(self._run)

    def read(self, client: Client, told: Told | None) -> SourceReport:
        run, error = self._run, ""
        reader = PageReader(self._source, self._places, run.day)
        try:
            requests = list(self._source.requests(run.departments.split(","), run.since, run.day))
            while (here := self._run).query < len(requests):
                self._one_page(client, reader, Request(**here.following) if here.following else requests[here.query])
                if told:
                    told(self._name, self._report())
            self._complete()
        except (ServiceError, SchemaChanged) as failure:
            error = str(failure)
        except _Elsewhere:
            error = "une autre synchronisation de cette source est en cours"
        except Exception as defect:
            # The message may hold a record's content: where it happened is enough.
            logger.error(
                "source %s: %s\n%s", self._name, type(defect).__name__, "".join(format_tb(defect.__traceback__))
            )
            error = f"erreur interne ({type(defect).__name__}), notée dans le journal technique"
        if error:
            logger.warning("source %s stopped: %s", self._name, error)
            self._stop(error)
        return self._report()

    def _one_page(self, client: Client, reader: PageReader, request: Request) -> None:
        ident = hashlib.sha256(canonical([self._name, request.path, request.params]).encode()).hexdigest()
        with reading(self._engine) as session:
            stamp = queries.page_stamp(session, ident)
        known = Validators(stamp.etag, stamp.last_modified) if stamp else None
        answer = client.fetch(request, known)
        if answer.unchanged and stamp:
            with writing(self._engine) as session:
                self._move_on(session, stamp.following, Tally(Counter(pages=1, unchanged_pages=1)))
            return
        page = self._source.page(answer.body, request)
        if page.following == request:
            raise SchemaChanged(
                self._name, request.path, "la page suivante est la même : la lecture tournerait en rond"
            )
        following = asdict(page.following) if page.following else None
        warnings = [page.warning] if page.warning else []
        with writing(self._engine) as session:
            now = self._now()
            tally = reader.apply(session, page.records, now)
            tally.counts["pages"] += 1
            # A page with a refusal is asked for whole again: it may be understood one day.
            if answer.validators.headers() and not tally.counts["refused"]:
                marks = {"etag": answer.validators.etag[:300], "last_modified": answer.validators.last_modified[:100]}
                session.merge(PageStamp(id=ident, source=self._name, following=following, stamped_at=now, **marks))
            self._move_on(session, following, tally, warnings)

    def _move_on(
        self, session: Session, following: dict[str, Any] | None, tally: Tally, warnings: Sequence[str] = ()
    ) -> None:
        """Move the cursor. Raises _Elsewhere when it is not where this run left it."""
        stored = self._stored(session)
        here = self._run.query, self._run.following, self._run.counts
        if stored.complete or (stored.query, stored.following, stored.counts) != here:
            raise _Elsewhere
        stored.following = following
        stored.query += following is None
        stored.counts = dict(Counter(stored.counts) + tally.counts)
        stored.missing = dict(Counter(stored.missing) + tally.missing)
        stored.warnings = list(dict.fromkeys([*stored.warnings, *warnings]))
        self._run = stored

    def _complete(self) -> None:
        with writing(self._engine) as session:
            run = self._stored(session)
            proposed = propose(session, self._name, run.started_at, now=self._now())
            run.counts = dict(Counter(run.counts) + Counter(proposed=proposed))
            run.complete, run.ended_at, run.error = True, self._now(), ""
            old = col(PageStamp.stamped_at) < self._now() - STAMPS_KEPT
            session.execute(delete(PageStamp).where(col(PageStamp.source) == self._name, old))
            done = {name: run.counts[name] for name in ("created", "changed") if run.counts.get(name)}
            if done:
                log.note(session, by=self._by, action="source.synchronised", kind="source", of=self._name, detail=done)
            self._run = run

    def _stored(self, session: Session) -> SyncRun:
        return session.get_one(SyncRun, (self._name, self._run.number))

    def _stop(self, error: str) -> None:
        with writing(self._engine) as session:
            run = self._stored(session)
            if not run.complete:
                run.error, run.ended_at = error, self._now()
            self._run = run

    def _report(self) -> SourceReport:
        run = self._run
        return SourceReport(
            source=run.source,
            since=run.since.isoformat(),
            day=run.day.isoformat(),
            counts=dict(run.counts),
            missing=dict(run.missing),
            warnings=list(run.warnings),
            complete=run.complete,
            error=run.error,
            resumed=self._resumed,
        )
