"""One page of open data → the tables, within the caller's unit of work. The same page twice changes nothing."""

import hashlib
import logging
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session

from api.catalogue.places.locating import Places
from api.open_data import queries
from api.open_data.merging import canonical
from api.open_data.reconciling import Book, Prepared
from api.open_data.sources.parts import BadRecord, Found, Source
from models.base import table_of
from models.open_data import RawRecord, RefusedRecord

logger = logging.getLogger(__name__)


@dataclass
class Tally:
    """What was done: a name → how many; and which of its fields the source left empty → how often."""

    counts: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)


@dataclass
class _Raw:
    """A record to be read, the text that is kept of it, whether it was read before, and what it told."""

    record: Any
    reference: str
    text: str
    sha256: str
    again: bool = False
    found: list[Found] = field(default_factory=list)


class PageReader:
    """Reads the pages of one source, as of one day."""

    def __init__(self, source: Source, places: Places, day: date) -> None:
        self._source, self._places, self._day = source, places, day
        self._name = source.SOURCE

    def apply(self, session: Session, records: Sequence[Any], now: datetime) -> Tally:
        """Read what is new in these records, and write what it says. A record that is refused harms no other."""
        tally = Tally(Counter(records=len(records)))
        refusals: dict[str, tuple[str, str]] = {}
        fresh = self._fresh(session, [self._raw(record, refusals) for record in records], refusals)
        book = Book(session, self._name, self._places, now)
        book.look_up([one for raw in fresh for one in raw.found])
        prepared: list[Prepared] = []
        for raw in fresh:
            try:
                prepared += [book.prepare(one, raw.reference, again=raw.again) for one in raw.found]
            except BadRecord as bad:
                refusals[raw.reference] = bad.field, bad.reason
        book.load(prepared)
        for one in prepared:
            if one.reference not in refusals:
                book.tell(one)
                tally.missing.update(getattr(one.found, "missing", ()))
        tally.counts += book.write()
        self._keep(session, fresh, refusals, now)
        tally.counts += Counter(
            unchanged=len(records) - len(fresh) - len(refusals.keys() - {r.reference for r in fresh})
        )
        tally.counts += Counter(refused=len(refusals))
        return tally

    def _raw(self, record: Any, refusals: dict[str, tuple[str, str]]) -> _Raw | None:
        try:
            reference, text = self._source.reference(record), canonical(self._source.public(record))
        except Exception as error:
            named = getattr(error, "reference", "") or f"sans identifiant ({_hash(canonical(record))[:12]})"
            refusals[named[:300]] = self._why(error)
            return None
        return _Raw(record, reference[:300], text, _hash(text))

    def _fresh(self, session: Session, raws: Sequence[_Raw | None], refusals: dict[str, tuple[str, str]]) -> list[_Raw]:
        """Return what is new, has changed, or was refused last time, with what it tells."""
        named = [raw for raw in raws if raw]
        references = {raw.reference for raw in named}
        known = queries.raw_hashes(session, self._name, references)
        again = queries.refused_among(session, self._name, references)
        fresh = []
        for raw in named:
            if known.get(raw.reference) == raw.sha256 and raw.reference not in again:
                continue
            raw.again = raw.reference in known
            known[raw.reference] = raw.sha256
            again.discard(raw.reference)
            try:
                raw.found = self._source.read(raw.record, self._day)
                refusals.pop(raw.reference, None)
            except Exception as error:
                refusals[raw.reference] = self._why(error)
            fresh.append(raw)
        return fresh

    def _why(self, error: Exception) -> tuple[str, str]:
        """Return the field and the reason. What is not a refusal is a defect of ours: noted, and told as one."""
        if isinstance(error, BadRecord):
            return error.field, error.reason
        logger.error("%s: a record could not be read: %s", self._name, type(error).__name__)
        return "", f"lecture impossible ({type(error).__name__}) : forme inattendue"

    def _keep(
        self, session: Session, fresh: Sequence[_Raw], refusals: dict[str, tuple[str, str]], now: datetime
    ) -> None:
        """Keep the records, once each, and why some were refused; what was refused before and no more is forgotten."""
        last = {raw.reference: raw for raw in fresh}
        again = {raw.reference for raw in fresh if raw.again}
        for model, references in ((RawRecord, again), (RefusedRecord, again | refusals.keys())):
            if references:
                table = table_of(model)
                named = table.c.reference.in_(sorted(references))
                session.execute(delete(table).where(table.c.source == self._name, named))
        rows = [
            {
                "source": self._name,
                "reference": raw.reference,
                "sha256": raw.sha256,
                # Of what told nothing only the hash is kept.
                "payload": zlib.compress(raw.text.encode(), 1) if raw.found or raw.reference in refusals else None,
                "fetched_at": now,
            }
            for raw in last.values()
        ]
        if rows:
            session.execute(insert(table_of(RawRecord)), rows)
        if refusals:
            told = {"source": self._name, "refused_at": now}
            session.execute(
                insert(table_of(RefusedRecord)),
                [
                    {**told, "reference": one, "field": field[:300], "reason": reason}
                    for one, (field, reason) in refusals.items()
                ],
            )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
