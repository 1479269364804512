"""Records written by natural key: created, changed or unchanged."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlmodel import Session, SQLModel

from api.catalogue.schemas import ActorIn, LotIn, OpportunityIn, RecordKind, TakeoverIn
from api.core import official_codes
from models.base import identifier, utc_now
from models.tables import Actor, Lot, Membership, Opportunity, Suggestion, TakeoverCase

# Rows read, compared and written at a time.
CHUNK = 2_000

_META = frozenset({"id", "natural_key", "content_hash", "created_at", "updated_at", "opportunity_id"})

# One writing of a content, whatever the order of its keys.
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))

Row = dict[str, Any]

# Given to the schemas as they are: they would copy their own empty list each time, at ten times the price.
EMPTY_LISTS: dict[type[Any], dict[str, Any]] = {
    model: {name: [] for name, one in model.model_fields.items() if one.default == []}
    for model in (ActorIn, OpportunityIn)
}


class Refusal(NamedTuple):
    """Why a row is refused: its number, the column as the file names it (empty: the row), the cell, the reason."""

    row: int
    column: str
    value: str
    reason: str


@dataclass
class Report:
    """What an import did. Counts are of records, `rows`, `refused` and `closed` of rows; texts are in French."""

    path: Path
    kind: RecordKind
    dry_run: bool = False
    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    closed: int = 0
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[Refusal] = field(default_factory=list)
    refused_path: Path | None = None


@dataclass(slots=True)
class Record:
    """A valid actor or opportunity. `weak` holds what is only assumed: it fills a new record, never changes an old one.

    `lots` (number → fields) and `takeover` are None where the file does not speak of them, as is `member_of`.
    """

    row: int
    key: str
    fields: dict[str, Any]
    weak: dict[str, Any]
    member_of: list[str] | None = None
    lots: dict[str, dict[str, Any]] | None = None
    takeover: dict[str, Any] | None = None


def write_actors(session: Session, records: Sequence[Record], report: Report) -> None:
    """Upsert actors, then their memberships; `report` is told what was created, changed, unchanged, or not found."""
    carriers = _carriers(session, records, report)
    now, table = utc_now(), _table(Actor)
    defaults = _defaults(ActorIn, table)
    memberships: dict[str, list[str]] = {}
    for chunk in _chunks(records):
        stored = _by_key(session, table, chunk)
        carried: dict[str, list[str]] = {}
        asked = select(Membership.member_id, Membership.carrier_id)  # type: ignore[call-overload]
        ids = [row["id"] for row in stored.values()]
        for member, carrier in session.execute(asked.where(_table(Membership).c.member_id.in_(ids))):
            carried.setdefault(member, []).append(carrier)
        created: list[Row] = []
        changed: list[Row] = []
        for record in chunk:
            old = stored.get(record.key)
            values = _merged(record, old, defaults)
            actor_id = old["id"] if old else identifier("actors", record.key)
            own = carried.get(actor_id, []) if record.member_of is None else carriers[record.row]
            digest = _digest(values, sorted(own))
            if old and old["content_hash"] == digest:
                report.unchanged += 1
                continue
            _sort_out(values, old, actor_id, record.key, digest, now, created, changed)
            if record.member_of is not None:
                memberships[actor_id] = own
        _save(session, table, created, changed)
        report.created += len(created)
        report.changed += len(changed)
    for members in _chunks(list(memberships)):
        session.execute(delete(Membership).where(_table(Membership).c.member_id.in_(members)))
    links = [{"carrier_id": one, "member_id": member} for member, own in memberships.items() for one in own]
    if links:
        session.execute(insert(Membership), links)


def _carriers(session: Session, records: Sequence[Record], report: Report) -> dict[int, list[str]]:
    """Return, by row, the ids of the actors that a row says carry it; who is not found is told, and left out."""
    wanted = [record for record in records if record.member_of is not None]
    references = {reference for record in wanted for reference in record.member_of or ()}
    if not references:
        return {record.row: [] for record in wanted}
    sirets = {reference: siret for reference in references if (siret := _siret(reference))}
    table, known = _table(Actor), dict[tuple[str, str | None], str]()
    columns = table.c["id", "source", "source_id", "siret"]
    for names in _chunks(sorted(references)):
        here = [sirets[name] for name in names if name in sirets]
        for row in session.execute(select(*columns).where(table.c.source_id.in_(names) | table.c.siret.in_(here))):
            known |= {(row.source, row.source_id): row.id, ("", row.siret): row.id}
    stored_keys = {f"siret:{siret}": ident for (mark, siret), ident in known.items() if not mark}
    for record in records:
        fields = record.weak | record.fields
        ident = stored_keys.get(record.key) or identifier("actors", record.key)
        if fields.get("source_id"):
            known[fields.get("source", "saisie"), fields["source_id"]] = ident
        if fields.get("siret"):
            known["", fields["siret"]] = ident
    found: dict[int, list[str]] = {}
    for record in wanted:
        source, own = (record.weak | record.fields).get("source", "saisie"), found.setdefault(record.row, [])
        for reference in record.member_of or ():
            carrier = known.get((source, reference)) or known.get(("", sirets.get(reference, reference)))
            if carrier is None or carrier == identifier("actors", record.key):
                what = "introuvable" if carrier is None else "désigne l’acteur lui-même"
                report.warnings.append(
                    f"Ligne {record.row} : membre de « {reference} », {what} ; l’acteur est gardé, sans ce lien."
                )
            elif carrier not in own:
                own.append(carrier)
    return found


def write_opportunities(session: Session, records: Sequence[Record], report: Report) -> None:
    """Upsert opportunities with their lots and takeover cases; `report` is told, as above."""
    now, table, lot_table, case_table = utc_now(), _table(Opportunity), _table(Lot), _table(TakeoverCase)
    defaults, lot_defaults, case_defaults = (
        _defaults(OpportunityIn, table), _defaults(LotIn, lot_table), _defaults(TakeoverIn, case_table),
    )  # fmt: skip
    for chunk in _chunks(records):
        stored = _by_key(session, table, chunk)
        ids = [row["id"] for row in stored.values()]
        lots: dict[str, dict[str, Row]] = {}
        for row in session.execute(select(lot_table).where(lot_table.c.opportunity_id.in_(ids))).mappings():
            lots.setdefault(row["opportunity_id"], {})[row["number"]] = dict(row)
        cases = {
            row["opportunity_id"]: dict(row)
            for row in session.execute(select(case_table).where(case_table.c.opportunity_id.in_(ids))).mappings()
        }
        created: list[Row] = []
        changed: list[Row] = []
        new_lots: list[Row] = []
        changed_lots: list[Row] = []
        new_cases: list[Row] = []
        gone_lots: list[str] = []
        gone_cases: list[str] = []
        for record in chunk:
            old = stored.get(record.key)
            values = _merged(record, old, defaults)
            own_id = old["id"] if old else identifier("opportunities", record.key)
            takeover = values["kind"] == "takeover"
            old_lots, old_case = lots.get(own_id, {}), cases.get(own_id)
            given_lots: Mapping[str, Row] = record.lots if record.lots is not None else {key: {} for key in old_lots}
            if takeover:
                given_lots = {}
            parts = {
                number: _content(lot_table, lot_defaults | old_lots.get(number, {}) | given | {"number": number})
                for number, given in given_lots.items()
            }
            case = case_defaults | (old_case or {}) | (record.takeover or {}) if takeover else None
            case = case and _content(case_table, case)
            digest = _digest(values, parts, case)
            if old and old["content_hash"] == digest:
                report.unchanged += 1
                continue
            _sort_out(values, old, own_id, record.key, digest, now, created, changed)
            for number, part in parts.items():
                lot_id = old_lots[number]["id"] if number in old_lots else identifier("lots", own_id, number)
                whole = part | {"id": lot_id, "opportunity_id": own_id}
                (changed_lots if number in old_lots else new_lots).append(whole)
            gone_lots += [lot["id"] for number, lot in old_lots.items() if number not in parts]
            if old_case:
                gone_cases.append(own_id)
            if case is not None:
                new_cases.append(case | {"opportunity_id": own_id})
        _save(session, table, created, changed)
        if gone_lots:
            # Their suggestions stay, as history; only the link goes.
            links = _table(Suggestion)
            session.execute(update(links).where(links.c.lot_id.in_(gone_lots)).values(lot_id=None))
            session.execute(delete(lot_table).where(lot_table.c.id.in_(gone_lots)))
        if gone_cases:
            session.execute(delete(case_table).where(case_table.c.opportunity_id.in_(gone_cases)))
        _save(session, lot_table, new_lots, changed_lots)
        _save(session, case_table, new_cases, [])
        report.created += len(created)
        report.changed += len(changed)


def _by_key(session: Session, table: Table, records: Sequence[Record]) -> dict[str, Row]:
    """Return the stored rows of these records, by natural key."""
    keys = [record.key for record in records]
    found = session.execute(select(table).where(table.c.natural_key.in_(keys)))
    names = list(found.keys())
    rows = (dict(zip(names, row, strict=True)) for row in found)
    return {row["natural_key"]: row for row in rows}


def _merged(record: Record, old: Row | None, defaults: Row) -> Row:
    """Return the record's own columns as they shall be: what the file says, over what is stored or assumed."""
    merged = {name: old[name] for name in defaults} if old else defaults | record.weak
    merged |= record.fields
    if old and old["kind"] != merged["kind"] and "confidential" in record.weak:
        # It became another thing (a market, a takeover case): the caution of its new kind holds.
        merged["confidential"] = record.weak["confidential"]
    return merged


