"""One row of cells → the fields that its columns feed, with a refusal for each cell that cannot be read."""

from dataclasses import dataclass, field
from typing import Any

from api.catalogue.places.record_places import Places
from api.core.french import number, plural
from api.imports.cell_marks import REASONS, UNCLOSED, UNCOMPUTED
from api.imports.column_parsers import UNKNOWN_WORDS
from api.imports.columns import CONTACT, Column, Layout
from api.imports.lot_cells import lot_title
from api.imports.report import Refusal
from api.imports.trades import LONGEST_TRADE, cut

# A column's parsed values are remembered up to this many; beyond, they are all different and memory is not the place.
_REMEMBERED = 10_000
_REMEMBERED_LENGTH = 200
# What Excel takes in a cell; a longer one no parser is given.
MAX_CELL = 32_767
# Of one row's reasons and of a refused cell, what a person reads; the refused row itself is given back whole.
_MOST_REASONS = 50
_SHOWN_LENGTH = 500


@dataclass(slots=True)
class ParsedRow:
    """A row's own fields, its lot's and its takeover case's. `failed` names the fields that are refused already.

    left_out: fields whose cell cannot be read, and without which the row does; `warnings` say why. tells_source: a cell
    of it says where it comes from. is_closed: it is of an establishment that is closed, and stays aside.
    """

    number: int
    cells: list[str]
    own: dict[str, Any]
    lot: dict[str, Any]
    takeover: dict[str, Any]
    errors: list[Refusal]
    failed: set[str]
    tells_source: bool = True
    is_closed: bool = False
    left_out: set[str] = field(default_factory=set)
    warnings: list[Refusal] = field(default_factory=list)

    def refuse(self, reason: str, *, column: str = "", value: str = "") -> None:
        if len(self.errors) < _MOST_REASONS:
            self.errors.append(Refusal(self.number, column, value[:_SHOWN_LENGTH], reason))

    def warn(self, reason: str, *, column: str, value: str) -> None:
        if len(self.warnings) < _MOST_REASONS:
            self.warnings.append(Refusal(self.number, column, value[:_SHOWN_LENGTH], reason))


# A cell of these that cannot be read refuses its row: it says what the row is, whom it is open to or hidden from.
ESSENTIAL = frozenset({
    *("source", "source_id", "siret", "name", "title", "teaser", "kind", "confidential", "state", "status", "reserved"),
    *("lot.number", "lot.title", "lot.reserved"),
})  # fmt: skip


