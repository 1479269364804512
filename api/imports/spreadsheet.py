"""Files as people send them: CSV in any usual encoding and delimiter, XLSX, ODS, XLS → rows of cells, all text."""

import csv
import re
import zipfile
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder, register_error
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from api.core.errors import SourceError

DELIMITERS = ",;\t|"
# A cell longer than this is an unclosed quote that swallowed the rest of the file.
MAX_CELL = 1_000_000
# A workbook that unpacks to more than this is a zip bomb.
MAX_UNPACKED = 1_000_000_000

_BLOCK = 1 << 20
_ASCII = bytes(range(128))
# Eight-bit encodings that French files come in; the first wins a tie. Latin-1 is cp1252 without its printed C1 range.
_EIGHT_BITS = ("cp1252", "mac_roman", "cp850")
_FRENCH = dict.fromkeys("éèêëàâçùûüîïôöœæ’«»€°–…\u00a0", 2) | dict.fromkeys("ÉÈÊËÀÂÇÙÛÎÏÔŒ‘“”—²·", 1)
# cp1252's printed range, read as latin-1 by an earlier program (`l\x92Ardèche`).
_C1 = {code: bytes([code]).decode("cp1252", "replace").replace("\ufffd", "") for code in range(0x80, 0xA0)}
_DIRT = _C1 | {0: "", 0xFEFF: ""}
_DIRTY = re.compile("[\x00\x80-\x9f\ufeff]")


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


def open_sheet(path: Path) -> Sheet:
    """Read the first sheet that has a header. Raises SourceError, at once or while its rows are read."""
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise SourceError(f"Le fichier « {path.name} » ne s’ouvre pas : {error.strerror}.") from error
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook(path)
    return _csv(path)


def detect_encoding(path: Path) -> tuple[str, int]:
    """Return a text file's encoding and its number of lines: BOM, else UTF-8 if all of it is, else a vote."""
    with path.open("rb") as file:
        start = file.read(4096)
        file.seek(0)
        if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            return "utf-16", 0
        # Without a BOM, UTF-16 betrays itself by a zero beside each ASCII letter.
        if start.count(0) > len(start) // 4:
            return ("utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"), 0
        decoder = getincrementaldecoder("utf-8")("replace")
        lines, wrong, high = 0, 0, Counter[int]()
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
        rows = [row for row in islice(csv.reader(sample, delimiter=delimiter), 50) if row]
        if not rows or len(rows[0]) < 2:
            return 0.0
        same = sum(len(row) == len(rows[0]) for row in rows)
        return len(rows[0]) * same / len(rows)

    return max(DELIMITERS, key=regularity)


def _csv(path: Path) -> Sheet:
    encoding, expected = detect_encoding(path)
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding=encoding, newline="", errors="polesud_mend") as file:
        # The last line of the sample may be cut inside a quoted cell: one row less votes, no more.
        sample = list(islice(file, 200))
    try:
        delimiter = vote_delimiter(sample)
    except csv.Error as error:
        raise SourceError("Le fichier n’est pas un tableau : guillemet non fermé ou texte binaire.") from error

    def records() -> Iterator[tuple[int, list[str]]]:
        number = 0
        with path.open(encoding=encoding, newline="", errors="polesud_mend") as file:
            try:
                lines = (_clean(line) for line in file)
                for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), 1):
                    yield number, [cell.strip() for cell in cells]
            except csv.Error as error:
                raise SourceError(f"Après la ligne {number} : guillemet non fermé, la suite est illisible.") from error

    return _with_header(path, records(), delimiter, expected)


def _workbook(path: Path) -> Sheet:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise SourceError(f"Le classeur « {path.name} » est trop gros une fois décompressé.")
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.height:
                break
        else:
            raise SourceError(f"Le classeur « {path.name} » est vide.")
        table = sheet.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise SourceError(f"Le classeur « {path.name} » est illisible.") from error
    records = ((number, [_clean(_as_text(cell)).strip() for cell in cells]) for number, cells in enumerate(table, 1))
    return _with_header(path, records, ";", len(table))


def _with_header(path: Path, records: Iterator[tuple[int, list[str]]], delimiter: str, expected: int) -> Sheet:
    filled = ((number, cells) for number, cells in records if any(cells))
    first = next(filled, None)
    if first is None:
        raise SourceError(f"Le fichier « {path.name} » est vide : ni en-tête, ni lignes.")
    number, header = first
    # Without a header no column can be recognised.
    if all(_is_figure(cell) for cell in header if cell):
        raise SourceError(f"Le fichier « {path.name} » n’a pas d’en-tête : sa première ligne porte déjà des valeurs.")
    while header and not header[-1]:
        header.pop()
    return Sheet(header, number, filled, delimiter, expected)


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
