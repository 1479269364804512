"""Files as people send them: CSV in any usual encoding and delimiter, XLSX, ODS, XLS → rows of cells, all text.

It runs in a limited child process (`api.core.sandbox`), and imports little so that the child starts quickly.
"""

import csv
import re
import zipfile
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder, register_error
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from io import TextIOWrapper
from itertools import chain, islice
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from api.core.errors import SourceError

Row = tuple[int, list[str]]

DELIMITERS = ",;\t|"
# Of one table. A workbook is held whole, and meets the child's memory before so many cells.
MAX_ROWS = 1_000_000
MAX_CELLS = 20_000_000
MAX_CHARACTERS = 200_000_000
# Of one row. XLSX has so many columns.
MAX_COLUMNS = 16_384
MAX_ROW_CHARACTERS = 2_000_000
# A cell longer than this is an unclosed quote that swallowed the rest of the file.
MAX_CSV_CELL = 1_000_000
# A workbook that says that it unpacks to more than this is a zip bomb; one that lies meets the child's limits.
MAX_ENTRIES = 10_000
MAX_UNPACKED = 1_000_000_000
BATCH_ROWS = 250
BATCH_CHARACTERS = 250_000

_BLOCK = 1 << 20
_ASCII = bytes(range(128))
# Eight-bit encodings that French files come in; the first wins a tie. Latin-1 is cp1252 without its printed C1 range.
_EIGHT_BITS = ("cp1252", "mac_roman", "cp850")
_FRENCH = dict.fromkeys("éèêëàâçùûüîïôöœæ’«»€°–…\u00a0", 2) | dict.fromkeys("ÉÈÊËÀÂÇÙÛÎÏÔŒ‘“”—²·", 1)
# cp1252's printed range, read as latin-1 by an earlier program (`l\x92Ardèche`).
_C1 = {code: bytes([code]).decode("cp1252", "replace").replace("\ufffd", "") for code in range(0x80, 0xA0)}
_DIRT = _C1 | {0: "", 0xFEFF: ""}
_DIRTY = re.compile("[\x00\x80-\x9f\ufeff]")


def read_sheet(file: BinaryIO, title: str) -> Iterator[list[Any]]:
    """Yield `[header, header_row, delimiter, expected]` of the first sheet that has a header, then lists of its rows.

    A row is `[number, cells]`, as `Sheet` describes them. title: the file's name, for its reader. Raises SourceError.
    """
    start = file.read(8)
    is_workbook = start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    records, delimiter, expected = (_workbook if is_workbook else _csv)(file, title)
    filled = ((number, cells, size) for number, cells, size in _bounded(records, title) if size)
    header_row, header, _ = next(filled, (0, [], 0))
    if not header_row:
        raise SourceError(f"Le fichier « {title} » est vide : ni en-tête, ni lignes.")
    # Without a header no column can be recognised.
    if all(_is_figure(cell) for cell in header if cell):
        raise SourceError(f"Le fichier « {title} » n’a pas d’en-tête : sa première ligne porte déjà des valeurs.")
    while header and not header[-1]:
        header.pop()
    yield [header, header_row, delimiter, expected]
    yield from _batches(filled)


def _bounded(records: Iterator[Row], title: str) -> Iterator[tuple[int, list[str], int]]:
    """Yield the rows of a table, each with its number of characters. Raises SourceError at the first over a limit."""
    cells_read = characters_read = 0
    for number, cells in records:
        size = len("".join(cells))
        cells_read += len(cells)
        characters_read += size
        if number > MAX_ROWS:
            raise _too_large(title, MAX_ROWS, "de lignes")
        if len(cells) > MAX_COLUMNS:
            raise _too_large(title, MAX_COLUMNS, f"cellules dans la ligne {number}")
        if size > MAX_ROW_CHARACTERS:
            raise _too_large(title, MAX_ROW_CHARACTERS, f"de caractères dans la ligne {number}")
        if cells_read > MAX_CELLS:
            raise _too_large(title, MAX_CELLS, "de cellules")
        if characters_read > MAX_CHARACTERS:
            raise _too_large(title, MAX_CHARACTERS, "de caractères")
        yield number, cells, size


