"""Refused rows, written as they came with the reasons in a column more: corrected, they can be imported."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from api.core.text import harmless
from api.imports.cell_marks import without_marks
from api.imports.columns import REFUSAL_COLUMN
from api.imports.report import Refusal, refusal_in_words
from api.imports.spreadsheet import Sheet

# A row's cells and why it is refused.
RefusedRow = tuple[list[str], list[Refusal]]


def write_refused_rows(path: Path, sheet: Sheet, rows: Iterable[RefusedRow]) -> None:
    """Write refused rows under the file's own header; under its final name only once whole.

    No cell is one that a spreadsheet would run as a formula; a file that comes back is read without what was added
    for that. Raises OSError.
    """
    kept = [index for index, name in enumerate(sheet.header) if name.strip().lower() != REFUSAL_COLUMN]
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # With a byte-order mark: Excel recognises UTF-8 by it.
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=sheet.delimiter)
            for line in _lines(sheet.header, kept, rows):
                writer.writerow([harmless(cell) for cell in line])
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _lines(header: list[str], kept: list[int], rows: Iterable[RefusedRow]) -> Iterable[list[str]]:
    yield [*(header[index] for index in kept), REFUSAL_COLUMN]
    for cells, reasons in rows:
        row = [without_marks(cells[index]) if index < len(cells) else "" for index in kept]
        yield [*row, " ; ".join(refusal_in_words(reason) for reason in reasons)]
