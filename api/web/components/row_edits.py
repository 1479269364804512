"""What was changed in a row, in French: its history, its last change, whether it is in the archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from api.accounts.accounts import account_names
from api.catalogue.row_history import (
    ARCHIVED,
    BULK,
    CORRECTION,
    IMPORT,
    LOTS,
    MEMBER_OF,
    NATURAL_KEY,
    SOURCE,
    TAKEOVER,
    UNDONE,
    UNDONE_BULK,
    UNDONE_IMPORT,
    edits_of,
)
from api.catalogue.schemas import RecordKind
from api.catalogue.undone_edits import why_not_undone
from api.core.clock import PARIS
from api.core.french import day, plural
from api.open_data.sources.catalogue import LABELS
from api.web.components.field_names import field_in_words, value_in_words
from api.web.components.journal import actor_in_words
from models.row_history import RowEdit
from models.tables import Actor, Opportunity

ADDRESSES: Mapping[RecordKind, str] = {"actors": "/acteurs", "opportunities": "/opportunites"}
DONE = {
    "ajoute": "La fiche est ajoutée.",
    "corrige": "La fiche est corrigée.",
    "inchange": "Rien n’a changé : la fiche était déjà ainsi.",
    "annule": "La modification est annulée : la fiche est de nouveau comme avant.",
    "archive": "La fiche est archivée : elle n’est plus dans les listes, ni annoncée à personne.",
    "restaure": "La fiche est de retour sur le bureau.",
}
_THROUGH = {
    IMPORT: "import d’un fichier",
    UNDONE: "annulation",
    UNDONE_IMPORT: "annulation d’un import",
    CORRECTION: "correction proposée par un partenaire",
    BULK: "acte groupé",
    UNDONE_BULK: "annulation d’un acte groupé",
}


@dataclass(frozen=True)
class ShownEdit:
    """A change of a row. what: in a few words; lines: (field, before, after) of each field."""

    number: int
    when: str
    who: str
    what: str
    lines: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class RowState:
    """What a row's page says of its history. archived_on: empty while it is on the desk; last: its last change, if any.

    undoable: the last change can be undone.
    """

    address: str
    archived_on: str
    last: ShownEdit | None
    undoable: bool


def row_state(session: Session, kind: RecordKind, row: Actor | Opportunity) -> RowState:
    """Return what a row's page says of its history."""
    edits = edits_of(session, kind, row.id, 1)
    return RowState(
        address=f"{ADDRESSES[kind]}/{row.id}",
        archived_on=day(row.archived_at.astimezone(PARIS).date().isoformat()) if row.archived_at else "",
        last=shown_edits(session, edits)[0] if edits else None,
        undoable=bool(edits) and not why_not_undone(edits[0], row),
    )


def shown_edits(session: Session, edits: Sequence[RowEdit]) -> list[ShownEdit]:
    """Return edits in words."""
    names = account_names(session)
    return [
        ShownEdit(
            number=edit.number or 0,
            when=_moment(edit),
            who=_author(edit, names),
            what=_what(edit),
            lines=_lines(edit),
        )
        for edit in edits
    ]


def _moment(edit: RowEdit) -> str:
    in_paris = edit.edited_at.astimezone(PARIS)
    return f"{day(in_paris.date().isoformat())}, {in_paris:%H:%M}"


def _author(edit: RowEdit, names: Mapping[str, str]) -> str:
    how, _, which = edit.through.partition(":")
    if how == SOURCE:
        return f"source publique {LABELS.get(which, which)}"
    who = actor_in_words(edit.edited_by, names)
    return f"{who} ({_THROUGH[how]})" if how in _THROUGH else who


def _what(edit: RowEdit) -> str:
    if edit.is_new:
        return "fiche créée"
    if ARCHIVED in edit.changes:
        return "fiche archivée" if edit.changes[ARCHIVED][1] else "fiche remise sur le bureau"
    fields = list(dict.fromkeys(name.lower() for name, _, _ in _lines(edit)))
    return ", ".join(fields[:4]) + (f" et {plural(len(fields) - 4, 'autre')}" if len(fields) > 4 else "")


def _lines(edit: RowEdit) -> list[tuple[str, str, str]]:
    lines = []
    for name, (before, after) in edit.changes.items():
        if name == TAKEOVER:
            lines += _takeover_lines(before or {}, after or {})
        elif name in (MEMBER_OF, LOTS):
            words = _lots if name == LOTS else _carriers
            lines.append((field_in_words(name), words(before), words(after)))
        elif name not in (ARCHIVED, NATURAL_KEY):
            lines.append((field_in_words(name), value_in_words(name, before), value_in_words(name, after)))
    return lines


def _takeover_lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    names = [f"{TAKEOVER}.{name}" for name in {**before, **after} if before.get(name) != after.get(name)]
    sides = [(name, before.get(name.partition(".")[2]), after.get(name.partition(".")[2])) for name in names]
    return [(field_in_words(name), value_in_words(name, old), value_in_words(name, new)) for name, old, new in sides]


def _lots(lots: Sequence[Mapping[str, Any]] | None) -> str:
    return " ; ".join(f"lot {lot['number']} : {lot['title']}" for lot in lots or ()) or "–"


def _carriers(carriers: Sequence[str] | None) -> str:
    return plural(len(carriers), "réseau ou CAE", "réseaux ou CAE") if carriers else "–"
