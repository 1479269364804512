"""One row of cells → the fields that its columns feed, with a refusal for each cell that cannot be read."""

from dataclasses import dataclass
from typing import Any

from api.catalogue.places.record_places import Places
from api.imports.columns import CONTACT, Column, Layout
from api.imports.report import Refusal

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

    tells_source: a cell of it says where it comes from.
    """

    number: int
    cells: list[str]
    own: dict[str, Any]
    lot: dict[str, Any]
    takeover: dict[str, Any]
    errors: list[Refusal]
    failed: set[str]
    tells_source: bool = True

    def refuse(self, reason: str, *, column: str = "", value: str = "") -> None:
        if len(self.errors) < _MOST_REASONS:
            self.errors.append(Refusal(self.number, column, value[:_SHOWN_LENGTH], reason))


class RowParser:
    """Parses the rows of a sheet with this header, read by this layout."""

    def __init__(self, header: list[str], layout: Layout, places: Places) -> None:
        self._width, self._layout, self._places = len(header), layout, places
        self._parsed: dict[int, dict[str, tuple[Any, str | None]]] = {column.index: {} for column in layout.columns}
        self._column_names: dict[str, str] = {}
        self._slots = [
            (*_slot(column.field), column) for column in layout.columns if not column.field.startswith(CONTACT)
        ]
        self._constants = {name: value for name, value in layout.constants.items() if "." not in name}
        self._takeover_constants = {name[9:]: value for name, value in layout.constants.items() if "." in name}

    def parse(self, number: int, cells: list[str]) -> ParsedRow:
        """Turn one row's cells into fields; a cell that cannot be read is refused, and the others go on."""
        row = ParsedRow(number, cells, dict(self._constants), {}, dict(self._takeover_constants), [], set())
        if len(cells) > self._width and any(cells[self._width :]):
            row.refuse(f"{len(cells)} cellules pour {self._width} colonnes : un séparateur est de trop")
        parts = {"": row.own, "lot": row.lot, "takeover": row.takeover}
        for part, name, column in self._slots:
            # Excel leaves out the delimiters of a row's last empty cells.
            cell = cells[column.index] if column.index < len(cells) else ""
            if not cell:
                continue
            value, reason = self._parse_cell(column, cell)
            if reason is None:
                parts[part][name] = value
            else:
                row.refuse(reason, column=column.name, value=cell)
                row.failed.add(column.field)
        newer = row.own.pop("naf_2025", None)
        if newer:
            row.own["naf"] = [*row.own.get("naf", ()), *newer]
        if "source" not in row.own and "source" not in row.failed:
            row.own["source"], row.tells_source = self._layout.source, False
        self._locate(row)
        return row

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

    def _parse_cell(self, column: Column, cell: str) -> tuple[Any, str | None]:
        """Return the cell's value, or why it cannot be read."""
        if len(cell) > MAX_CELL:
            return None, f"cellule trop longue : {len(cell)} caractères, {MAX_CELL} au plus"
        known = self._parsed[column.index]
        parsed = known.get(cell)
        if parsed is None:
            try:
                parsed = column.parse(cell), None
            except ValueError as error:
                parsed = None, str(error)
            if column.remembers and len(cell) <= _REMEMBERED_LENGTH and len(known) < _REMEMBERED:
                known[cell] = parsed
        return parsed

    def _locate(self, row: ParsedRow) -> None:
        own = row.own
        place = (own.get("commune_code"), own.get("commune_name"), own.get("postcode"), own.get("department"))
        if any(place):
            located = self._places.locate(*place)
            for name, reason in located.errors:
                # A code that is no code is refused by the schema, in the same words.
                self.refuse_field(row, name, str(own.pop(name)), reason)
            for name, code in (("commune_code", located.commune_code), ("department", located.department)):
                if code and name not in row.failed:
                    own[name] = code
        if "area_communes" in own:
            current = []
            for code in own.pop("area_communes"):
                try:
                    current.append(self._places.commune(code))
                except ValueError as error:
                    self.refuse_field(row, "area_communes", code, str(error))
            own["area_communes"] = current


def _slot(name: str) -> tuple[str, str]:
    """`lot.title` → (`lot`, `title`); `title` → (``, `title`)."""
    part, _, rest = name.rpartition(".")
    return part, rest
