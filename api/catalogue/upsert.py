"""Records written by natural key: each is created, changed or left unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session

from api.catalogue.memberships import MissingCarrier, find_carriers, replace_carriers, stored_carriers
from api.catalogue.row_changes import (
    Record,
    Row,
    RowChanges,
    chunks,
    column_defaults,
    content_columns,
    content_digest,
    rows_by_key,
)
from api.catalogue.schemas import ActorIn, LotIn, OpportunityIn, TakeoverIn
from models.base import identifier, table_of, utc_now
from models.tables import Actor, Lot, Opportunity, Suggestion, TakeoverCase


@dataclass
class UpsertResult:
    """What was written: ids of the rows created and changed, and how many records changed nothing.

    missing_carriers: memberships that could not be written.
    """

    created_ids: list[str] = field(default_factory=list)
    changed_ids: list[str] = field(default_factory=list)
    unchanged: int = 0
    missing_carriers: list[MissingCarrier] = field(default_factory=list)

    def count(self, changes: RowChanges) -> None:
        self.created_ids += [row["id"] for row in changes.created]
        self.changed_ids += [row["id"] for row in changes.changed]


def write_actors(session: Session, records: Sequence[Record], *, dry_run: bool = False) -> UpsertResult:
    """Create or change actors, then replace the memberships of those whose record speaks of them.

    dry_run: decide all that and write nothing.
    """
    carriers, missing = find_carriers(session, records)
    result, table, now = UpsertResult(missing_carriers=missing), table_of(Actor), utc_now()
    defaults = column_defaults(ActorIn, table)
    memberships: dict[str, list[str]] = {}
    for chunk in chunks(records):
        stored = rows_by_key(session, table, [record.key for record in chunk])
        carried = stored_carriers(session, [row["id"] for row in stored.values()])
        changes = RowChanges(table)
        for record in chunk:
            old = stored.get(record.key)
            values = record.over(old, defaults)
            actor_id = old["id"] if old else identifier("actors", record.key)
            own = carried.get(actor_id, []) if record.member_of is None else carriers[record.row]
            digest = content_digest(values, sorted(own))
            if old and old["content_hash"] == digest:
                result.unchanged += 1
                continue
            changes.add(values, old, actor_id, record.key, digest, now)
            if record.member_of is not None:
                memberships[actor_id] = own
        if not dry_run:
            changes.save(session)
        result.count(changes)
    if not dry_run:
        replace_carriers(session, memberships)
    return result


def write_opportunities(session: Session, records: Sequence[Record], *, dry_run: bool = False) -> UpsertResult:
    """Create or change opportunities with their lots and takeover cases. dry_run: as above."""
    result, now = UpsertResult(), utc_now()
    for chunk in chunks(records):
        batch = _OpportunityBatch(session, chunk)
        for record in chunk:
            batch.add(record, now)
        if not dry_run:
            batch.save()
        result.count(batch.opportunities)
        result.unchanged += batch.unchanged
    return result


class _OpportunityBatch:
    """Opportunities beside their stored rows: `add` each, then `save` once."""

    def __init__(self, session: Session, records: Sequence[Record]) -> None:
        self._session, self.unchanged = session, 0
        self.opportunities = RowChanges(table_of(Opportunity))
        self._lots, self._cases = RowChanges(table_of(Lot)), RowChanges(table_of(TakeoverCase))
        self._gone_lots: list[str] = []
        self._replaced_cases: list[str] = []
        self._stored = rows_by_key(session, self.opportunities.table, [record.key for record in records])
        ids = [row["id"] for row in self._stored.values()]
        self._stored_lots: dict[str, dict[str, Row]] = {}
        for row in self._rows_of(self._lots, ids):
            self._stored_lots.setdefault(row["opportunity_id"], {})[row["number"]] = row
        self._stored_cases = {row["opportunity_id"]: row for row in self._rows_of(self._cases, ids)}

    def add(self, record: Record, now: datetime) -> None:
        table = self.opportunities.table
        old = self._stored.get(record.key)
        values = record.over(old, column_defaults(OpportunityIn, table))
        own_id = old["id"] if old else identifier("opportunities", record.key)
        old_lots, old_case = self._stored_lots.get(own_id, {}), self._stored_cases.get(own_id)
        takeover = values["kind"] == "takeover"
        lots = {} if takeover else self._merged_lots(record, old_lots)
        case = self._merged_case(record, old_case) if takeover else None
        digest = content_digest(values, lots, case)
        if old and old["content_hash"] == digest:
            self.unchanged += 1
            return
        self.opportunities.add(values, old, own_id, record.key, digest, now)
        for number, lot in lots.items():
            lot_id = old_lots[number]["id"] if number in old_lots else identifier("lots", own_id, number)
            written = self._lots.changed if number in old_lots else self._lots.created
            written.append(lot | {"id": lot_id, "opportunity_id": own_id})
        self._gone_lots += [lot["id"] for number, lot in old_lots.items() if number not in lots]
        if old_case:
            self._replaced_cases.append(own_id)
        if case is not None:
            self._cases.created.append(case | {"opportunity_id": own_id})

    def save(self) -> None:
        self.opportunities.save(self._session)
        if self._gone_lots:
            # Their suggestions stay, as history; only the link goes.
            links, lots = table_of(Suggestion), self._lots.table
            self._session.execute(update(links).where(links.c.lot_id.in_(self._gone_lots)).values(lot_id=None))
            self._session.execute(delete(lots).where(lots.c.id.in_(self._gone_lots)))
        if self._replaced_cases:
            cases = self._cases.table
            self._session.execute(delete(cases).where(cases.c.opportunity_id.in_(self._replaced_cases)))
        self._lots.save(self._session)
        self._cases.save(self._session)

    def _rows_of(self, part: RowChanges, opportunity_ids: Sequence[str]) -> list[Row]:
        if not opportunity_ids:
            return []
        question = select(part.table).where(part.table.c.opportunity_id.in_(opportunity_ids))
        return [dict(row) for row in self._session.execute(question).mappings()]

    def _merged_lots(self, record: Record, stored: Mapping[str, Row]) -> dict[str, Row]:
        table = self._lots.table
        given: Mapping[str, dict[str, Any]] = record.lots if record.lots is not None else {key: {} for key in stored}
        return {
            number: content_columns(
                table, column_defaults(LotIn, table) | stored.get(number, {}) | lot | {"number": number}
            )
            for number, lot in given.items()
        }

    def _merged_case(self, record: Record, stored: Row | None) -> Row:
        table = self._cases.table
        return content_columns(table, column_defaults(TakeoverIn, table) | (stored or {}) | (record.takeover or {}))
