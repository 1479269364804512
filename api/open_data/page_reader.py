"""One page of open data → the tables, within the caller's unit of work. Reading a page twice changes nothing."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from api.catalogue.places.record_places import Places
from api.open_data import queries
from api.open_data.coverage.forms import FORMS, NO_FORMS
from api.open_data.coverage.tally import cover
from api.open_data.merging import canonical_json
from api.open_data.raw_records import IncomingRecord, Refusals, store_records, text_hash
from api.open_data.reconciling import PageReconciler, PageTally
from api.open_data.sources.contract import BadRecord, Source

logger = logging.getLogger(__name__)


class PageReader:
    """Reads the pages of one source, as of one day."""

    def __init__(self, source: Source, places: Places, day: date) -> None:
        self._source, self._places, self._day = source, places, day
        self._name = source.SOURCE

    def apply(self, session: Session, page_records: Sequence[Any], moment: datetime) -> PageTally:
        """Read the new records of a page and write their facts. A refused record harms no other."""
        refusals: Refusals = {}
        incoming = [self._identify(content, refusals) for content in page_records]
        fresh_records = self._parse_fresh(session, incoming, refusals)
        tally = PageReconciler(session, self._name, self._places, moment).reconcile(fresh_records, refusals)
        tally.coverage = cover(
            FORMS.get(self._name, NO_FORMS),
            (
                (record.content, record.reference, record.facts)
                for record in fresh_records
                if record.reference not in refusals
            ),
        )
        store_records(session, self._name, fresh_records, refusals, moment)
        unread = refusals.keys() - {record.reference for record in fresh_records}
        tally.counts += Counter(
            records=len(page_records),
            unchanged=len(page_records) - len(fresh_records) - len(unread),
            refused=len(refusals),
        )
        return tally

    def _identify(self, content: Any, refusals: Refusals) -> IncomingRecord | None:
        try:
            reference = self._source.reference(content)
            canonical_text = canonical_json(self._source.public(content))
        except Exception as error:
            reference = getattr(error, "reference", "") or _nameless(content)
            refusals[reference[:300]] = self._explain(error)
            return None
        return IncomingRecord(content, reference[:300], canonical_text, text_hash(canonical_text))

    def _parse_fresh(
        self, session: Session, incoming: Sequence[IncomingRecord | None], refusals: Refusals
    ) -> list[IncomingRecord]:
        """Return the records that are new, changed, or were refused last time, with their facts."""
        identified = [record for record in incoming if record]
        references = {record.reference for record in identified}
        known_hashes = queries.raw_hashes(session, self._name, references)
        refused_before = queries.refused_among(session, self._name, references)
        fresh_records = []
        for record in identified:
            if known_hashes.get(record.reference) == record.sha256 and record.reference not in refused_before:
                continue
            record.seen_before = record.reference in known_hashes
            known_hashes[record.reference] = record.sha256
            refused_before.discard(record.reference)
            try:
                record.facts = self._source.read(record.content, self._day)
                refusals.pop(record.reference, None)
            except Exception as error:
                refusals[record.reference] = self._explain(error)
            fresh_records.append(record)
        return fresh_records

    def _explain(self, error: Exception) -> tuple[str, str]:
        """Return the field at fault and the reason. Any error but BadRecord is a defect of ours, and is logged."""
        if isinstance(error, BadRecord):
            return error.field, error.reason
        logger.error("%s: a record could not be read: %s", self._name, type(error).__name__)
        return "", f"lecture impossible ({type(error).__name__}) : forme inattendue"


def _nameless(content: Any) -> str:
    return f"sans identifiant ({text_hash(canonical_json(content))[:12]})"
