"""The rows of a file, written to disk while they are first read: a workbook is parsed once, however often it is read.

One JSON value a line: what the sheet is, then each row as `[number, cells]`.
"""

import json
import os
import secrets
from collections.abc import Collection, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from api.imports.spreadsheet import Sheet, open_sheet

_ABOUT = ("header", "header_row", "delimiter", "expected", "notes")


@contextmanager
def sheet_parsed_once(
    source: Path, kept: Path, name: str | None = None, *, labels: Collection[str] = ()
) -> Iterator[Sheet]:
    """Open a file as `open_sheet` does; where `kept` is there, read the rows from it instead.

    `kept` is written once the last row is read, and is as old as its source: both are swept together. Raises
    SourceError, as `open_sheet` does.
    """
    try:
        file = kept.open(encoding="utf-8")
    except FileNotFoundError:
        sheet = open_sheet(source, name, labels=labels)
        with closing(_kept_while_read(sheet, source, kept)) as rows:
            yield replace(sheet, rows=rows)
    else:
        with file:
            about = json.loads(next(file))
            yield Sheet(**about, rows=((number, cells) for number, cells in map(json.loads, file)))


def _kept_while_read(sheet: Sheet, source: Path, kept: Path) -> Generator[tuple[int, list[str]]]:
    # Two readings at once must not write into one file.
    partial = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
    try:
        partial.touch(mode=0o600)
        with partial.open("w", encoding="utf-8") as file:
            file.write(f"{json.dumps({name: getattr(sheet, name) for name in _ABOUT})}\n")
            for row in sheet.rows:
                file.write(f"{json.dumps(row)}\n")
                yield row
        age = source.stat()
        os.utime(partial, ns=(age.st_atime_ns, age.st_mtime_ns))
        partial.replace(kept)
    finally:
        partial.unlink(missing_ok=True)