class RowParser:
    """Parses the rows of a sheet with this header, read by this layout."""

    def __init__(self, header: list[str], layout: Layout, places: Places) -> None:
        self._width, self._layout, self._places = len(header), layout, places
        # Parsed values by cell, of each column.
        parsed: dict[int, dict[str, tuple[Any, str | None]]] = {column.index: {} for column in layout.columns}
        self._column_names: dict[str, str] = {}
        self._slots = [
            (*_slot(column.field), column, column.index, parsed[column.index])
            for column in layout.columns
            if not column.field.startswith(CONTACT)
        ]
        self._constants = {name: value for name, value in layout.constants.items() if "." not in name}
        self._takeover_constants = {name[9:]: value for name, value in layout.constants.items() if "." in name}

    def parse(self, number: int, cells: list[str]) -> ParsedRow:
        """Turn one row's cells into fields; a cell that cannot be read is refused, and the others go on."""
        row = ParsedRow(number, cells, dict(self._constants), {}, dict(self._takeover_constants), [], set())
        if len(cells) > self._width and any(cells[self._width :]):
            row.refuse(
                f"{plural(len(cells), 'cellule')} pour {plural(self._width, 'colonne')} : un séparateur est de trop"
            )
        parts = {"": row.own, "lot": row.lot, "takeover": row.takeover}
        width = len(cells)
        for part, name, column, index, known in self._slots:
            # Excel leaves out the delimiters of a row's last empty cells.
            if index >= width or not (cell := cells[index]):
                continue
            parsed = known.get(cell)
            if parsed is None:
                if column.has_unknowns and cell.lower() in UNKNOWN_WORDS:
                    continue
                if cell[0] == UNCLOSED:
                    row.refuse(REASONS[UNCLOSED], column=column.name, value=cell[1:])
                    row.failed.add(column.field)
                    continue
                parsed = _parsed(column, cell)
                if column.remembers and len(cell) <= _REMEMBERED_LENGTH and len(known) < _REMEMBERED:
                    known[cell] = parsed
            value, reason = parsed
            if reason is None:
                parts[part][name] = value
            else:
                self.refuse_or_leave_out(row, column.field, "" if cell == UNCOMPUTED else cell, reason)
        self._shorten(row)
        if "number" in row.lot and "title" not in row.lot and (title := lot_title(self.cell_of(row, "lot.number"))):
            row.lot["title"] = title
        for name in ("lat", "lon"):
            if name in row.own and not {"lat", "lon"} <= row.own.keys():
                del row.own[name]
                reason = "latitude et longitude vont ensemble : l’une manque"
                self.leave_out(row, name, self.cell_of(row, name), reason)
        newer = row.own.pop("naf_2025", None)
        if newer:
            row.own["naf"] = [*row.own.get("naf", ()), *newer]
        if "source" not in row.own and "source" not in row.failed:
            row.own["source"], row.tells_source = self._layout.source, False
        self._locate(row)
        if self._layout.awarded and "status" not in row.own:
            if any(cells[index] for index in self._layout.awarded if index < len(cells)):
                row.own["status"] = "closed"
            else:
                row.left_out.add("status")
        return row

    def refuse_or_leave_out(self, row: ParsedRow, name: str, value: str, reason: str) -> None:
        """Refuse the row for a field of `ESSENTIAL`; for any other, leave its cell out and say so."""
        (self.refuse_field if name in ESSENTIAL else self.leave_out)(row, name, value, reason)

    def leave_out(self, row: ParsedRow, name: str, value: str, reason: str) -> None:
        row.warn(reason, column=self.column_name(name), value=value)
        row.left_out.add(name)

    def refuse_field(self, row: ParsedRow, name: str, value: str, reason: str) -> None:
        row.refuse(reason, column=self.column_name(name), value=value)
        row.failed.add(name)

    def column_name(self, field: str) -> str:
        """Return the column that feeds a field, as the file names it."""
        if field not in self._column_names:
            self._column_names[field] = self._layout.name_of(field)
        return self._column_names[field]

    def cell_of(self, row: ParsedRow, field: str) -> str:
        """Return the cell that feeds a field, as it was written; nothing where there is none."""
        column = next((column for column in self._layout.columns if column.field == field), None)
        return row.cells[column.index] if column and column.index < len(row.cells) else ""

    def _shorten(self, row: ParsedRow) -> None:
        activities = row.own.get("activities", ())
        if activities and max(map(len, activities)) > LONGEST_TRADE:
            row.own["activities"] = [cut(text) if len(text) > LONGEST_TRADE else text for text in activities]
            long = next(text for text in activities if len(text) > LONGEST_TRADE)
            reason = f"texte coupé à {LONGEST_TRADE} caractères : séparez les métiers par « ; »"
            row.warn(reason, column=self.column_name("activities"), value=long)

    def _locate(self, row: ParsedRow) -> None:
        own = row.own
        names = ("commune_code", "commune_name", "postcode", "department")
        while own.get("commune_code") or own.get("commune_name") or own.get("postcode") or own.get("department"):
            located = self._places.locate(*map(own.get, names), by_name=True)
            if not located.errors:
                for name, code in (("commune_code", located.commune_code), ("department", located.department)):
                    if code:
                        own[name] = code
                break
            # What the others tell is asked again without what contradicts them.
            for name, reason in located.errors:
                self.leave_out(row, name, str(own.pop(name)), reason)
        if "area_communes" in own:
            current = []
            for code in own.pop("area_communes"):
                try:
                    current.append(self._places.commune(code))
                except ValueError as error:
                    self.leave_out(row, "area_communes", code, str(error))
            if current:
                own["area_communes"] = current
                row.left_out.discard("area_communes")


def _parsed(column: Column, cell: str) -> tuple[Any, str | None]:
    """Return the cell's value, or why it cannot be read."""
    if cell == UNCOMPUTED:
        return None, REASONS[UNCOMPUTED]
    if len(cell) > MAX_CELL:
        return None, f"cellule trop longue : {plural(len(cell), 'caractère')}, {number(MAX_CELL)} au plus"
    try:
        return column.parse(cell), None
    except ValueError as error:
        return None, str(error)


def _slot(name: str) -> tuple[str, str]:
    """`lot.title` → (`lot`, `title`); `title` → (``, `title`)."""
    part, _, rest = name.rpartition(".")
    return part, rest
