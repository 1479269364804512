"""What a file holds, before anything is written: how its columns are read, and each row as it will be kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from api.catalogue.schemas import RecordKind
from api.catalogue.wording import KINDS as ACTOR_KINDS
from api.catalogue.wording import OPPORTUNITY_KINDS
from api.core.french import number, plural
from api.imports.other_kind import fitting_in_words
from api.imports.shown_rows import ReadColumn, ShownRow, choices
from api.imports.upload import Preview
from api.imports.wording import collision_in_words

KINDS: dict[RecordKind, str] = {"actors": "des acteurs", "opportunities": "des opportunités"}

KINDS_OF: dict[RecordKind, Mapping[str, str]] = {"actors": ACTOR_KINDS, "opportunities": OPPORTUNITY_KINDS}

SHOWN = 100
ROWS_A_PAGE = 50
# Of which a person chooses what they are read as; a file of more is read by a mapping file.
MOST_COLUMNS = 200


@dataclass(frozen=True)
class PreviewView:
    """A file before it is imported. more, more_warnings: those beyond `errors`, `warnings`.

    missing: what no column gives yet; then nothing else is known than the columns. pages: (words, address) of the rows
    before and after those that are shown. chosen_kind: the kind that a person gave to all rows; asks_kind: no column
    does. given_source: the source's name, where a person said it.
    fitting: the other kind, where the columns are rather those of its files; what says so, and its name.
    """

    token: str
    file_name: str
    kind: str
    missing: str
    columns: Sequence[ReadColumn]
    choices: Sequence[tuple[str, str]]
    kinds: Mapping[str, str]
    asks_kind: bool
    chosen_kind: str
    rows: Sequence[ShownRow]
    rows_in_words: str
    pages: Sequence[tuple[str, str]]
    counts: Sequence[tuple[str, str]]
    useful: int
    unchanged: int
    notes: Sequence[str]
    warnings: Sequence[str]
    more_warnings: int
    errors: Sequence[Any]
    more: int
    button: str
    source: str
    given_source: str
    is_source_told: bool
    asks: bool
    shared: Sequence[tuple[str, str]]  # (source, how many numbers it shares, of which kinds, in words)
    problem_text: str
    fitting: RecordKind | None
    fitting_words: str
    fitting_name: str


def rows_of(page: int) -> range:
    """Return the places of the rows of a page, from 1."""
    return range((page - 1) * ROWS_A_PAGE, page * ROWS_A_PAGE)


def preview_view(preview: Preview, page: int, given_source: str, problem_text: str) -> PreviewView:
    """Return what the page shows of a file."""
    report, kind = preview.report, preview.staged.kind
    records, contacts = (report.created + report.changed, report.contacts) if report else (0, 0)
    errors, warnings = (report.errors, report.warnings) if report else ([], [])
    columns = preview.columns[:MOST_COLUMNS]
    fitting_words = fitting_in_words(preview.fitting) if preview.fitting else ""
    return PreviewView(
        token=preview.staged.token,
        file_name=preview.staged.name,
        kind=KINDS[kind],
        missing=preview.missing,
        columns=columns,
        choices=choices(kind),
        kinds=KINDS_OF[kind],
        asks_kind=all(column.field != "kind" for column in columns),
        chosen_kind=preview.choice.constants.get("kind", ""),
        rows=preview.rows,
        rows_in_words=_rows_in_words(preview.rows, report.rows if report else 0),
        pages=_pages(preview.staged.token, page, given_source, report.rows if report else 0),
        counts=counts_in_words(vars(report)) if report else [],
        useful=records + contacts,
        unchanged=report.unchanged if report else 0,
        notes=[note for note in report.notes if note != fitting_words] if report else [],
        warnings=warnings[:SHOWN],
        more_warnings=max(len(warnings) - SHOWN, 0),
        errors=errors[:SHOWN],
        more=max(len(errors) - SHOWN, 0),
        button=f"Importer {plural(records, 'fiche') if records or not contacts else plural(contacts, 'contact')}",
        source=preview.source,
        given_source=given_source,
        is_source_told=preview.is_source_told,
        asks=preview.asks,
        shared=[(one.source, collision_in_words(one)) for one in report.collisions] if report else [],
        problem_text=problem_text,
        fitting=preview.fitting,
        fitting_words=fitting_words,
        fitting_name=KINDS[preview.fitting] if preview.fitting else "",
    )


def counts_in_words(import_counts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the figures of an import, each with its name."""
    count_rows = [
        ("Lignes lues", import_counts["rows"]),
        ("Fiches nouvelles", import_counts["created"]),
        ("Fiches modifiées", import_counts["changed"]),
        ("Fiches inchangées", import_counts["unchanged"]),
        ("Lignes refusées", import_counts["refused"]),
    ]
    return [(row_name, number(row_count)) for row_name, row_count in count_rows]


def _rows_in_words(rows: Sequence[ShownRow], total: int) -> str:
    if not rows or len(rows) == total:
        return plural(total, "ligne")
    return f"lignes {number(rows[0].number)} à {number(rows[-1].number)} du fichier, sur {plural(total, 'ligne')}"


def _pages(token: str, page: int, given_source: str, total: int) -> list[tuple[str, str]]:
    pages = [("Lignes précédentes", page - 1)] if page > 1 else []
    if page * ROWS_A_PAGE < total:
        pages.append(("Lignes suivantes", page + 1))
    return [
        (words, f"/importer/{token}?{urlencode({'source': given_source, 'page': other})}#lignes")
        for words, other in pages
    ]
