"""Examines a few records of a source: what stands where it should, what is read, and what the service changed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.core.digits import is_digits
from api.open_data.coverage.falls import chance_of
from api.open_data.coverage.places import KEY, VALUE, FieldPlace, SourceForms, holders_at, is_present, objects_in
from api.open_data.coverage.tally import cover
from api.open_data.sources.contract import BadRecord, Source, SourceFact

# A place is lost when none of the records has it, and chance would not explain that.
_LOST_BY_CHANCE = 0.06
_HINTS = 2

Record = Mapping[str, Any]


@dataclass(frozen=True)
class CoverageRow:
    """Coverage of a field of a form: records that have it, of how many; those of which it was read, of how many."""

    form: str
    field: str
    n_present: int
    n_records: int
    n_read: int
    n_readable: int
    expected: float


@dataclass(frozen=True)
class LostPlace:
    """A place where none of the form's records holds its field. hints: paths where it may stand now."""

    form: str
    field: str
    path: str
    n_records: int
    hints: tuple[str, ...] = ()


@dataclass
class Examination:
    """What a few records of a source show.

    forms: form → records; the unknown form is empty. refused: (reference, field, reason). lost: places that are gone.
    unread: (form, field) that stands where it should and is read of no record. new_names: name → path where it was met.
    error: why the source could not be asked, or is read no more.
    """

    source: str
    n_records: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    rows: list[CoverageRow] = field(default_factory=list)
    lost: list[LostPlace] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    new_names: dict[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def is_as_expected(self) -> bool:
        return not (self.error or self.refused or self.lost or self.unread or self.forms[""])


def examine(source: Source, source_forms: SourceForms, records: Sequence[dict[str, Any]], today: date) -> Examination:
    """Compare records with the table, and read them as of a day. Nothing is stored; no value is kept."""
    examination = Examination(source.SOURCE, len(records))
    by_form: dict[str, list[Record]] = {}
    read_records: list[tuple[Record, str, list[SourceFact]]] = []
    for record in records:
        form = source_forms.form_of(record)
        by_form.setdefault(form, []).append(record)
        examination.forms[form] += 1
        try:
            read_records.append((record, source.reference(record), source.read(record, today)))
        except BadRecord as refusal:
            examination.refused.append((refusal.reference, refusal.field, refusal.reason))
        for path in _paths(record):
            name = path.rpartition(" ")[2]
            if name not in source_forms.known_names and not is_digits(name):
                examination.new_names.setdefault(name, path)
    coverage = cover(source_forms, read_records)
    for form, rows in source_forms.forms.items():
        form_records = by_form.get(form, [])
        if form_records and rows:
            examination.lost += _lost(form, rows, form_records, source_forms)
            examination.rows += _coverage_rows(form, rows, form_records, coverage.get(form, {}))
    examination.unread = [
        (row.form, row.field)
        for row in examination.rows
        if row.n_present and row.n_readable and not row.n_read and _must_yield(source_forms, row)
    ]
    return examination


def _must_yield(source_forms: SourceForms, row: CoverageRow) -> bool:
    yields = {place.yields for place in source_forms.forms[row.form] if place.field == row.field}
    return yields == {VALUE}


def _coverage_rows(
    form: str, rows: Sequence[FieldPlace], records: Sequence[Record], counts: Mapping[str, Sequence[int]]
) -> Iterator[CoverageRow]:
    for name in dict.fromkeys(row.field for row in rows if row.yields != KEY):
        places = [row for row in rows if row.field == name]
        n_present = sum(any(is_present(record, place.path) for place in places) for record in records)
        n_read, n_readable = counts.get(name, (0, 0))
        expected = max(place.share for place in places)
        yield CoverageRow(form, name, n_present, len(records), n_read, n_readable, expected)


def _lost(
    form: str, rows: Sequence[FieldPlace], records: Sequence[Record], source_forms: SourceForms
) -> Iterator[LostPlace]:
    expected_paths = {row.path for row in rows}
    for row in rows:
        if any(is_present(record, row.path) for record in records):
            continue
        if chance_of(0, len(records), row.share) < _LOST_BY_CHANCE:
            hints = {hint for record in records for hint in _hints(record, row.path, source_forms)} - expected_paths
            # What bears a name that nobody knows is likelier than another element of the same name.
            ranked_hints = sorted(hints, key=lambda hint: (source_forms.known_names.issuperset(hint.split()), hint))
            yield LostPlace(form, row.field, row.path, len(records), tuple(ranked_hints[:_HINTS]))


def _hints(record: Record, path: str, source_forms: SourceForms) -> Iterator[str]:
    """Yield unknown names beside the nearest element of the path that is still there, then places of the same name."""
    names = path.split()
    for depth in range(len(names) - 1, -1, -1):
        holder_path = " ".join(names[:depth])
        holders = list(holders_at(record, holder_path))
        if holders:
            siblings = {name for holder in holders for name in holder if name not in source_forms.known_names}
            yield from (f"{holder_path} {name}".strip() for name in sorted(siblings))
            break
    last_name = names[-1].partition("[")[0]
    yield from (met for met in _paths(record) if met.rpartition(" ")[2] == last_name and met != path)


def _paths(node: Any, before: str = "") -> Iterator[str]:
    """Yield the paths of all elements below a node, lists and JSON texts gone through."""
    for holder in objects_in(node):
        for name, value in holder.items():
            path = f"{before} {name}".strip()
            yield path
            if isinstance(value, Mapping | list | str):
                yield from _paths(value, path)
