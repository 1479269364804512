"""Records written by natural key: each is created, changed, left unchanged, or refused as a lowering."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import delete, select, update
from sqlmodel import Session

from api.catalogue.lowering import TEASER, Lowering, lowered_fields
from api.catalogue.memberships import MissingCarrier, find_carriers, replace_carriers, stored_carriers
from api.catalogue.natural_keys import birth_ids
from api.catalogue.row_changes import (
    Record,
    Row,
    RowChanges,
    column_defaults,
    content_columns,
    content_digest,
    rows_by_key,
)
from api.catalogue.row_history import LOTS, MEMBER_OF, NATURAL_KEY, TAKEOVER, Author, RowDifference, keep_edits
from api.catalogue.schemas import ActorIn, LotIn, OpportunityIn, TakeoverIn
from api.core.chunks import in_chunks
from models.base import identifier, table_of, utc_now
from models.tables import Actor, Lot, Opportunity, Suggestion, TakeoverCase


@dataclass(frozen=True, slots=True)
class RowImage:
    """A row before it is written: its columns and parts (JSON values and dates), None where it is new.

    hash_after: the hash of the content that is written.
    """

    row_id: str
    before: Mapping[str, Any] | None
    hash_after: str


# Called with the images of a chunk of rows, before they are written.
KeepImages: TypeAlias = Callable[[Sequence[RowImage]], object]


@dataclass
class UpsertResult:
    """What was written: ids of the rows created (natural key → id) and changed, and the lines that changed nothing.

    missing_carriers: memberships that could not be written. lowered: records that were not written.
    """

    created: dict[str, str] = field(default_factory=dict)
    changed_ids: list[str] = field(default_factory=list)
    unchanged_rows: list[int] = field(default_factory=list)
    missing_carriers: list[MissingCarrier] = field(default_factory=list)
    lowered: list[Lowering] = field(default_factory=list)

    @property
    def created_ids(self) -> list[str]:
        return list(self.created.values())

    @property
    def unchanged(self) -> int:
        return len(self.unchanged_rows)

    def count(self, changes: RowChanges) -> None:
        self.created |= {row["natural_key"]: row["id"] for row in changes.created}
        self.changed_ids += [row["id"] for row in changes.changed]


def write_actors(
    session: Session,
    records: Sequence[Record],
    *,
    author: Author | None,
    released: Set[str] = frozenset(),
    keep: KeepImages | None = None,
    named: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> UpsertResult:
    """Create or change actors, then replace the memberships of those whose record speaks of them.

    author: who writes, for the history of each row; None decides all that and writes nothing. released: ids of the rows
    whose confidentiality a person lowers by this very act; of all others, a record that would lower it is not written.
    keep: is given what the rows were. named: ids of stored actors that records may refer to under another source, by
    (source, identifier).
    """
    carriers, missing = find_carriers(session, records, named)
    result, table = UpsertResult(missing_carriers=missing), table_of(Actor)
    now = author.at if author else utc_now()
    defaults = column_defaults(ActorIn, table)
    memberships: dict[str, list[str]] = {}
    for chunk in in_chunks(records):
        stored = rows_by_key(session, table, [record.known_as for record in chunk])
        births = birth_ids(session, table, [record.key for record in chunk if record.known_as not in stored])
        carried = stored_carriers(session, [row["id"] for row in stored.values()])
        changes, images, differences = RowChanges(table), list[RowImage](), list[RowDifference]()
        for record in chunk:
            old = stored.get(record.known_as)
            values = record.over(old, defaults)
            actor_id = old["id"] if old else births[record.key]
            if old and actor_id not in released and (lowered := lowered_fields(old, values)):
                result.lowered.append(Lowering(record.row, actor_id, lowered))
                continue
            own = carried.get(actor_id, []) if record.member_of is None else carriers[record.row]
            digest = content_digest(values, sorted(own))
            if old and old["content_hash"] == digest and old["natural_key"] == record.key:
                result.unchanged_rows.append(record.row)
                continue
            changes.add(values, old, actor_id, record.key, digest, now)
            if record.member_of is not None:
                memberships[actor_id] = own
            if keep:
                before = {"row": old, "carriers": carried.get(actor_id, [])} if old else None
                images.append(RowImage(actor_id, before, digest))
            if old:
                former = old | {MEMBER_OF: sorted(carried.get(actor_id, []))}
                whole = values | {MEMBER_OF: sorted(own), NATURAL_KEY: record.key}
                differences.append(RowDifference(actor_id, former, whole, digest))
            else:
                differences.append(RowDifference(actor_id, None, values, digest))
        if author:
            if keep:
                keep(images)
            changes.save(session)
            keep_edits(session, "actors", differences, author)
        result.count(changes)
    if author:
        replace_carriers(session, memberships)
    return result


def write_opportunities(
    session: Session,
    records: Sequence[Record],
    *,
    author: Author | None,
    released: Set[str] = frozenset(),
    announced: Set[str] = frozenset(),
    keep: KeepImages | None = None,
) -> UpsertResult:
    """Create or change opportunities with their lots and takeover cases.

    announced: ids of the rows whose teaser a person writes by this very act. author, released, keep: as above.
    """
    result, now = UpsertResult(), author.at if author else utc_now()
    for chunk in in_chunks(records):
        batch = _OpportunityBatch(session, chunk, released, announced)
        for record in chunk:
            batch.add(record, now)
        if author:
            images = batch.images()
            if keep:
                keep(images)
            batch.save()
            keep_edits(session, "opportunities", batch.differences(images), author)
        result.count(batch.opportunities)
        result.unchanged_rows += batch.unchanged_rows
        result.lowered += batch.lowered
    return result


class _OpportunityBatch:
    """Opportunities beside their stored rows: `add` each, then `save` once."""

    def __init__(self, session: Session, records: Sequence[Record], released: Set[str], announced: Set[str]) -> None:
        self._session, self._released, self._announced = session, released, announced
        self.unchanged_rows: list[int] = []
        self.lowered: list[Lowering] = []
        self.opportunities = RowChanges(table_of(Opportunity))
        self._lots, self._cases = RowChanges(table_of(Lot)), RowChanges(table_of(TakeoverCase))
        self._written: dict[str, Row] = {}
        self._gone_lots: list[str] = []
        self._replaced_cases: list[str] = []
        table = self.opportunities.table
        self._stored = rows_by_key(session, table, [record.known_as for record in records])
        self._births = birth_ids(session, table, [row.key for row in records if row.known_as not in self._stored])
        ids = [row["id"] for row in self._stored.values()]
        self._stored_lots: dict[str, dict[str, Row]] = {}
        for row in self._rows_of(self._lots, ids):
            self._stored_lots.setdefault(row["opportunity_id"], {})[row["number"]] = row
        self._stored_cases = {row["opportunity_id"]: row for row in self._rows_of(self._cases, ids)}

    def add(self, record: Record, now: datetime) -> None:
        table = self.opportunities.table
        old = self._stored.get(record.known_as)
        values = record.over(old, column_defaults(OpportunityIn, table))
        own_id = old["id"] if old else self._births[record.key]
        if old and (lowered := self._lowered(old, values)):
            self.lowered.append(Lowering(record.row, own_id, lowered))
            return
        old_lots, old_case = self._stored_lots.get(own_id, {}), self._stored_cases.get(own_id)
        takeover = values["kind"] == "takeover"
        lots = {} if takeover else self._merged_lots(record, old_lots)
        case = self._merged_case(record, old_case) if takeover else None
        digest = content_digest(values, lots, case)
        if old and old["content_hash"] == digest and old["natural_key"] == record.key:
            self.unchanged_rows.append(record.row)
            return
        self.opportunities.add(values, old, own_id, record.key, digest, now)
        self._written[own_id] = values | {LOTS: _in_order(lots), TAKEOVER: case, NATURAL_KEY: record.key}
        for number, lot in lots.items():
            lot_id = old_lots[number]["id"] if number in old_lots else identifier("lots", own_id, number)
            written = self._lots.changed if number in old_lots else self._lots.created
            written.append(lot | {"id": lot_id, "opportunity_id": own_id})
        self._gone_lots += [lot["id"] for number, lot in old_lots.items() if number not in lots]
        if old_case:
            self._replaced_cases.append(own_id)
        if case is not None:
            self._cases.created.append(case | {"opportunity_id": own_id})

    def _lowered(self, old: Row, values: Row) -> tuple[str, ...]:
        if old["id"] in self._released:
            return ()
        return tuple(name for name in lowered_fields(old, values) if name != TEASER or old["id"] not in self._announced)

    def images(self) -> list[RowImage]:
        """Return what the rows to be written are now, with the links of suggestions to lots that go."""
        stored = {row["id"]: row for row in self._stored.values()}
        links: dict[str, dict[str, str]] = {}
        if self._gone_lots:
            table = table_of(Suggestion)
            question = select(table.c.opportunity_id, table.c.id, table.c.lot_id)
            for whole, suggestion, lot in self._session.execute(question.where(table.c.lot_id.in_(self._gone_lots))):
                links.setdefault(whole, {})[suggestion] = lot
        return [
            RowImage(
                row["id"],
                {
                    "row": stored[row["id"]],
                    "lots": list(self._stored_lots.get(row["id"], {}).values()),
                    "case": self._stored_cases.get(row["id"]),
                    "lot_links": links.get(row["id"], {}),
                }
                if row["id"] in stored
                else None,
                row["content_hash"],
            )
            for row in (*self.opportunities.created, *self.opportunities.changed)
        ]

    def differences(self, images: Sequence[RowImage]) -> list[RowDifference]:
        """Return what is written beside what the images of the rows hold."""
        return [self._difference(image) for image in images]

    def _difference(self, image: RowImage) -> RowDifference:
        former: Row | None = None
        links: Mapping[str, str] = {}
        if image.before:
            lots = {lot["number"]: content_columns(self._lots.table, lot) for lot in image.before["lots"]}
            case = image.before["case"] and content_columns(self._cases.table, image.before["case"])
            former = image.before["row"] | {LOTS: _in_order(lots), TAKEOVER: case}
            links = image.before["lot_links"]
        return RowDifference(image.row_id, former, self._written[image.row_id], image.hash_after, links)

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


def _in_order(lots: Mapping[str, Row]) -> list[Row]:
    return [lots[number] for number in sorted(lots)]
