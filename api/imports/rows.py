"""Rows of cells → validated records and refusals. A record holds what its file speaks of: the rest stays as stored."""

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from api.catalogue.natural_keys import number_of
from api.catalogue.places.record_places import Places
from api.catalogue.row_changes import Record
from api.catalogue.schemas import ActorIn, OpportunityIn, RecordKind
from api.contacts.cells import CellContact
from api.core.french_input import actor_kind_of
from api.core.text import normalize_label, restored
from api.imports.columns import Layout
from api.imports.contact_columns import ContactColumns
from api.imports.refused_rows import RefusedRow
from api.imports.report import left_out_in_words
from api.imports.row_parser import ParsedRow, RowParser
from api.imports.row_validation import RowValidation
from api.imports.spreadsheet import Sheet

# Of a file; a column that is wrong from top to bottom needs no more.
MOST_WARNINGS = 5_000

_IDENTITY: dict[RecordKind, tuple[str, ...]] = {
    "actors": ("name", "commune_code", "commune_name", "postcode", "department"),
    "opportunities": (
        *("title", "buyer_name", "buyer_siret", "commune_code", "commune_name", "postcode", "department"),
        "published_on",
    ),
}
_TOTAL = re.compile(r"(?:sous)?tota(?:l|ux)(?:general|generaux)?|moyennes?|sommes?")


