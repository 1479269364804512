"""A text file's lines → rows of cells. A quotation mark that nobody closes spoils its row, not those below it."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator

from api.imports.cell_marks import UNCLOSED

# A quoted cell of more lines than this is one that nobody closed.
MOST_LINES, FEWEST_LINES = 500, 8


class _Lines:
    """Lines as `csv.reader` asks for them. `taken`: those of the row that is being read; `ended`: it had no more."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.ended = False
        # How far a quoted cell may go: less after each that nobody closed, so that a file of them is read in time.
        self._most = MOST_LINES

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            if len(self.taken) >= self._most:
                raise StopIteration
            line = self._again.popleft() if self._again else next(self._lines)
        except StopIteration:
            self.ended = bool(self.taken)
            raise
        self.taken.append(line)
        return line

    def begin(self) -> None:
        self.taken, self.ended = [], False

    def note_whole(self) -> None:
        """Note that the row ended where it should: the next one may be long again."""
        self._most = MOST_LINES

    def give_back(self) -> str:
        """Keep the first line of the row, and have the others read again as rows of their own."""
        first, *others = self.taken
        self._most = max(self._most // 2, FEWEST_LINES)
        self._again.extendleft(reversed(others))
        return first


def csv_records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Yield rows of cells. Raises csv.Error where one line alone is too long for a cell."""
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter)
    width = 0
    while True:
        source.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if len(source.taken) < 2:
                raise
            cells = _marked(source.give_back(), delimiter)
        else:
            if source.ended or (len(source.taken) > 1 and _swallows(source.taken, delimiter, width)):
                cells = _marked(source.give_back(), delimiter)
            else:
                width = max(width, len(cells))
                source.note_whole()
        yield cells


def _swallows(lines: list[str], delimiter: str, width: int) -> bool:
    """Return whether a row of several lines is a quotation mark that took whole rows for its cell."""
    rows = [line.rstrip("\r\n").split(delimiter) for line in lines]
    whole = [len(cells) == width and sum(map(bool, cells)) > 1 for cells in rows]
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return any(whole[1:])
    return width > 2 and all(whole)


def _marked(line: str, delimiter: str) -> list[str]:
    cells = line.rstrip("\r\n").split(delimiter)
    opened = [place for place, cell in enumerate(cells) if cell.startswith('"') and cell.count('"') % 2 == 1]
    # The quotation mark may be elsewhere in its cell: then the line's first one bears the reason.
    for place in opened or [0]:
        cells[place] = UNCLOSED + cells[place]
    return cells