def _sort_out(
    values: Row,
    old: Row | None,
    ident: str,
    key: str,
    digest: str,
    now: datetime,
    created: list[Row],
    changed: list[Row],
) -> None:
    whole = values | {"id": ident, "natural_key": key, "content_hash": digest, "updated_at": now}
    if old:
        changed.append(whole)
    else:
        created.append(whole | {"created_at": now})


def _save(session: Session, table: Table, created: list[Row], changed: list[Row]) -> None:
    connection = session.connection()
    if created:
        connection.execute(insert(table), created)
    if changed:
        names = [name for name in changed[0] if name not in ("id", "natural_key")]
        statement = update(table).where(table.c.id == bindparam("_id"))
        statement = statement.values({name: bindparam(f"_{name}") for name in names})
        connection.execute(statement, [{f"_{name}": row[name] for name in ("id", *names)} for row in changed])


def _digest(*content: Any) -> str:
    return hashlib.sha256(_CANONICAL.encode(content).encode()).hexdigest()


def _defaults(schema: type[Any], table: Table) -> Row:
    """Return what a new row holds where its file says nothing."""
    names = {column.name for column in table.columns} - _META
    found = {}
    for name in sorted(names):
        default = schema.model_fields[name].get_default(call_default_factory=True, validated_data={})
        found[name] = None if schema.model_fields[name].is_required() else getattr(default, "value", default)
    return found


def _content(table: Table, row: Row) -> Row:
    return {column.name: row[column.name] for column in table.columns if column.name not in _META}


def _siret(text: str) -> str | None:
    try:
        return official_codes.siret(text)
    except ValueError:
        return None


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
