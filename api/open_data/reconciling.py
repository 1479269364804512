"""What the records of a page tell, told to the desk's rows in their order, then written at once.

A source may speak of one thing under several ids (a notice, and those that rectify it): it is kept under the first.
What is over stays so, unless it is published anew on a later day. What is older than what was told last is left.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, SQLModel

from api.catalogue.places.locating import Places
from api.catalogue.schemas import RecordKind
from api.catalogue.upsert import write_actors, write_opportunities
from api.open_data import queries
from api.open_data.merging import Fields, Said, flat, merged, plain, record_of, said_of
from api.open_data.sources.parts import ActorFound, Closed, CommuneFound, Found, OpportunityFound, Reference
from models.base import identifier, table_of
from models.open_data import ContractWon, Provenance, SourceName
from models.places import Commune

STATUS_OF = {"cancelled": "cancelled", "awarded": "closed", "sold": "closed"}


@dataclass(frozen=True)
class Prepared:
    """A found thing, the record that told it, the id by which it is kept, and what it says, where it is a row.

    again: the record was read before, and has changed.
    """

    found: Found
    reference: str
    source_id: str
    again: bool = False
    said: Said | None = None


@dataclass
class Origin:
    """What is known of where a row comes from: the columns of models.open_data.Provenance."""

    kind: str
    reference: str
    row_id: str | None = None
    said: Fields = field(default_factory=dict)
    as_of: date | None = None
    closed_on: date | None = None
    closed_as: str | None = None


@dataclass
class _Row:
    """A row while a page speaks of it. stored: its columns, None where it is new; written: what changes."""

    stored: Fields | None
    kind: RecordKind
    weak: Fields
    written: Fields = field(default_factory=dict)


class Book:
    """Use it for one page: `look_up`, `prepare` each, `load`, `tell` each, `write`."""

    def __init__(self, session: Session, source: str, places: Places, now: datetime) -> None:
        self._session, self._source, self._places, self._now = session, source, places, now
        self._names: dict[str, str] = {}
        self._new_names: dict[str, str] = {}
        self._provenances: dict[str, Origin] = {}
        self._told: dict[str, Origin] = {}
        self._known: set[str] = set()
        self._rows: dict[str, _Row] = {}
        self._contracts: dict[str, dict[str, Any]] = {}
        self._counts: Counter[str] = Counter()

    def look_up(self, found: Iterable[Found]) -> None:
        """Read what is known under the ids that these things bear."""
        names = {name for one in found if not isinstance(one, Reference | CommuneFound) for name in _names(one)}
        self._names = queries.other_names(self._session, self._source, names)
        known = names | set(self._names.values())
        rows = queries.provenances(self._session, self._source, known)
        self._known = {row.source_id for row in rows}
        self._provenances = {row.source_id: Origin(*tuple(row)[1:]) for row in rows}

    def prepare(self, found: Found, reference: str, *, again: bool = False) -> Prepared:
        """Return a thing as it may be told. Raises BadRecord where a rule of ours is broken."""
        if isinstance(found, Reference | CommuneFound):
            return Prepared(found, reference, found.source_id)
        names = _names(found)
        source_id = next((name for name in names if name in self._provenances), None)
        source_id = source_id or next((self._names[name] for name in names if name in self._names), names[0])
        said = None
        if not isinstance(found, Closed):
            said = said_of(found, source_id, self._places, reference)
        for name in names:
            if name != source_id and name not in self._names:
                self._names[name] = self._new_names[name] = source_id
        if source_id not in self._provenances:
            kind = "actors" if isinstance(found, ActorFound) else "opportunities"
            self._provenances[source_id] = Origin(kind, reference)
        return Prepared(found, reference, source_id, again, said)

    def load(self, prepared: Sequence[Prepared]) -> None:
        """Read the rows of which these things speak."""
        actors = {one.said.key for one in prepared if one.said and isinstance(one.found, ActorFound)}
        openings = {f"{self._source}:{one.source_id}" for one in prepared if not isinstance(one.found, ActorFound)}
        stored: dict[str, tuple[RecordKind, Fields]] = {
            key: ("actors", row) for key, row in queries.actors_by_key(self._session, actors).items()
        }
        for key, row in queries.opportunities_by_key(self._session, openings).items():
            stored[key] = "opportunities", flat(row)
        self._rows = {key: _Row(row, kind, {}) for key, (kind, row) in stored.items()}

    def tell(self, one: Prepared) -> None:
        """Tell one thing to its row."""
        if isinstance(one.found, Reference):
            content = asdict(one.found) | {"reference": one.reference}
            self._contracts[one.source_id] = content
            return
        if isinstance(one.found, CommuneFound):
            self._session.merge(Commune(**one.found.row))
            self._counts["communes"] += 1
            return
        provenance = self._told[one.source_id] = self._provenances[one.source_id]
        if isinstance(one.found, Closed):
            self._close(one, one.found, provenance)
        elif one.said:
            self._say(one, one.said, provenance)

    def _say(self, one: Prepared, said: Said, provenance: Origin) -> None:
        as_of: date | None = said.fields.get("published_on")
        older = as_of and provenance.as_of and as_of < provenance.as_of
        # What rectified a record has the last word on what it told, whatever becomes of that record afterwards.
        if provenance.row_id and (older or (one.again and provenance.reference != one.reference)):
            self._counts["outdated"] += 1
            return
        fields = dict(said.fields)
        if provenance.closed_as and provenance.closed_on:
            if as_of and as_of > provenance.closed_on:
                provenance.closed_on = provenance.closed_as = None
                fields.setdefault("status", "open")
            else:
                fields["status"] = provenance.closed_as
        row = self._rows.get(said.key)
        if row is None:
            kind: RecordKind = "actors" if isinstance(one.found, ActorFound) else "opportunities"
            row = self._rows[said.key] = _Row(None, kind, said.weak)
            stored = row.written or None
        else:
            stored = (row.stored or {}) | row.written
        written, kept = merged(stored, provenance.said, fields)
        row.written |= written
        self._counts["kept"] += len(kept)
        self._note(provenance, one.reference, fields)
        provenance.as_of = as_of or provenance.as_of
        provenance.row_id = row.stored["id"] if row.stored else identifier(row.kind, said.key)

    def _close(self, one: Prepared, found: Closed, provenance: Origin) -> None:
        if provenance.as_of and found.on < provenance.as_of:
            # It was published anew since.
            self._counts["outdated"] += 1
            return
        provenance.closed_on, provenance.closed_as = found.on, STATUS_OF[found.reason]
        row = self._rows.get(f"{self._source}:{one.source_id}")
        if row is None:
            # Its end is known before itself.
            provenance.reference = one.reference
            return
        ending = {"status": provenance.closed_as}
        before = {"status": "open"} | provenance.said
        written, kept = merged({"status": "open"} | (row.stored or {}) | row.written, before, ending)
        row.written |= written
        self._counts["closed"] += len(written)
        self._counts["kept"] += len(kept)
        self._note(provenance, one.reference, ending)

    def _note(self, provenance: Origin, reference: str, fields: Fields) -> None:
        provenance.reference = reference
        provenance.said = provenance.said | {name: plain(value) for name, value in fields.items()}

    def write(self) -> Counter[str]:
        """Write all that was told, and return what it did: a name → how many."""
        for kind, write in (("actors", write_actors), ("opportunities", write_opportunities)):
            chosen = {key: row for key, row in self._rows.items() if row.kind == kind and row.written}
            result = write(self._session, [record_of(key, row.written, row.weak) for key, row in chosen.items()])
            self._counts["created"] += len(result.created_ids)
            self._counts["changed"] += len(result.changed_ids)
        if self._told:
            rows = [{"source_id": one, **vars(of)} for one, of in self._told.items()]
            self._replace(Provenance, rows, self._known)
        if self._new_names:
            self._session.execute(
                insert(table_of(SourceName)),
                [{"source": self._source, "name": one, "source_id": of} for one, of in self._new_names.items()],
            )
        if self._contracts:
            self._replace(ContractWon, list(self._contracts.values()), self._contracts)
            self._counts["references"] += len(self._contracts)
        return self._counts

    def _replace(self, model: type[SQLModel], rows: Sequence[Fields], known: Iterable[str]) -> None:
        table, former = table_of(model), [row["source_id"] for row in rows if row["source_id"] in known]
        if former:
            chosen = table.c.source_id.in_(former)
            self._session.execute(delete(table).where(table.c.source == self._source, chosen))
        own = {"source": self._source, "said_at": self._now}
        self._session.execute(insert(table), [row | own for row in rows])


def _names(found: ActorFound | OpportunityFound | Closed) -> tuple[str, ...]:
    return (found.source_id, *getattr(found, "aliases", ()))
