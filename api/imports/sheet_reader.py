"""Files as people send them: CSV in any usual encoding and delimiter, XLSX, ODS, XLS → rows of cells, all text.

The header is looked for among the first rows of each sheet; digits of any script become `0-9`.

It runs in a limited child process (`api.core.sandbox`), and imports little so that the child starts quickly.
"""

import csv
import re
import zipfile
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder, register_error
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, time
from io import TextIOWrapper
from itertools import chain, islice
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from api.core.digits import plain_digits
from api.core.errors import SourceError
from api.imports.cell_marks import REASONS
from api.imports.csv_records import csv_records
from api.imports.header_search import SEARCHED_ROWS, header_place, is_figure
from api.imports.workbook_cells import completed, uncomputed_places

Row = tuple[int, list[str]]
# With its number of characters.
SizedRow = tuple[int, list[str], int]

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
# Of one workbook, in which a header is looked for.
MOST_SHEETS = 30
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
_DIRT = _C1 | {0: "", 0xFEFF: ""} | dict.fromkeys(map(ord, REASONS), "")
_DIRTY = re.compile("[\x00\x80-\x9f\ufeff\ufdd0-\ufddf]")
_CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a\x1b")
_DECLARED = re.compile(r"\"?sep=(.)\"?", re.IGNORECASE)
_THREE_DECIMALS = re.compile(r"\.[0-9]{3}$")


@dataclass(frozen=True)
class Table:
    """One sheet: its name (empty for a text file), its rows, the delimiter, and about how many rows there are."""

    name: str
    rows: Iterator[Row]
    delimiter: str
    expected: int


def read_sheet(file: BinaryIO, title: str, labels: Sequence[str] = ()) -> Iterator[list[Any]]:
    """Yield `[header, header_row, delimiter, expected, notes]` of the sheet with the header, then lists of its rows.

    A row is `[number, cells]`, as `Sheet` describes them. title: the file's name, for its reader. labels: those of the
    known columns (`api.imports.column_names`), by which the header is found. Raises SourceError.
    """
    start = file.read(8)
    is_workbook = start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    if not is_workbook:
        _check_text(file, title)
    known = frozenset(labels)
    tables = _workbook(file, title) if is_workbook else iter([_csv(file, title, known)])
    best: tuple[int, Table, list[SizedRow], int, Iterator[SizedRow]] | None = None
    others: list[str] = []
    for table in tables:
        filled: Iterator[SizedRow] = (row for row in _bounded(table.rows, title) if row[2])
        head = list(islice(filled, SEARCHED_ROWS))
        if not head:
            continue
        place, names = header_place([cells for _, cells, _ in head], known)
        others.append(table.name)
        if best is None or names > max(best[0], 1):
            best = names, table, head, place, filled
    if best is None:
        raise SourceError(f"Le fichier « {title} » est vide : ni en-tête, ni lignes.")
    _, table, head, place, filled = best
    header_row, header, _ = head[place]
    # Without a header no column can be recognised.
    if all(is_figure(cell) for cell in header if cell):
        raise SourceError(f"Le fichier « {title} » n’a pas d’en-tête : sa première ligne porte déjà des valeurs.")
    while header and not header[-1]:
        header.pop()
    yield [header, header_row, table.delimiter, table.expected, _notes(table.name, others, header_row, place)]
    yield from _batches(chain(head[place + 1 :], filled))


def _notes(name: str, others: list[str], header_row: int, place: int) -> list[str]:
    notes = []
    if len(others) > 1:
        left = ", ".join(f"« {other} »" for other in others if other != name)
        notes.append(f"Feuille lue : « {name} ». Non lues : {left}.")
    if place:
        notes.append(f"Titres des colonnes lus à la ligne {header_row} ; ce qui est au-dessus n’est pas lu.")
    return notes


def _bounded(records: Iterator[Row], title: str) -> Iterator[SizedRow]:
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


def _batches(records: Iterator[SizedRow]) -> Iterator[list[Row]]:
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