def _batches(records: Iterator[tuple[int, list[str], int]]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    characters = 0
    for number, cells, size in records:
        batch.append((number, cells))
        characters += size
        if len(batch) == BATCH_ROWS or characters > BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _too_large(title: str, most: int, what: str) -> SourceError:
    return SourceError(f"« {title} » : plus de {_grouped(most)} {what} ; partagez-le en plusieurs fichiers.")


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def detect_encoding(file: BinaryIO) -> tuple[str, int]:
    """Return a text file's encoding and its number of lines: BOM, else UTF-8 if all of it is, else a vote."""
    file.seek(0)
    start = file.read(4096)
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16", 0
    # Without a BOM, UTF-16 betrays itself by a zero beside each ASCII letter.
    if start.count(0) > len(start) // 4:
        return ("utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"), 0
    decoder = getincrementaldecoder("utf-8")("replace")
    lines, wrong, high = 0, 0, Counter[int]()
    file.seek(0)
    while block := file.read(_BLOCK):
        lines += block.count(b"\n")
        high.update(block.translate(None, _ASCII))
        wrong += decoder.decode(block).count("\ufffd")
    # A few stray bytes, pasted in from elsewhere, do not make a UTF-8 file anything else: `_mend` reads them.
    if wrong == 0 or 4 * wrong < sum(high[lead] for lead in range(0xC2, 0xF5)):
        return ("utf-8-sig" if start.startswith(BOM_UTF8) else "utf-8"), lines
    return max(_EIGHT_BITS, key=lambda encoding: _frenchness(high, encoding)), lines


def _mend(error: UnicodeError) -> tuple[str, int]:
    """Read as cp1252 the bytes that are not of the file's encoding."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "ignore"), error.end


register_error("polesud_mend", _mend)


def _frenchness(high: Counter[int], encoding: str) -> int:
    """Sum, over the non-ASCII bytes, how French each reads in a single-byte encoding."""
    read = {byte: bytes([byte]).decode(encoding, "replace") for byte in high}
    return sum(count * _FRENCH.get(read[byte], -1) for byte, count in high.items())


def vote_delimiter(sample: list[str]) -> str:
    """Return the delimiter under which the first lines make the widest and most regular table."""

    def regularity(delimiter: str) -> float:
        try:
            rows = [row for row in islice(csv.reader(sample, delimiter=delimiter), 50) if row]
        except csv.Error:
            return 0.0
        if not rows or len(rows[0]) < 2:
            return 0.0
        same = sum(len(row) == len(rows[0]) for row in rows)
        return len(rows[0]) * same / len(rows)

    return max(DELIMITERS, key=regularity)


def _csv(file: BinaryIO, title: str) -> tuple[Iterator[Row], str, int]:
    encoding, expected = detect_encoding(file)
    csv.field_size_limit(MAX_CSV_CELL)
    file.seek(0)
    # The last line of the sample may be cut inside a quoted cell: one row less votes, no more.
    text = TextIOWrapper(file, encoding=encoding, newline="", errors="polesud_mend")
    sample = list(islice(text, 200))
    delimiter = vote_delimiter(sample)

    def records() -> Iterator[Row]:
        number = 0
        try:
            lines = (_clean(line) for line in chain(sample, text))
            for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), 1):
                yield number, [cell.strip() for cell in cells]
        except csv.Error as error:
            why = f"« {title} », après la ligne {number} : guillemet non fermé, la suite est illisible."
            raise SourceError(why) from error

    return records(), delimiter, expected


def _workbook(file: BinaryIO, title: str) -> tuple[Iterator[Row], str, int]:
    file.seek(0)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise SourceError(f"Le classeur « {title} » est trop gros une fois décompressé.")
    file.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.height:
                break
        else:
            raise SourceError(f"Le classeur « {title} » est vide.")
    except CalamineError as error:
        raise SourceError(f"Le classeur « {title} » est illisible.") from error
    # Rows from the sheet's first, columns from its first filled one.
    records = (
        (number, [_clean(_as_text(cell)).strip() for cell in cells])
        for number, cells in enumerate(sheet.iter_rows(), 1)
    )
    return records, ";", sheet.total_height


def _is_figure(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").replace("-", "").replace("/", "").replace(" ", "").isdigit()


def _clean(text: str) -> str:
    return text.translate(_DIRT) if _DIRTY.search(text) else text


def _as_text(cell: Any) -> str:
    """Write a workbook's value as a person would have typed it."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return (cell.date() if cell.time() == time.min else cell).isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
