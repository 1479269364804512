"""One run of one source: each page is fetched, written, and the cursor moved on, in one transaction.

A run that dies goes on from its last page. A run that fails keeps its cursor and says why.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from traceback import format_tb
from typing import Any, TypeAlias

from sqlalchemy import Engine, delete
from sqlmodel import Session, col

from api.audit import log
from api.catalogue.places.record_places import Places
from api.core.clock import Clock
from api.open_data import queries
from api.open_data.duplicate_search import propose_duplicates
from api.open_data.merging import canonical_json
from api.open_data.page_reader import PageReader
from api.open_data.reconciling import PageTally
from api.open_data.sources.catalogue import Service
from api.open_data.sources.client import Client, ServiceError, Validators
from api.open_data.sources.contract import Request, SchemaChanged
from models.database import reading, writing
from models.open_data import PageStamp, SyncRun

logger = logging.getLogger(__name__)

# A stopped run goes on from its cursor within this time: later, its pages are no longer the same.
RESUMED_WITHIN = timedelta(days=2)
# How long a page's mark is kept without being met again.
STAMPS_KEPT = timedelta(days=90)


@dataclass(frozen=True)
class SourceReport:
    """What a run did.

    since, day: the period asked for, in ISO. counts: name → number. missing: field that the source left empty → number
    of times. error: why the run stopped. resumed: it went on from where another run had stopped.
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


# Called after each page: the source's name, and its report so far.
SourceProgress: TypeAlias = Callable[[str, SourceReport], None]


class _MovedElsewhere(Exception):  # noqa: N818 (it names what happened)
    """Another process has moved this run on."""


class SourceRun:
    """Use it once: `open`, then `read`."""

    def __init__(self, engine: Engine, service: Service, places: Places, now: Clock, by: str) -> None:
        self._engine, self._service, self._source, self._name = engine, service, service.source, service.name
        self._places, self._now, self._by = places, now, by
        self._resumed = False

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
        page_reader = PageReader(self._source, self._places, run.day)
        try:
            first_pages = self._service.first_pages(run.departments.split(","), run.since, run.day)
            while (cursor := self._run).query < len(first_pages):
                request = Request(**cursor.following) if cursor.following else first_pages[cursor.query]
                self._read_page(client, page_reader, request)
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

    def _read_page(self, client: Client, page_reader: PageReader, request: Request) -> None:
        stamp_id = hashlib.sha256(canonical_json([self._name, request.path, request.params]).encode()).hexdigest()
        with reading(self._engine) as session:
            stamp = queries.page_stamp(session, stamp_id)
        known_validators = Validators(stamp.etag, stamp.last_modified) if stamp else None
        answer = client.fetch(request, known_validators)
        if answer.unchanged and stamp:
            with writing(self._engine) as session:
                self._move_on(session, stamp.following, PageTally(Counter(pages=1, unchanged_pages=1)))
            return
        page = self._source.page(answer.body, request)
        if page.following == request:
            raise SchemaChanged(
                self._name, request.path, "la page suivante est la même : la lecture tournerait en rond"
            )
        next_page = asdict(page.following) if page.following else None
        warnings = [page.warning] if page.warning else []
        with writing(self._engine) as session:
            moment = self._now()
            tally = page_reader.apply(session, page.records, moment)
            tally.counts["pages"] += 1
            # A page with a refused record is asked for in full again: it may be understood one day.
            if answer.validators.headers() and not tally.counts["refused"]:
                session.merge(
                    PageStamp(
                        id=stamp_id,
                        source=self._name,
                        etag=answer.validators.etag[:300],
                        last_modified=answer.validators.last_modified[:100],
                        following=next_page,
                        stamped_at=moment,
                    )
                )
            self._move_on(session, next_page, tally, warnings)

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
        stored_run.warnings = list(dict.fromkeys([*stored_run.warnings, *warnings]))
        self._run = stored_run

    def _complete(self) -> None:
        with writing(self._engine) as session:
            run = self._stored_run(session)
            n_proposed = propose_duplicates(session, self._name, run.started_at, now=self._now())
            run.counts = dict(Counter(run.counts) + Counter(proposed=n_proposed))
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
        )