@dataclass
class Records:
    """Iterate once. Meanwhile `refused` (row → its cells and its reasons), `closed`, `warnings` and `contacts` fill up.

    contacts: of a record, by its first row. untold: warnings beyond `MOST_WARNINGS`. secret: SIRET and sources'
    identifiers of confidential rows; rows that bear one are held for `refuse`. seen: the rows of the places `shown`,
    from 0, as they are read.
    """

    sheet: Sheet
    layout: Layout
    places: Places
    secret: Set[str] = frozenset()
    shown: range = range(0)
    rows: int = 0
    closed: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    untold: int = 0
    refused: dict[int, RefusedRow] = field(default_factory=dict)
    seen: list[ParsedRow] = field(default_factory=list)
    contacts: dict[int, list[CellContact]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._parser = RowParser(self.sheet.header, self.layout, self.places)
        self._validation = RowValidation(self._parser, self.layout)
        self._contact_columns = ContactColumns(self.layout)
        self._first_row: dict[str, int] = {}
        self._held: dict[int, list[ParsedRow]] = {}
        given = self.layout.fields
        self._lot_fields = [
            name for column in self.layout.columns if (name := column.field.removeprefix("lot.")) != column.field
        ]
        self._speaks_of = given - {"naf_2025", "member_of", "state"} | ({"naf"} if "naf_2025" in given else frozenset())
        self._own = [name for name in self._speaks_of if "." not in name and name not in ("confidential", "source")]

    def __iter__(self) -> Iterator[Record]:
        actors = self.layout.kind == "actors"
        groups: dict[tuple[Any, Any], list[ParsedRow]] = {}
        for number, cells in self.sheet.rows:
            self.rows += 1
            if self.layout.comes_back:
                cells = [restored(cell) for cell in cells]
            row = self._parser.parse(number, cells)
            if self.rows - 1 in self.shown:
                self.seen.append(row)
            row.is_closed = row.own.pop("state", None) == "closed"
            if row.is_closed:
                self.closed.append(number)
                continue
            if _is_total(str(row.own.get("name" if actors else "title", ""))):
                row.refuse("ligne de total")
                self.refused[number] = row.cells, row.errors
                continue
            self._identify(row)
            if self._lot_fields and "source_id" in row.own:
                groups.setdefault((row.own.get("source"), row.own["source_id"]), []).append(row)
            elif record := self._actor(row) if actors else self._opportunity([row]):
                yield self._with_contacts(record, [row])
        for group in groups.values():
            if record := self._opportunity(group):
                yield self._with_contacts(record, group)

    def _with_contacts(self, record: Record, rows: Sequence[ParsedRow]) -> Record:
        for row in rows:
            contacts, warnings = self._contact_columns.read(row.number, row.cells)
            if contacts:
                self.contacts.setdefault(record.row, []).extend(contacts)
            row.left_out |= warnings.keys()
            self._tell(warnings.values())
        return record

    def refuse(self, number: int, reasons: Sequence[tuple[str, str]]) -> None:
        """Refuse a record that was valid, by its first row. reasons: (field, why)."""
        rows = self._held.get(number) or [ParsedRow(number, [], {}, {}, {}, [], set())]
        for field_name, why in reasons:
            column = self._parser.column_name(field_name)
            fed = column != field_name or field_name in self.layout.fields
            rows[0].refuse(why, column=column if fed else "", value=self._parser.cell_of(rows[0], field_name))
        self._refuse_together(rows)

    def _identify(self, row: ParsedRow) -> None:
        """Where no column names a row, give it the identifier that the next file will give it again."""
        if "source_id" in self.layout.fields or row.own.keys() & {"siret"} or "siret" in row.failed:
            return
        if self.layout.identity:
            parts = [row.cells[index] for index in self.layout.identity if index < len(row.cells)]
            if all(parts):
                row.own["source_id"] = "-".join(parts)
        elif "title" in row.own or "name" in row.own:
            parts = [str(row.own.get(name, "")) for name in _IDENTITY[self.layout.kind]]
            row.own["source_id"] = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

    def _actor(self, row: ParsedRow) -> Record | None:
        members = row.own.get("member_of", [])
        assumed = "kind" not in row.own and "kind" not in row.failed and "legal_category" in row.own
        if assumed:
            row.own["kind"] = actor_kind_of(row.own["legal_category"])
        actor = self._validated(ActorIn, row.own, [row])
        if actor is None:
            return None
        weak = {"kind": actor.kind} if "kind" not in self._speaks_of else {}
        record = self._record(actor, [row], weak)
        if actor.siret is None:
            record.fields.setdefault("source_id", actor.source_id)
        if "member_of" in self.layout.fields:
            record.member_of = members
        return record

    def _opportunity(self, group: list[ParsedRow]) -> Record | None:
        lots = [row for row in group if row.lot]
        whole = [row for row in group if not row.lot]
        for row in whole[1:]:
            _refuse_repeated(row, whole[0].number)
            self.refused[row.number] = row.cells, row.errors
        group = [row for row in group if row.lot or row is whole[0]]
        first = group[0]
        own_reserved = self._reserve_each(lots)
        for row in group[1:]:
            self._agree(first, row)
        by_number = self._refuse_repeated_lots(lots)
        data = first.own
        # A number given twice is already refused: the schema need not say it again.
        once = [row for row in lots if by_number.get(row.lot.get("number")) == row.number or "number" not in row.lot]
        if once:
            data["lots"] = [row.lot for row in once]
        if first.takeover:
            data["takeover"] = first.takeover
        opportunity = self._validated(OpportunityIn, data, group, once)
        if opportunity is None:
            return None
        record = self._record(opportunity, group, {})
        record.fields.setdefault("source_id", opportunity.source_id)
        if "kind" not in self._speaks_of:
            record.weak["kind"] = opportunity.kind
        if self._lot_fields:
            given = {*self._lot_fields, "title"} - {"number"} | ({"reserved"} if own_reserved else set())
            record.lots = {
                lot.number: {name: getattr(lot, name) for name in sorted(given) if f"lot.{name}" not in row.left_out}
                for row, lot in zip(once, opportunity.lots, strict=True)
            }
        if opportunity.takeover is not None:
            given = {name[9:] for name in self._speaks_of - first.left_out if name.startswith("takeover.")}
            record.takeover = {name: getattr(opportunity.takeover, name) for name in given}
        return record

    def _reserve_each(self, lots: Sequence[ParsedRow]) -> bool:
        """Where rows of one opportunity differ in whom they are reserved for, it is the lots that are."""
        reserved = [row.own.get("reserved", []) for row in lots]
        if "lot.reserved" in self.layout.fields or all(value == reserved[0] for value in reserved):
            return False
        for row, value in zip(lots, reserved, strict=True):
            row.lot["reserved"] = value
            row.own["reserved"] = []
        return True

    def _refuse_repeated_lots(self, lots: Sequence[ParsedRow]) -> dict[Any, int]:
        """Refuse the lots whose number another row bears, and return the first row of each number."""
        by_number: dict[Any, int] = {}
        for row in lots:
            number = row.lot.get("number")
            if by_number.setdefault(number, row.number) != row.number and number is not None:
                reason = f"lot en double : déjà donné à la ligne {by_number[number]}"
                self._parser.refuse_field(row, "lot.number", str(number), reason)
        return by_number

    def _agree(self, first: ParsedRow, row: ParsedRow) -> None:
        """Keep the first row's own columns, which each lot repeats; warn of a difference."""
        for name, value in row.own.items():
            if name not in first.own:
                first.left_out.discard(name)
            if first.own.setdefault(name, value) != value:
                column = self._parser.column_name(name)
                kept = f"celle de la ligne {first.number} est gardée"
                self.warnings.append(f"Ligne {row.number}, colonne « {column} » : valeur différente, {kept}.")

    def _record(self, model: ActorIn | OpportunityIn, rows: list[ParsedRow], weak: dict[str, Any]) -> Record:
        values, row = model.__dict__, rows[0]
        fields = {name: values[name] for name in self._own if name not in row.left_out}
        for name in ("commune_code", "department"):
            if values[name] is not None:
                fields[name] = values[name]
        if "naf_2025" in row.left_out and not model.naf:
            fields.pop("naf", None)
        if "naf" in fields:
            fields["naf"] = [{"code": activity.code, "nomenclature": activity.nomenclature} for activity in model.naf]
        (fields if "confidential" in self._speaks_of else weak)["confidential"] = model.is_confidential
        # A name of the whole file is that of new rows: a row that is known by its SIRET keeps where it comes from.
        (fields if row.tells_source else weak)["source"] = model.source
        if self.secret & {model.source_id, values.get("siret")}:
            self._held[row.number] = rows
        return Record(row.number, model.natural_key, fields, weak)

    def _validated(
        self, model: Any, data: dict[str, Any], rows: list[ParsedRow], lots: Sequence[ParsedRow] = ()
    ) -> Any | None:
        """Return the validated record, or refuse all its rows, each with all its reasons."""
        first = rows[0]
        result = self._validation.validated(model, data, first, lots)
        if result is not None and not any(row.errors for row in rows):
            number = number_of(result.natural_key)
            if number not in self._first_row:
                self._first_row[number] = first.number
                self._warn(rows)
                return result
            _refuse_repeated(first, self._first_row[number])
        self._refuse_together(rows)
        return None

    def _warn(self, rows: Sequence[ParsedRow]) -> None:
        self._tell([left_out_in_words(warning) for row in rows for warning in row.warnings])

    def _tell(self, warnings: Collection[str]) -> None:
        if not (told := list(warnings)):
            return
        room = max(MOST_WARNINGS - len(self.warnings), 0)
        self.warnings += told[:room]
        self.untold += len(told[room:])

    def _refuse_together(self, rows: Sequence[ParsedRow]) -> None:
        culprit = next(row.number for row in rows if row.errors)
        for row in rows:
            if not row.errors:
                row.refuse(f"une autre ligne de la même opportunité est refusée (ligne {culprit})")
            self.refused[row.number] = row.cells, list(dict.fromkeys([*row.errors, *row.warnings]))


def _is_total(name: str) -> bool:
    """Return whether a row sums up others. All such labels have « o » as their second letter."""
    start = name[:2]
    if start.isascii() and start.isalnum() and start[1:].lower() != "o":
        return False
    return _TOTAL.fullmatch(normalize_label(name)) is not None


def _refuse_repeated(row: ParsedRow, first: int) -> None:
    row.refuse(f"doublon de la ligne {first}, qui est gardée")
