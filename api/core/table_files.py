"""A table as a file for a spreadsheet: CSV, or XLSX. No cell is run as a formula, and none spoils the file."""

import csv
import io
import re
from collections.abc import Sequence
from typing import TypeAlias

from api.core.text import harmless

Cell: TypeAlias = str | int | float | None

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDEST = 60
# What XML cannot hold, however it is written: a workbook with it is none.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return rows, the first of which is the heading, as CSV: UTF-8 with a byte order mark, semicolons."""
    csv_text = io.StringIO(newline="")
    csv.writer(csv_text, delimiter=";").writerows(map(_harmless, rows))
    return csv_text.getvalue().encode("utf-8-sig")


def as_xlsx(title: str, rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return rows, the first of which is the heading, as a workbook of one sheet."""
    from openpyxl import Workbook  # only for this: slow to import
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    # Rows are written as they come, no object is kept of a cell: three quarters of the time.
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(title)
    # Before the first row: what describes the sheet stands before its rows.
    sheet.freeze_panes = "B2"
    for number, column in enumerate(zip(*rows, strict=True), start=1):
        longest = max(len(str(cell or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(number)].width = min(longest + 2, WIDEST)
    heading = [WriteOnlyCell(sheet, cell) for cell in workbook_row(rows[0])]
    for cell in heading:
        cell.font = Font(bold=True)
    sheet.append(heading)
    for row in rows[1:]:
        sheet.append(workbook_row(row))
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def workbook_row(row: Sequence[Cell]) -> list[Cell]:
    """Return a row as a workbook holds it: no cell is run as a formula, and none spoils the file."""
    return [_NOT_IN_XML.sub(" ", cell) if isinstance(cell, str) else cell for cell in _harmless(row)]


def _harmless(row: Sequence[Cell]) -> list[Cell]:
    return [harmless(cell) if isinstance(cell, str) else cell for cell in row]
