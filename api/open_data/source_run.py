"""One run of one source: pages are fetched, then written and the cursor moved on in one transaction.

A run that dies goes on from the last page that was written. A run that fails keeps its cursor and says why.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from traceback import format_tb
from typing import Any, TypeAlias

from sqlalchemy import Engine, Row, delete, insert
from sqlmodel import Session, col

from api.audit import log
from api.catalogue.places.record_places import Places
from api.core.clock import Clock
from api.open_data import queries
from api.open_data.coverage.falls import Fall, sudden_falls
from api.open_data.coverage.tally import joined
from api.open_data.duplicate_search import propose_duplicates
from api.open_data.expected_openings import close_expected_openings
from api.open_data.merging import canonical_json
from api.open_data.page_reader import PageReader
from api.open_data.reconciling import PageTally
from api.open_data.sources.catalogue import Service
from api.open_data.sources.client import Client, ServiceError, Validators
from api.open_data.sources.contract import Request, SchemaChanged
from models.base import table_of
from models.database import reading, writing
from models.open_data import PageStamp, SyncRun

logger = logging.getLogger(__name__)

# A stopped run goes on from its cursor within this time: later, its pages are no longer the same.
RESUMED_WITHIN = timedelta(days=2)
# How long a page's mark is kept without being met again.
STAMPS_KEPT = timedelta(days=90)
# Pages of one query are written together up to so many records or pages: a service that shows 25 records a page would
# else cost a transaction for each.
RECORDS_TOGETHER = 200
PAGES_TOGETHER = 10


@dataclass(frozen=True)
class SourceReport:
    """What a run did.

    since, day: the period asked for, in ISO. counts: name → number. missing: field that the source left empty → number
    of times. error: why the run stopped. resumed: it went on from where another run had stopped. falls: fields
    that were read of far fewer records than in the runs before.
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
    falls: list[Fall] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


# Called after each page: the source's name, and its report so far.
SourceProgress: TypeAlias = Callable[[str, SourceReport], None]


@dataclass(frozen=True)
class _FetchedPage:
    """A page as it was fetched. validators: None where it is what it was at the last reading."""

    stamp_id: str
    following: Request | None
    records: Sequence[Any] = ()
    warning: str = ""
    validators: Validators | None = None


class _MovedElsewhere(Exception):  # noqa: N818 (it names what happened)
    """Another process has moved this run on."""