def vote_delimiter(sample: list[str], labels: Set[str] = frozenset()) -> str:
    """Return the delimiter under which a row names the most known columns, else the one of the widest regular table."""

    def vote(delimiter: str) -> tuple[int, float, float]:
        try:
            rows = [row for row in islice(csv.reader(sample, delimiter=delimiter), 50) if row]
        except csv.Error:
            return 0, 0.0, 0.0
        names = header_place(rows[:SEARCHED_ROWS], labels)[1] if labels else 0
        widths = Counter(map(len, rows))
        share = {width: width * count / len(rows) for width, count in widths.items() if width > 1}
        first = share.get(len(rows[0]), 0.0) if rows else 0.0
        # A title above the table has another width than its rows.
        return names, first if rows and first >= len(rows[0]) / 2 else 0.0, max(share.values(), default=0.0)

    return max(DELIMITERS, key=vote)


def _check_text(file: BinaryIO, title: str) -> None:
    """Refuse what is no table, whatever its name says. Raises SourceError."""
    file.seek(0)
    start = file.read(4096)
    what = "est un PDF, pas un tableau" if start.startswith(b"%PDF-") else ""
    # Zeros are UTF-16's; other control codes stand in a text here and there, and all over an image or a program.
    if 20 * (len(start) - len(start.translate(None, _CONTROLS))) > len(start):
        what = "n’est pas un tableau, ou il est abîmé"
    if what:
        raise SourceError(f"Le fichier « {title} » {what} : enregistrez le tableau en CSV, en XLSX ou en ODS.")


def _csv(file: BinaryIO, title: str, labels: Set[str]) -> Table:
    encoding, expected = detect_encoding(file)
    csv.field_size_limit(MAX_CSV_CELL)
    file.seek(0)
    # The last line of the sample may be cut inside a quoted cell: one row less votes, no more.
    text = TextIOWrapper(file, encoding=encoding, newline="", errors="polesud_mend")
    sample = list(islice(text, 200))
    # Excel's own first line, which it does not show.
    declared = _DECLARED.fullmatch(_clean(sample[0]).strip()) if sample else None
    if declared:
        del sample[0]
    delimiter = declared[1] if declared else vote_delimiter(sample, labels)

    def records() -> Iterator[Row]:
        number = 0
        try:
            lines = (_clean(line) for line in chain(sample, text))
            for number, cells in enumerate(csv_records(lines, delimiter), 1):
                yield number, [cell.strip() for cell in cells]
        except csv.Error as error:
            why = f"« {title} », après la ligne {number} : guillemet non fermé, la suite est illisible."
            raise SourceError(why) from error

    return Table("", records(), delimiter, expected)


def _workbook(file: BinaryIO, title: str) -> Iterator[Table]:
    file.seek(0)
    archive = zipfile.ZipFile(file) if zipfile.is_zipfile(file) else None
    if archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise SourceError(f"Le classeur « {title} » est trop gros une fois décompressé.")
    file.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        for name in workbook.sheet_names[:MOST_SHEETS]:
            sheet = workbook.get_sheet_by_name(name)
            if not sheet.height:
                continue
            # Rows from the sheet's first, columns from its first filled one.
            rows = ([_clean(_as_text(cell)).strip() for cell in cells] for cells in sheet.iter_rows())
            uncomputed = uncomputed_places(archive, name) if archive else set()
            whole = completed(rows, sheet.merged_cell_ranges or [], uncomputed, (sheet.start or (0, 0))[1])
            yield Table(name, enumerate(whole, 1), ";", sheet.total_height)
    except (CalamineError, zipfile.BadZipFile) as error:
        raise SourceError(f"Le classeur « {title} » est illisible.") from error


def _clean(text: str) -> str:
    if text.isascii() and "\x00" not in text:
        return text
    return plain_digits(text.translate(_DIRT) if _DIRTY.search(text) else text)


def _as_text(cell: Any) -> str:
    """Write a workbook's value as a person would have typed it."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() else repr(cell)
        # A person's `12.345` may be thousands; a workbook's is not.
        return f"{text}0" if _THREE_DECIMALS.search(text) else text
    if isinstance(cell, datetime):
        return (cell.date() if cell.time() == time.min else cell).isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
