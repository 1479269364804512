"""Rows of cells → validated records and refusals. A record holds what its file speaks of: the rest stays as stored."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from api.catalogue.places.locating import Places
from api.catalogue.schemas import ActorIn, OpportunityIn
from api.catalogue.upsert import EMPTY_LISTS, Record, Refusal
from api.catalogue.validation_messages import in_french
from api.core.french_input import actor_kind_of
from api.imports.columns import Column, Layout
from api.imports.spreadsheet import Sheet

# A column's parsed values are remembered up to this many; beyond, they are all different and memory is not the place.
_REMEMBERED = 10_000
# The schemas' rules over several fields read these: where one is already refused, the rules cannot be asked.
_RULED = frozenset({"siret", "source_id", "kind", "lat", "lon", "lots", "takeover"})
_PLACEHOLDERS: dict[type[Any], dict[str, Any]] = {ActorIn: {"name": "x"}, OpportunityIn: {"title": "x"}}
_IDENTITY = ("title", "buyer_name", "buyer_siret", "commune_code", "commune_name", "postcode", "department")


@dataclass(slots=True)
class _Row:
    number: int
    cells: list[str]
    own: dict[str, Any]
    lot: dict[str, Any]
    takeover: dict[str, Any]
    errors: list[Refusal]
    failed: set[str]


@dataclass
class Records:
    """Iterate once. Meanwhile `refused` (row → its cells and its reasons), `closed` and `warnings` fill up."""

    sheet: Sheet
    layout: Layout
    places: Places
    rows: int = 0
    closed: list[int] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refused: dict[int, tuple[list[str], list[Refusal]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._first_row: dict[str, int] = {}
        self._known: dict[int, dict[str, tuple[Any, str | None]]] = {c.index: {} for c in self.layout.columns}
        self._names: dict[str, str] = {}
        self._slots = [(*_slot(column.field), column) for column in self.layout.columns]
        given, constants = self.layout.fields, self.layout.constants
        self._constants = {name: value for name, value in constants.items() if "." not in name}
        self._takeover_constants = {name[9:]: value for name, value in constants.items() if "." in name}
        self._has_lots = any(name.startswith("lot.") for name in given)
        self._speaks_of = given - {"naf_2025", "member_of", "state"} | ({"naf"} if "naf_2025" in given else frozenset())
        self._own = [name for name in self._speaks_of if "." not in name and name != "confidential"]

    def __iter__(self) -> Iterator[Record]:
        actors = self.layout.kind == "actors"
        groups: dict[tuple[Any, Any], list[_Row]] = {}
        for number, cells in self.sheet.rows:
            self.rows += 1
            row = self._parse(number, cells)
            if row.own.pop("state", None) == "closed":
                self.closed.append(number)
                continue
            if not actors:
                self._identify(row)
            if self._has_lots and "source_id" in row.own:
                groups.setdefault((row.own.get("source"), row.own["source_id"]), []).append(row)
            elif record := self._actor(row) if actors else self._opportunity([row]):
                yield record
        for group in groups.values():
            if record := self._opportunity(group):
                yield record

    def _parse(self, number: int, cells: list[str]) -> _Row:
        """Turn one row's cells into fields; what cannot be read is noted, and the rest goes on."""
        row = _Row(number, cells, dict(self._constants), {}, dict(self._takeover_constants), [], set())
        if len(cells) > len(self.sheet.header) and any(cells[len(self.sheet.header) :]):
            reason = f"{len(cells)} cellules pour {len(self.sheet.header)} colonnes : un séparateur est de trop"
            row.errors.append(Refusal(number, "", "", reason))
        parts = {"": row.own, "lot": row.lot, "takeover": row.takeover}
        for part, name, column in self._slots:
            # Excel leaves out the delimiters of a row's last empty cells.
            cell = cells[column.index] if column.index < len(cells) else ""
            if not cell:
                continue
            value, unread = self._read(column, cell)
            if unread is None:
                parts[part][name] = value
            else:
                row.errors.append(Refusal(number, column.name, cell, unread))
                row.failed.add(column.field)
        newer = row.own.pop("naf_2025", None)
        if newer:
            row.own["naf"] = [*row.own.get("naf", ()), *newer]
        self._locate(row)
        return row

    def _read(self, column: Column, cell: str) -> tuple[Any, str | None]:
        known = self._known[column.index]
        found = known.get(cell)
        if found is None:
            try:
                found = column.parse(cell), None
            except ValueError as error:
                found = None, str(error)
            if column.remembers and len(known) < _REMEMBERED:
                known[cell] = found
        return found

    def _locate(self, row: _Row) -> None:
        own = row.own
        asked = (own.get("commune_code"), own.get("commune_name"), own.get("postcode"), own.get("department"))
        if any(asked):
            located = self.places.locate(*asked)
            for name, reason in located.errors:
                # A code that is no code is refused by the schema, in the same words.
                self._refuse_field(row, name, str(own.pop(name)), reason)
            for name, found in (("commune_code", located.commune_code), ("department", located.department)):
                if found and name not in row.failed:
                    own[name] = found
        if "area_communes" in own:
            current = []
            for code in own.pop("area_communes"):
                try:
                    current.append(self.places.commune(code))
                except ValueError as error:
                    self._refuse_field(row, "area_communes", code, str(error))
            own["area_communes"] = current

    def _refuse_field(self, row: _Row, name: str, value: str, reason: str) -> None:
        row.errors.append(Refusal(row.number, self._name_of(name), value, reason))
        row.failed.add(name)

    def _name_of(self, name: str) -> str:
        if name not in self._names:
            self._names[name] = self.layout.name_of(name)
        return self._names[name]

    def _identify(self, row: _Row) -> None:
        """Where no column names an opportunity, give it the identifier that the next file will give it again."""
        if "source_id" in self.layout.fields:
            return
        if self.layout.identity:
            parts = [row.cells[index] for index in self.layout.identity if index < len(row.cells)]
            if all(parts):
                row.own["source_id"] = "-".join(parts)
        elif "title" in row.own:
            parts = [str(row.own.get(name, "")) for name in (*_IDENTITY, "published_on")]
            row.own["source_id"] = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

    def _actor(self, row: _Row) -> Record | None:
        members = row.own.get("member_of", [])
        assumed = "kind" not in row.own and "kind" not in row.failed and "legal_category" in row.own
        if assumed:
            row.own["kind"] = actor_kind_of(row.own["legal_category"])
        actor = self._validated(ActorIn, row.own, [row])
        if actor is None:
            return None
        weak = {"kind": actor.kind} if "kind" not in self._speaks_of else {}
        if "source_id" not in self._speaks_of:
            # The pair names where an actor comes from: half of it must not change alone.
            weak["source"] = actor.source
        record = self._record(actor, row, weak)
        if "member_of" in self.layout.fields:
            record.member_of = members
        return record

    def _opportunity(self, group: list[_Row]) -> Record | None:
        lots = [row for row in group if row.lot]
        whole = [row for row in group if not row.lot]
        for row in whole[1:]:
            self._repeats(row, whole[0].number)
            self.refused[row.number] = row.cells, row.errors
        group = [row for row in group if row.lot or row is whole[0]]
        first = group[0]
        for row in group[1:]:
            self._agree(first, row)
        by_number: dict[Any, int] = {}
        for row in lots:
            number = row.lot.get("number")
            if by_number.setdefault(number, row.number) != row.number and number is not None:
                reason = f"lot en double : déjà donné à la ligne {by_number[number]}"
                self._refuse_field(row, "lot.number", str(number), reason)
        data = dict(first.own)
        # A number given twice is already refused: the schema need not say it again.
        once = [row for row in lots if by_number.get(row.lot.get("number")) == row.number or "number" not in row.lot]
        if once:
            data["lots"] = [row.lot for row in once]
        if first.takeover:
            data["takeover"] = first.takeover
        opportunity = self._validated(OpportunityIn, data, group, once)
        if opportunity is None:
            return None
        record = self._record(opportunity, first, {} if "source" in self._speaks_of else {"source": opportunity.source})
        record.fields.setdefault("source_id", opportunity.source_id)
        if "kind" not in self._speaks_of:
            record.weak["kind"] = opportunity.kind
        if self._has_lots:
            given = [name for part, name, _ in self._slots if part == "lot" and name != "number"]
            record.lots = {lot.number: {name: getattr(lot, name) for name in given} for lot in opportunity.lots}
        if opportunity.takeover is not None:
            given = [name[9:] for name in self._speaks_of if name.startswith("takeover.")]
            record.takeover = {name: getattr(opportunity.takeover, name) for name in given}
        return record

    def _agree(self, first: _Row, row: _Row) -> None:
        """A tender's own columns are repeated on each lot: the first row's are kept, a difference is told."""
        for name, value in row.own.items():
            if first.own.setdefault(name, value) != value:
                column = self._name_of(name)
                kept = f"celle de la ligne {first.number} est gardée"
                self.warnings.append(f"Ligne {row.number}, colonne « {column} » : valeur différente, {kept}.")

    def _record(self, model: ActorIn | OpportunityIn, row: _Row, weak: dict[str, Any]) -> Record:
        values = model.__dict__
        fields = {name: values[name] for name in self._own}
        for name in ("commune_code", "department"):
            if values[name] is not None:
                fields[name] = values[name]
        if "naf" in fields:
            fields["naf"] = [{"code": one.code, "nomenclature": one.nomenclature} for one in model.naf]
        (fields if "confidential" in self._speaks_of else weak)["confidential"] = model.is_confidential
        return Record(row.number, model.natural_key, fields, weak)

    def _validated(self, model: Any, data: dict[str, Any], rows: list[_Row], lots: Sequence[_Row] = ()) -> Any | None:
        """Return the validated record, or refuse all its rows, each with all its reasons."""
        first, result = rows[0], None
        try:
            result = model.model_validate(EMPTY_LISTS[model] | data)
        except ValidationError as error:
            found = error.errors(include_url=False)
            bad = {str(one["loc"][0]) for one in found if one["loc"]} | first.failed
            if bad - {""} and not bad & _RULED and all(one["loc"] for one in found):
                found += _broken_rules(model, data)
            for one in found:
                self._note(one, first, lots)
        if result is not None and not any(row.errors for row in rows):
            if result.natural_key not in self._first_row:
                self._first_row[result.natural_key] = first.number
                return result
            self._repeats(first, self._first_row[result.natural_key])
        culprit = next(row.number for row in rows if row.errors)
        for row in rows:
            if not row.errors:
                reason = f"une autre ligne de la même opportunité est refusée (ligne {culprit})"
                row.errors.append(Refusal(row.number, "", "", reason))
            self.refused[row.number] = row.cells, list(dict.fromkeys(row.errors))
        return None

    def _note(self, error: Mapping[str, Any], first: _Row, lots: Sequence[_Row]) -> None:
        """Give one of pydantic's errors back to the row and the column that it comes from."""
        place, row = error["loc"], first
        name = str(place[0]) if place else ""
        if name == "lots" and len(place) > 2:
            row, name = lots[place[1]], f"lot.{place[2]}"
        elif name == "takeover" and len(place) > 1:
            name = f"takeover.{place[1]}"
        elif name == "naf" and len(place) > 2 and "naf_2025" in self.layout.fields:
            whole = first.own.get("naf", [])[place[1]]
            name = "naf" if whole["nomenclature"] == "naf_rev2" else "naf_2025"
        if name in row.failed:
            return
        if not name or name in ("lots", "takeover"):
            row.errors.append(Refusal(row.number, "", "", in_french(error)))
            return
        column = next((column for _, _, column in self._slots if column.field == name), None)
        cell = row.cells[column.index] if column and column.index < len(row.cells) else ""
        # Of a list, the item at fault; of anything else, the cell as it was written.
        value = str(error["input"]) if any(isinstance(part, int) for part in place[1:]) and name[:4] != "lot." else cell
        row.errors.append(Refusal(row.number, self._name_of(name), value, in_french(error)))

    def _repeats(self, row: _Row, first: int) -> None:
        row.errors.append(Refusal(row.number, "", "", f"doublon de la ligne {first}, qui est gardée"))


def _broken_rules(model: Any, data: dict[str, Any]) -> list[Any]:
    """Return what the rules over several fields say, the other fields being set aside."""
    kept = {name: data[name] for name in _RULED & data.keys()}
    try:
        model.model_validate(EMPTY_LISTS[model] | _PLACEHOLDERS[model] | kept)
    except ValidationError as error:
        return [one for one in error.errors(include_url=False) if not one["loc"]]
    return []


def _slot(name: str) -> tuple[str, str]:
    """`lot.title` → (`lot`, `title`); `title` → (``, `title`)."""
    part, _, rest = name.rpartition(".")
    return part, rest