class SourceRun:
    """Use it once: `open`, then `read`."""

    def __init__(self, engine: Engine, service: Service, places: Places, now: Clock, by: str) -> None:
        self._engine, self._service, self._source, self._name = engine, service, service.source, service.name
        self._places, self._now, self._by = places, now, by
        self._resumed = False
        self._falls: list[Fall] = []
        self._stamps: dict[str, Row[Any]] = {}

    def open(self, departments: Sequence[str], since: date, today: date) -> None:
        """Resume the last run where it stopped on the same period and is recent enough; else begin a run."""
        department_codes, started_at = ",".join(departments), self._now()
        with writing(self._engine) as session:
            last_run = queries.last_run(session, self._name)
            same_period = last_run and (last_run.departments, last_run.since) == (department_codes, since)
            if last_run and same_period and not last_run.complete and today - last_run.day < RESUMED_WITHIN:
                self._resumed = bool(last_run.counts)
                last_run.error, last_run.ended_at = "", None
                self._run = last_run
            else:
                self._run = SyncRun(
                    source=self._name,
                    number=last_run.number + 1 if last_run else 1,
                    departments=department_codes,
                    since=since,
                    day=today,
                    started_at=started_at,
                )
            session.add(self._run)

    def read(self, client: Client, progress: SourceProgress | None) -> SourceReport:
        """Read the pages that are left, and return what the whole run did. Raises nothing that the source causes."""
        run, error = self._run, ""
        with reading(self._engine) as session:
            self._stamps = queries.page_stamps(session, self._name)
        page_reader = PageReader(self._source, self._places, run.day)
        try:
            first_pages = self._service.first_pages(run.departments.split(","), run.since, run.day)
            while (cursor := self._run).query < len(first_pages):
                request = Request(**cursor.following) if cursor.following else first_pages[cursor.query]
                self._read_pages(client, page_reader, request)
                if progress:
                    progress(self._name, self._report())
            self._complete()
        except (ServiceError, SchemaChanged) as failure:
            error = str(failure)
        except _MovedElsewhere:
            error = "une autre synchronisation de cette source est en cours"
        except Exception as defect:
            # The message may hold a record's content: the place of the error is enough.
            logger.error(
                "source %s: %s\n%s", self._name, type(defect).__name__, "".join(format_tb(defect.__traceback__))
            )
            error = f"erreur interne ({type(defect).__name__}), notée dans le journal technique"
        if error:
            logger.warning("source %s stopped: %s", self._name, error)
            self._stop(error)
        return self._report()

    def _read_pages(self, client: Client, page_reader: PageReader, first_request: Request) -> None:
        """Read the next pages of a query, and write what they say. Raises ServiceError, once what came before it is
        written."""
        pages: list[_FetchedPage] = []
        failure: ServiceError | SchemaChanged | None = None
        request: Request | None = first_request
        while request and len(pages) < PAGES_TOGETHER and sum(len(page.records) for page in pages) < RECORDS_TOGETHER:
            try:
                pages.append(self._fetch_page(client, request))
            except (ServiceError, SchemaChanged) as error:
                failure = error
                break
            request = pages[-1].following
        if pages:
            self._write_pages(page_reader, pages)
        if failure:
            raise failure

    def _fetch_page(self, client: Client, request: Request) -> _FetchedPage:
        stamp_id = hashlib.sha256(canonical_json([self._name, request.path, request.params]).encode()).hexdigest()
        stamp = self._stamps.get(stamp_id)
        known_validators = Validators(stamp.etag, stamp.last_modified) if stamp else None
        answer = client.fetch(request, known_validators)
        if answer.unchanged and stamp:
            return _FetchedPage(stamp_id, Request(**stamp.following) if stamp.following else None)
        page = self._source.page(answer.body, request)
        if page.following == request:
            raise SchemaChanged(
                self._name, request.path, "la page suivante est la même : la lecture tournerait en rond"
            )
        return _FetchedPage(stamp_id, page.following, page.records, page.warning, answer.validators)

    def _write_pages(self, page_reader: PageReader, pages: Sequence[_FetchedPage]) -> None:
        changed_pages = [page for page in pages if page.validators]
        with writing(self._engine) as session:
            moment, tally = self._now(), PageTally()
            if changed_pages:
                records = [record for page in changed_pages for record in page.records]
                tally = page_reader.apply(session, records, moment)
            tally.counts += Counter(pages=len(pages), unchanged_pages=len(pages) - len(changed_pages))
            # A page with a refused record is asked for in full again: it may be understood one day.
            if not tally.counts["refused"]:
                self._stamp(session, changed_pages, moment)
            warnings = [page.warning for page in pages if page.warning]
            self._move_on(session, _as_json(pages[-1].following), tally, warnings)

    def _stamp(self, session: Session, pages: Sequence[_FetchedPage], moment: datetime) -> None:
        """Keep the marks of these pages, so that they are not sent again while they stay the same."""
        stamps = [
            {
                "id": page.stamp_id,
                "source": self._name,
                "etag": page.validators.etag[:300],
                "last_modified": page.validators.last_modified[:100],
                "following": _as_json(page.following),
                "stamped_at": moment,
            }
            for page in pages
            if page.validators and page.validators.headers()
        ]
        if stamps:
            table = table_of(PageStamp)
            session.execute(delete(table).where(table.c.id.in_([stamp["id"] for stamp in stamps])))
            session.execute(insert(table), stamps)

    def _move_on(
        self, session: Session, next_page: dict[str, Any] | None, tally: PageTally, warnings: Sequence[str] = ()
    ) -> None:
        """Move the cursor. Raises _MovedElsewhere when another process has moved it since."""
        stored_run = self._stored_run(session)
        expected_cursor = self._run.query, self._run.following, self._run.counts
        if stored_run.complete or (stored_run.query, stored_run.following, stored_run.counts) != expected_cursor:
            raise _MovedElsewhere
        stored_run.following = next_page
        stored_run.query += next_page is None
        stored_run.counts = dict(Counter(stored_run.counts) + tally.counts)
        stored_run.missing = dict(Counter(stored_run.missing) + tally.missing)
        stored_run.coverage = joined([stored_run.coverage, tally.coverage])
        stored_run.warnings = list(dict.fromkeys([*stored_run.warnings, *warnings]))
        self._run = stored_run

    def _complete(self) -> None:
        with writing(self._engine) as session:
            run = self._stored_run(session)
            n_proposed = propose_duplicates(session, self._name, run.started_at, now=self._now())
            n_published = close_expected_openings(session, run.day, by=self._by)
            run.counts = dict(Counter(run.counts) + Counter(proposed=n_proposed, published=n_published))
            run.complete, run.ended_at, run.error = True, self._now(), ""
            is_stale = col(PageStamp.stamped_at) < self._now() - STAMPS_KEPT
            session.execute(delete(PageStamp).where(col(PageStamp.source) == self._name, is_stale))
            row_counts = {name: run.counts[name] for name in ("created", "changed") if run.counts.get(name)}
            if row_counts:
                log.note(
                    session,
                    by=self._by,
                    action="source.synchronised",
                    kind="source",
                    of=self._name,
                    detail=row_counts,
                )
            past = joined(queries.coverages_before(session, self._name, run.number))
            self._falls = sudden_falls(self._name, run.coverage, past)
            self._run = run

    def _stored_run(self, session: Session) -> SyncRun:
        return session.get_one(SyncRun, (self._name, self._run.number))

    def _stop(self, error: str) -> None:
        with writing(self._engine) as session:
            run = self._stored_run(session)
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
            falls=list(self._falls),
        )


def _as_json(request: Request | None) -> dict[str, Any] | None:
    return asdict(request) if request else None
