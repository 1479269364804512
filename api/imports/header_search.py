"""Where a table's header is: titles, sources and empty lines may stand above it."""

from collections.abc import Sequence, Set

from api.core.digits import is_digits
from api.imports.column_names import label_forms

# Of the filled rows of a sheet.
SEARCHED_ROWS = 30
# A name of columns is shorter; what follows it is text.
_LONGEST_NAME = 100


def known_names(cells: Sequence[str], labels: Set[str]) -> int:
    """Return how many different known columns a row names."""
    names = (cell for cell in cells if cell and len(cell) <= _LONGEST_NAME)
    return len({form for name in names if (form := next((form for form in label_forms(name) if form in labels), ""))})


def header_place(rows: Sequence[Sequence[str]], labels: Set[str]) -> tuple[int, int]:
    """Return the place of the header among the first rows, and how many columns it names.

    The row that names the most known columns, if it names two; else the first that has two names and no figure; else
    the first.
    """
    counts = [known_names(cells, labels) for cells in rows]
    most = max(counts, default=0)
    if most >= 2:
        return counts.index(most), most
    named = (place for place, cells in enumerate(rows) if sum(map(bool, cells)) >= 2 and not any(map(is_figure, cells)))
    return (0 if sum(map(bool, rows[0])) >= 2 else next(named, 0)) if rows else 0, most


def is_figure(cell: str) -> bool:
    return is_digits(cell.replace(",", "").replace(".", "").replace("-", "").replace("/", "").replace(" ", ""))
