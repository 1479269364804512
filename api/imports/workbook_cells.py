"""What a workbook's values do not tell: merged cells, and formulas whose value nobody stored."""

import html
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO

from api.imports.cell_marks import UNCOMPUTED

# Beyond, a workbook that no spreadsheet ever computed: its first cells say enough.
MOST_PLACES = 200_000

_BLOCK = 1 << 20
_SHEET = re.compile(rb"<sheet\b([^>]*)>")
_RELATION = re.compile(rb"<Relationship\b([^>]*)>")
# A name begins at its first letter only: one that is tried at each of its letters takes the square of their number.
_ATTRIBUTE = re.compile(rb'(?<![\w:])([\w:]+)="([^"]*)"')
_FORMULA = re.compile(rb"<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*$")
_CELL_END = b"</c>"
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')


def uncomputed_places(archive: zipfile.ZipFile, sheet: str) -> set[tuple[int, int]]:
    """Return the (row, column), from 0, of the cells of a sheet whose formula has no stored value, or is in error."""
    path = _path_of(archive, sheet)
    if not path:
        return set()
    places: set[tuple[int, int]] = set()
    with archive.open(path) as file:
        for cell in _cells(file):
            head, _, content = cell.partition(b">")
            if b't="e"' in head or _FORMULA.match(content):
                place = _PLACE.search(head)
                if place and len(places) < MOST_PLACES:
                    places.add((int(place[2]) - 1, _column(place[1])))
    return places


def _cells(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the attributes and the content of each cell that has a content."""
    rest = b""
    while block := file.read(_BLOCK):
        *whole, rest = (rest + block).split(_CELL_END)
        for text in whole:
            start = text.rfind(b"<c ")
            if start >= 0:
                yield text[start:]
        # What follows the last whole cell begins with the next one: only its beginning may be needed.
        rest = rest[-_BLOCK:]


def _path_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return where the cells of a sheet are, from its name; nothing where this is no workbook of Office Open XML."""
    try:
        book, links = archive.read("xl/workbook.xml"), archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return ""
    link = next(
        (own[b"r:id"] for own in _all(_SHEET, book) if _text(own.get(b"name", b"")) == sheet and b"r:id" in own), b""
    )
    target = next((_text(own.get(b"Target", b"")) for own in _all(_RELATION, links) if own.get(b"Id") == link), "")
    path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return path if target and path in archive.namelist() else ""


def _all(pattern: re.Pattern[bytes], text: bytes) -> Iterator[dict[bytes, bytes]]:
    for match in pattern.finditer(text):
        yield dict(_ATTRIBUTE.findall(match[1]))


def _text(value: bytes) -> str:
    return html.unescape(value.decode("utf-8", "replace"))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def completed(
    rows: Iterator[list[str]],
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]],
    uncomputed: set[tuple[int, int]],
    first_column: int,
) -> Iterator[list[str]]:
    """Yield the rows with each vertically merged cell repeated downwards, and each formula without a value marked.

    merged: ((first row, first column), (last row, last column)), from 0. first_column: where the rows' cells begin.
    """
    begins: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in merged:
        if bottom > top and left >= first_column:
            begins.setdefault(top, []).append((left - first_column, bottom))
    marked: dict[int, list[int]] = {}
    for row, column in uncomputed:
        marked.setdefault(row, []).append(column - first_column)
    running: dict[int, tuple[int, str]] = {}
    for number, cells in enumerate(rows):
        for column in marked.get(number, ()):
            if 0 <= column < len(cells) and not cells[column]:
                cells[column] = UNCOMPUTED
        for column, (bottom, text) in list(running.items()):
            if number > bottom:
                del running[column]
            elif column < len(cells) and not cells[column]:
                cells[column] = text
        for column, bottom in begins.get(number, ()):
            if column < len(cells):
                running[column] = bottom, cells[column]
        yield cells
