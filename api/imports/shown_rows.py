"""A file as a person sees it before it is imported: what each column is read as, each row as it will be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from api.catalogue.schemas import RecordKind
from api.catalogue.wording import KINDS, OPPORTUNITY_KINDS, STATUSES
from api.core import french
from api.core.french_input import vocabulary
from api.core.text import folded
from api.imports.cell_marks import without_marks
from api.imports.columns import Column, ColumnChoice, Layout, field_named, known_fields
from api.imports.report import refusal_in_words
from api.imports.row_parser import ParsedRow

# Fields whose first synonym in columns.toml is not what people say.
CODES = {
    "siret": "SIRET",
    "buyer_siret": "SIRET de l’acheteur",
    "source_id": "identifiant",
    "legal_category": "catégorie juridique",
    "ess": "entreprise de l’ESS",
    "headcount_band": "tranche d’effectif",
    "area_communes": "communes d’intervention",
    "area_departments": "départements d’intervention",
    "naf": "code NAF",
    "naf_2025": "code NAF 2025",
    "cpv": "code CPV",
    "lot.cpv": "code CPV du lot",
    "information_date": "date de mise à jour",
    "commune_code": "code INSEE de la commune",
    "confidential": "confidentiel",
    "radius_km": "rayon (km)",
    "esus": "agrément ESUS",
    "takeover.holder_siren": "SIREN du cédant",
    "takeover.price_min_eur": "prix minimum",
    "takeover.price_max_eur": "prix maximum",
    "takeover.transfer_on": "date de cession",
    "lot.number": "numéro du lot",
    "lot.title": "titre du lot",
    "lot.amount_eur": "montant du lot",
    "lot.reserved": "réservation du lot",
}

_CLOSED = "Établissement fermé : la ligne est laissée de côté"
# Shown of a column, and of one cell.
_EXAMPLES, _LONGEST = 2, 200


@dataclass(frozen=True)
class ReadColumn:
    """A column of the file (`index` from 0), the field that it feeds (empty: none), and its first values."""

    index: int
    name: str
    field: str
    examples: Sequence[str]


@dataclass(frozen=True)
class ShownCell:
    """A value as it is kept, under the French name of its field; is_left_out: it stands as it was written, unread."""

    name: str
    text: str
    is_left_out: bool = False


@dataclass(frozen=True)
class ShownRow:
    """A row as it will be kept. refusals: why it is not; warnings: why some of its cells are not, or not as written."""

    number: int
    cells: Sequence[ShownCell]
    refusals: Sequence[str]
    warnings: Sequence[str]


def read_columns(
    header: Sequence[str],
    kind: RecordKind,
    read: Sequence[Column],
    rows: Sequence[Sequence[str]],
    choice: ColumnChoice,
) -> list[ReadColumn]:
    """Return the columns of a file that have a name. rows: the cells of its first ones.

    read: those that are read; none where a column is still missing: then what their names say.
    """
    feeds = {column.index: column.field for column in read} | dict(choice.fields)
    if not read:
        feeds = {index: field_named(name, kind) for index, name in enumerate(header)} | dict(choice.fields)
    columns = []
    for index, name in enumerate(header):
        if name:
            values = [without_marks(row[index])[:_LONGEST] for row in rows if index < len(row) and row[index]]
            columns.append(ReadColumn(index, name, feeds.get(index, ""), values[:_EXAMPLES]))
    return columns


def shown_row(row: ParsedRow, layout: Layout, kind: RecordKind) -> ShownRow:
    """Return a row as it will be kept, once all rows have been read."""
    cells = []
    for column in layout.columns:
        part, _, name = column.field.rpartition(".")
        written = row.cells[column.index] if column.index < len(row.cells) else ""
        is_left_out = column.field in row.left_out | row.failed
        # Contacts are merged from several cells, and a state is not kept: they are shown as they are written.
        own = {"state": written} | row.own
        values = {"": own, "lot": row.lot, "takeover": row.takeover}.get(part, {name: written})
        text = without_marks(written) if is_left_out else value_in_words(name, values.get(name), kind)
        cells.append(ShownCell(meaning(column.field, kind), text[:_LONGEST], is_left_out and bool(written)))
    warnings = [] if row.errors else [refusal_in_words(warning) for warning in row.warnings]
    if row.is_closed:
        warnings = [_CLOSED]
    return ShownRow(row.number, cells, list(dict.fromkeys(map(refusal_in_words, row.errors))), warnings)


def value_in_words(name: str, value: Any, kind: RecordKind) -> str:
    """Return a field's value as a person reads it; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date):
        return french.day(value.isoformat())
    if isinstance(value, list):
        return ", ".join(value_in_words(name, item, kind) for item in value)
    if isinstance(value, dict):
        return str(value["code"])
    if name.endswith("_eur"):
        return f"{french.number(value, 0 if float(value).is_integer() else 2)}\N{NO-BREAK SPACE}€"
    if isinstance(value, int | float):
        return french.number(value, 0 if float(value).is_integer() else 4)
    if name == "kind":
        return (KINDS if kind == "actors" else OPPORTUNITY_KINDS).get(value, str(value))
    if name == "status":
        return STATUSES.get(value, str(value))
    words = vocabulary()["values"].get(name, {}).get(value)
    return str(words[0]) if words else str(value)


@cache
def choices(kind: RecordKind) -> tuple[tuple[str, str], ...]:
    """Return the fields that a column may feed, each with its French name, in the order of the names."""
    named = [(field, meaning(field, kind)) for field in known_fields(kind)]
    return tuple(sorted(named, key=lambda choice: folded(choice[1])))


def meaning(field: str, kind: RecordKind) -> str:
    """Return the French name of a field: the first synonym of its column."""
    if field in CODES:
        return CODES[field]
    words = vocabulary()
    names = [*words[kind].get(field, ()), *words["places"].get(field, ()), *words["contacts"].get(field, ()), field]
    return str(names[0]).replace("'", "’")
