"""A spreadsheet's header and rows, read apart: the file is untrusted, and so is whatever parses it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from api.core.errors import SourceError
from api.core.sandbox import read_apart
from api.imports.sheet_reader import read_sheet


@dataclass(frozen=True)
class Sheet:
    """One table. `rows` yields `(number, cells)` once; the header is the row `header_row`, as a spreadsheet counts.

    A cell is text, stripped; a row may be shorter or longer than the header. `delimiter` is `;` for a workbook, and
    `expected` is about how many rows there are. `notes` say, in French, what of the file is not read.
    """

    header: list[str]
    header_row: int
    rows: Iterator[tuple[int, list[str]]]
    delimiter: str
    expected: int
    notes: list[str] = field(default_factory=list)


def open_sheet(path: Path, name: str | None = None, *, labels: Collection[str] = ()) -> Sheet:
    """Read the sheet that has a header. Raises SourceError, at once or while its rows are read.

    name: what its reader calls the file, where that is not the path's own name. labels: those of the columns that may
    be there, by which the header is found; without any it is the first line that looks like one.
    """
    name = name or path.name
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(f"Le fichier « {name} » ne s’ouvre pas : {error.strerror}.") from error
    with file:
        # The child has the file from its start: here it may be closed.
        items = read_apart(read_sheet, file, name=name, title=name, labels=sorted(labels))
        header, header_row, delimiter, expected, notes = next(items)
    rows = ((number, cells) for batch in items for number, cells in batch)
    return Sheet(header, header_row, rows, delimiter, expected, notes)
