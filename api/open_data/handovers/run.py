"""A run of « reprises à venir »: companies are read, counted and dropped, a page a transaction.

The first reading (all companies) resumes at its last page, as every source does. The second (a director of 60 or more)
is counted in memory alone until the groups that may be shown are stored: a run that dies in it begins it again, so that
no count below ten of anybody's age was ever written.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete
from sqlmodel import Session, col

from api.open_data.handovers import counting
from api.open_data.handovers.grouping import Cell
from api.open_data.page_reader import PageReader
from api.open_data.reconciling import PageTally
from api.open_data.source_run import SourceRun
from api.open_data.sources import handovers
from api.open_data.sources.client import Client
from api.open_data.sources.contract import BadRecord, Page, Request, SchemaChanged
from api.open_data.sources.handovers import Company
from models.database import writing
from models.open_data import RefusedRecord


class HandoverRun(SourceRun):
    """Use it once: `open`, then `read`."""

    _seniors: Counter[Cell]

    def open(self, departments: Sequence[str], since: date, today: date) -> None:
        """Resume the first reading where it stopped, the second from its beginning; or begin a run."""
        super().open(departments, since, today)
        self._seniors = Counter()
        first_pages = list(self._source.requests(self._run.departments.split(","), since, self._run.day))
        second_reading = next(place for place, request in enumerate(first_pages) if handovers.is_of_seniors(request))
        with writing(self._engine) as session:
            counting.forget_tallies(session, but=self._run.number)
            if not self._resumed:
                session.execute(delete(RefusedRecord).where(col(RefusedRecord.source) == self._name))
            if self._run.query > second_reading or (self._run.query == second_reading and self._run.following):
                stored_run = self._stored_run(session)
                stored_run.query, stored_run.following = second_reading, None
                self._run = stored_run

    def _read_pages(self, client: Client, page_reader: PageReader, request: Request) -> None:  # noqa: ARG002
        page = self._source.page(client.fetch(request).body, request)
        if page.following == request:
            raise SchemaChanged(self._name, request.path, "la page suivante est la même")
        of_seniors = handovers.is_of_seniors(request)
        companies, refusals = self._companies(page)
        with writing(self._engine) as session:
            sold = counting.sold_among(session, [company.siren for company in companies])
            counted = Counter(
                counting.traits_of(company, self._run.day) for company in companies if company.siren not in sold
            )
            tally = PageTally(Counter(pages=1))
            if not of_seniors:
                counting.add_to_tallies(session, self._run.number, counted)
                self._store_refusals(session, refusals)
                tally.counts += Counter(
                    records=len(page.records), counted=counted.total(), sold=len(sold), refused=len(refusals)
                )
            following = {"path": page.following.path, "params": page.following.params} if page.following else None
            self._move_on(session, following, tally, [page.warning] if page.warning else [])
        if of_seniors:
            for traits, n_companies in counted.items():
                self._seniors[traits.cell] += n_companies

    def _companies(self, page: Page) -> tuple[list[Company], dict[str, BadRecord]]:
        department_codes = self._run.departments.split(",")
        companies, refusals = [], {}
        for record in page.records:
            try:
                company = handovers.company_of(record, department_codes)
            except BadRecord as refusal:
                refusals[refusal.reference] = refusal
            else:
                companies += [company] if company else []
        return companies, refusals

    def _store_refusals(self, session: Session, refusals: dict[str, BadRecord]) -> None:
        for reference, refusal in refusals.items():
            session.merge(
                RefusedRecord(
                    source=self._name,
                    reference=reference[:300],
                    field=refusal.field[:300],
                    reason=refusal.reason,
                    refused_at=self._now(),
                )
            )

    def _complete(self) -> None:
        with writing(self._engine) as session:
            n_companies = counting.tallied(session, self._run.number)
            if 0 < n_companies <= self._seniors.total():
                raise SchemaChanged(self._name, handovers.BORN_BY, "ce filtre n’a écarté aucune entreprise")
            counting.store_groups(session, self._run.number, self._seniors)
        super()._complete()
        with writing(self._engine) as session:
            counting.forget_tallies(session)
