"""Raw records of a source: which are new, and what is kept of each."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import delete, insert
from sqlmodel import Session

from api.open_data.sources.contract import SourceFact
from models.base import table_of
from models.open_data import RawRecord, RefusedRecord

# Reference of a refused record → the field at fault and the reason.
Refusals: TypeAlias = dict[str, tuple[str, str]]


@dataclass
class IncomingRecord:
    """A record of a page. canonical_text: the JSON that is kept. seen_before: it was read before, and has changed."""

    content: Any
    reference: str
    canonical_text: str
    sha256: str
    seen_before: bool = False
    facts: list[SourceFact] = field(default_factory=list)


def store_records(
    session: Session, source: str, fresh_records: Sequence[IncomingRecord], refusals: Refusals, moment: datetime
) -> None:
    """Store each record once, and why some were refused. A former refusal that no longer holds is deleted."""
    last_by_reference = {record.reference: record for record in fresh_records}
    seen_before = {record.reference for record in fresh_records if record.seen_before}
    for model, references in ((RawRecord, seen_before), (RefusedRecord, seen_before | refusals.keys())):
        if references:
            table = table_of(model)
            is_replaced = table.c.reference.in_(sorted(references))
            session.execute(delete(table).where(table.c.source == source, is_replaced))
    raw_rows = [
        {
            "source": source,
            "reference": record.reference,
            "sha256": record.sha256,
            # A record without facts keeps only its hash.
            "payload": _deflate(record) if record.facts or record.reference in refusals else None,
            "fetched_at": moment,
        }
        for record in last_by_reference.values()
    ]
    if raw_rows:
        session.execute(insert(table_of(RawRecord)), raw_rows)
    if refusals:
        stamp = {"source": source, "refused_at": moment}
        session.execute(
            insert(table_of(RefusedRecord)),
            [
                {**stamp, "reference": reference, "field": field_path[:300], "reason": reason}
                for reference, (field_path, reason) in refusals.items()
            ],
        )


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _deflate(record: IncomingRecord) -> bytes:
    return zlib.compress(record.canonical_text.encode(), 1)
