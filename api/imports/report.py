"""What an import did, and why rows were refused, in French."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from api.catalogue.memberships import MissingCarrier
from api.catalogue.schemas import RecordKind
from api.core.french import plural
from api.imports.known_rows import Collision


class Refusal(NamedTuple):
    """Why a row is refused: its number, the column as the file names it (empty: the row), the cell, the reason."""

    row: int
    column: str
    value: str
    reason: str


@dataclass
class ImportReport:
    """What an import did. Counts are of records, `rows`, `refused` and `closed` of rows; texts are in French.

    source: where its rows come from, of which no cell says it. present: of the unchanged, those of another source.
    proposed: pairs of possible duplicates. collisions: the sources whose numbers new rows share.
    contacts: those that are new or completed.
    """

    path: Path
    kind: RecordKind
    dry_run: bool = False
    source: str = ""
    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    present: int = 0
    proposed: int = 0
    refused: int = 0
    closed: int = 0
    collisions: list[Collision] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[Refusal] = field(default_factory=list)
    refused_path: Path | None = None
    contacts: int = 0


def missing_carrier_in_words(missing: MissingCarrier) -> str:
    why = "désigne l’acteur lui-même" if missing.itself else "introuvable"
    return f"Ligne {missing.row} : membre de « {missing.reference} », {why} ; l’acteur est gardé, sans ce lien."


def refusal_in_words(refusal: Refusal) -> str:
    return f"{refusal.column} : {refusal.reason}" if refusal.column else refusal.reason


def left_out_in_words(warning: Refusal) -> str:
    """Return what to know of a cell that is not read, or not as it stands, of a row that is."""
    shown = f" « {warning.value[:80]}{'…' if len(warning.value) > 80 else ''} »" if warning.value else ""
    return f"Ligne {warning.row}, {warning.column}{shown} : {warning.reason}. Le reste de la ligne est gardé."


def untold_in_words(count: int) -> list[str]:
    """Return what to say of the cells that are left out and not listed."""
    return [f"Et {plural(count, 'autre cellule laissée', 'autres cellules laissées')} de côté."] if count else []


def closed_in_words(rows: list[int]) -> str:
    """Return a note on the rows of establishments that are closed."""
    return f"Établissements fermés, laissés de côté : {len(rows)} (lignes {_lines(rows)})."


def by_name_in_words(rows: list[int]) -> str:
    """Return a note on the rows without SIRET of actors that the desk has with theirs."""
    return f"Sans SIRET, reconnus par leur nom et leur lieu : {len(rows)} (lignes {_lines(rows)})."


def _lines(rows: list[int]) -> str:
    return ", ".join(map(str, rows[:10])) + (", …" if len(rows) > 10 else "")


def contacts_in_words(count: int) -> str:
    return f"{plural(count, 'contact nouveau ou complété', 'contacts nouveaux ou complétés')}, pour l’équipe seule."


def renamed_in_words(count: int) -> str:
    """Return what to make sure of where confidential rows get other titles: the file may be of other things."""
    rows = plural(count, "fiche confidentielle change", "fiches confidentielles changent")
    return f"{rows} de titre, par des lignes sans type. Vérifiez que ce fichier est bien la suite de leur liste."


def present_in_words(count: int) -> str:
    """Return a note on the rows that another source gave already."""
    return f"{plural(count, 'fiche')} déjà au bureau sous un autre nom de source : rien n’y change."
