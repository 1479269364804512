"""Which records of a file are on the desk already, whatever the file is called, and which numbers others bear too.

A record is known by its natural key. One that is not may still be known: by its number, where its source spoke of
another kind of thing and the file says no kind, or says the same title; or by all that it says, where another source
said the same under the same number.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from api.catalogue.lowering import Lowering, lowered_fields
from api.catalogue.natural_keys import natural_key
from api.catalogue.row_changes import Record
from api.catalogue.row_history import Author
from api.catalogue.schemas import RecordKind
from api.catalogue.upsert import KeepImages, UpsertResult, write_actors, write_opportunities
from api.core.chunks import in_chunks
from api.core.text import folded
from api.imports.known_names import give_known_sirets
from models.base import table_of
from models.tables import Actor, Opportunity


@dataclass(frozen=True)
class Collision:
    """How many new records of a file bear a number that rows of this source, and of these kinds, bear already."""

    source: str
    kinds: tuple[str, ...]
    count: int


@dataclass
class Sorted:
    """The records to write; the lines that are on the desk already; those that would publish a confidential row.

    sharing: keys of the records to write that share their number with another row. named: ids of what is on the desk
    already, by the source and the number that the file gives it: its other lines may refer to it. renamed: how many
    confidential rows get another title from lines that say no kind: the file may be of other things. by_name: lines
    of actors without SIRET that are known by their name.
    """

    records: list[Record]
    present: list[int] = field(default_factory=list)
    lowered: list[Lowering] = field(default_factory=list)
    collisions: list[Collision] = field(default_factory=list)
    sharing: list[str] = field(default_factory=list)
    named: dict[tuple[str, str], str] = field(default_factory=dict)
    renamed: int = 0
    by_name: list[int] = field(default_factory=list)


def write_records(
    session: Session,
    kind: RecordKind,
    records: Sequence[Record],
    *,
    author: Author | None,
    keep: KeepImages | None = None,
    named: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> UpsertResult:
    """Write records of a kind: see `write_actors`."""
    if kind == "actors":
        return write_actors(session, records, author=author, keep=keep, named=named)
    return write_opportunities(session, records, author=author, keep=keep)


def sort_records(session: Session, kind: RecordKind, records: Sequence[Record], *, by_file: bool) -> Sorted:
    """Tell which records are to be written. Nothing is written here.

    by_file: the source is that of the whole file, so that the same rows may be known under another file's name.
    """
    unknown = _unknown(session, kind, [record for record in records if not record.key.startswith("siret:")])
    named = give_known_sirets(session, unknown, {record.key for record in records}) if kind == "actors" else []
    unknown = [record for record in unknown if not record.key.startswith("siret:")]
    others = _with_same_number(session, kind, unknown) if unknown else {}
    if not others:
        return Sorted(list(records), by_name=named)
    outcome = Sorted([], by_name=named)
    publishing: dict[int, Lowering] = {}
    twins: dict[str, list[Record]] = defaultdict(list)
    for record in unknown:
        values = record.weak | record.fields
        # A kind that no cell says is that of the row, whatever it is.
        assumed = "kind" in record.weak
        for row in others.get(values["source_id"], ()):
            same_title = folded(row.title) == folded(_title(kind, values))
            lowered = lowered_fields(row._asdict(), values) if same_title else ()
            if row.source == values["source"]:
                if assumed:
                    record.key = record.stored_key = row.natural_key
                    outcome.renamed += row.confidential and not same_title
                elif lowered:
                    publishing[record.row] = Lowering(record.row, row.id, lowered)
                elif same_title:
                    record.stored_key = row.natural_key
                continue
            if lowered:
                publishing[record.row] = Lowering(record.row, row.id, lowered)
            own_key = natural_key(kind, values["kind"], row.source, values["source_id"])
            if by_file and (row.natural_key == own_key or (assumed and not row.natural_key.startswith("siret:"))):
                twins[row.source].append(
                    replace(record, key=row.natural_key, weak=record.weak | {"source": row.source})
                )
    present: dict[int, str] = {}
    for source in sorted(twins, key=lambda name: (-len(twins[name]), name)):
        same = [record for record in twins[source] if record.row not in present]
        unchanged = set(write_records(session, kind, same, author=None).unchanged_rows)
        present |= {record.row: record.key for record in same if record.row in unchanged}
    outcome.present = sorted(present)
    stored_ids = {row.natural_key: row.id for rows in others.values() for row in rows}
    for record in unknown:
        if record.row in present:
            values = record.weak | record.fields
            outcome.named[values["source"], values["source_id"]] = stored_ids[present[record.row]]
    outcome.lowered = [lowering for row, lowering in publishing.items() if row not in present]
    dropped = present.keys() | {lowering.row for lowering in outcome.lowered}
    outcome.records = [record for record in records if record.row not in dropped]
    new = [record for record in unknown if record.row not in dropped and not record.stored_key]
    outcome.sharing = [record.key for record in new if (record.weak | record.fields)["source_id"] in others]
    outcome.collisions = _collisions(new, others)
    return outcome


def _unknown(session: Session, kind: RecordKind, records: Sequence[Record]) -> list[Record]:
    table, known = _table(kind), set[str]()
    for chunk in in_chunks(records):
        keys = [record.key for record in chunk]
        known |= set(session.execute(select(table.c.natural_key).where(table.c.natural_key.in_(keys))).scalars())
    return [record for record in records if record.key not in known]


def _with_same_number(session: Session, kind: RecordKind, records: Sequence[Record]) -> dict[str, list[Row[Any]]]:
    """Return the stored rows that bear a source's number of these records, by number."""
    table = _table(kind)
    columns = table.c["id", "natural_key", "source", "source_id", "kind", "confidential"]
    title = table.c["name" if kind == "actors" else "title"].label("title")
    teaser = [table.c.teaser] if kind == "opportunities" else []
    rows: dict[str, list[Row[Any]]] = defaultdict(list)
    for chunk in in_chunks(records):
        numbers = [(record.weak | record.fields)["source_id"] for record in chunk]
        question = select(*columns, title, *teaser).where(table.c.source_id.in_(numbers)).order_by(table.c.id)
        for row in session.execute(question):
            rows[row.source_id].append(row)
    return dict(rows)


def _collisions(records: Iterable[Record], others: dict[str, list[Row[Any]]]) -> list[Collision]:
    counts: Counter[str] = Counter()
    kinds: dict[str, set[str]] = defaultdict(set)
    for record in records:
        rows = others.get((record.weak | record.fields)["source_id"], ())
        counts.update({row.source for row in rows})
        for row in rows:
            kinds[row.source].add(row.kind)
    return [Collision(source, tuple(sorted(kinds[source])), count) for source, count in counts.most_common()]


def _table(kind: RecordKind) -> Any:
    return table_of(Actor if kind == "actors" else Opportunity)


def _title(kind: RecordKind, values: dict[str, Any]) -> str:
    return str(values.get("name" if kind == "actors" else "title", ""))
