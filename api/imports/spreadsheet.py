"""A spreadsheet's header and rows, read apart: the file is untrusted, and so is whatever parses it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from api.core.errors import SourceError
from api.core.sandbox import read_apart
from api.imports.sheet_reader import read_sheet


@dataclass(frozen=True)
class Sheet:
    """One table. `rows` yields `(number, cells)` once; the header is the row `header_row`, as a spreadsheet counts.

    A cell is text, stripped; a row may be shorter or longer than the header. `delimiter` is `;` for a workbook, and
    `expected` is about how many rows there are.
    """

    header: list[str]
    header_row: int
    rows: Iterator[tuple[int, list[str]]]
    delimiter: str
    expected: int


def open_sheet(path: Path, name: str | None = None) -> Sheet:
    """Read the first sheet that has a header. Raises SourceError, at once or while its rows are read.

    name: what its reader calls the file, where that is not the path's own name.
    """
    name = name or path.name
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(f"Le fichier « {name} » ne s’ouvre pas : {error.strerror}.") from error
    with file:
        # The child has the file from its start: here it may be closed.
        items = read_apart(read_sheet, file, name=name, title=name)
        header, header_row, delimiter, expected = next(items)
    rows = ((number, cells) for batch in items for number, cells in batch)
    return Sheet(header, header_row, rows, delimiter, expected)
