"""Which column of a file feeds which field: by name, by a known header, or by a mapping file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from api.catalogue.schemas import ActorIn, LotIn, OpportunityIn, RecordKind, TakeoverIn
from api.contacts.cells import CELLS
from api.core import french_input
from api.core.errors import SourceError
from api.core.french_input import Parser
from api.core.french_numbers import scale_of
from api.core.text import normalize_label
from api.imports.column_names import label_forms
from api.imports.column_parsers import is_remembered, may_be_unknown, parser_of
from api.imports.other_kind import fitting_in_words, fitting_kind
from api.imports.source_names import source_named, source_of_file

# Columns that our own refusals add: a corrected file comes back with them.
REFUSAL_COLUMN = "motif"

# Columns that only contracts that were won have: their holder, the day when they were notified.
_AWARD = re.compile(
    r"(?:titulaire|attributaire|entrepriseretenue|(?:date(?:de|d)?)?(?:notification|attribution)|(?:notifie|attribue)(?:le|a))"
)

# Only a takeover case has these.
TAKEOVER_SIGNS = frozenset(
    f"takeover.{name}" for name in ("cause", "price_min_eur", "price_max_eur", "transfer_on", "holder_siren")
)

# Before the names of a contact's cells (`api.contacts.cells.CELLS`).
CONTACT = "contact."

_NO_NUMBER: dict[RecordKind, str] = {
    "actors": "Ni SIRET ni identifiant : le nom et le lieu en tiennent lieu.",
    "opportunities": "Pas de colonne d’identifiant : titre, acheteur, lieu et date de publication en tiennent lieu.",
}


class MissingColumnsError(SourceError):
    """No column gives what every row must say; a person may know which one does.

    fitting: the other kind, where the columns are rather those of its files.
    """

    def __init__(self, detail: str, fitting: RecordKind | None = None) -> None:
        super().__init__(detail)
        self.fitting = fitting


@dataclass(frozen=True)
class ColumnChoice:
    """What a person said of a file: the field that each column (from 0) feeds, empty for none; values of all rows."""

    fields: Mapping[int, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column of the file (`index` from 0, `name` as the file writes it) and the field that it feeds."""

    index: int
    name: str
    field: str
    parse: Parser
    remembers: bool
    has_unknowns: bool


@dataclass(frozen=True)
class Layout:
    """How a file's cells become fields. `constants` hold for every row; `identity` columns name a row together.

    source: where rows come from of which no cell says it; is_source_given: a person, or the header, said so, and not
    the file's name alone.
    awarded: columns that are filled where a contract has been won, so that nothing of it is open any more.
    comes_back: the file is one of ours, of refused rows, and its cells are as `harmless` wrote them.
    fitting: the other kind, where the columns are rather those of its files and nobody said how they are read.
    """

    kind: RecordKind
    columns: tuple[Column, ...]
    constants: dict[str, Any]
    source: str
    is_source_given: bool
    identity: tuple[int, ...] = ()
    notes: list[str] = field(default_factory=list)
    comes_back: bool = False
    awarded: tuple[int, ...] = ()
    fitting: RecordKind | None = None

    @cached_property
    def fields(self) -> frozenset[str]:
        """Return the fields that the file feeds; the others keep their stored values."""
        own = frozenset(column.field for column in self.columns) | self.constants.keys()
        return own | {"status"} if self.awarded else own

    @property
    def is_source_told(self) -> bool:
        """Whether a column says where each row comes from."""
        return any(column.field == "source" for column in self.columns)

    def name_of(self, target: str) -> str:
        """Return the column that feeds a field, as the file names it; the field itself where none does."""
        return next((column.name for column in self.columns if column.field == target), target)


def recognise(
    header: list[str],
    kind: RecordKind,
    file_name: str,
    *,
    mapping: Path | None = None,
    by_hand: ColumnChoice | None = None,
    source: str | None = None,
    shift_days: int = 0,
) -> Layout:
    """Return how to read a file with this header. `shift_days` is added to every date.

    source: the name that a person gave; without one, the mapping, a known header or the file's name gives it.
    Raises MissingColumnsError when a mandatory column is missing, SourceError when the mapping file or the choice names
    what does not exist, or the header is that of a file that is not taken.
    """
    chosen, constants = _explicit(mapping, header, kind)
    if by_hand:
        _check(by_hand, kind)
        chosen, constants = chosen | dict(by_hand.fields), constants | dict(by_hand.constants)
    labels = [normalize_label(name) for name in header]
    preset = _preset(labels, kind)
    if "refusal" in preset:
        raise SourceError(preset["refusal"])
    constants = {**preset.get("constants", {}), **constants}
    if source or ("source" not in constants and "source" in preset):
        constants["source"] = source_named(source) if source else preset["source"]
    synonyms, notes = _synonyms(kind), []
    columns: list[Column] = []
    fed: dict[str, str] = dict.fromkeys(constants, "une constante")
    unknown: list[str] = []
    # Columns that the mapping file names come first.
    for index, name in sorted(enumerate(header), key=lambda column: (column[0] not in chosen, column[0])):
        if not name or labels[index] == REFUSAL_COLUMN:
            continue
        target = chosen[index] if index in chosen else _find(name, synonyms)
        if target is None:
            unknown.append(name)
        elif target in fed:
            notes.append(f"Colonne « {name} » non lue : {fed[target]} donne déjà le même renseignement.")
        elif target:
            fed[target] = f"« {name} »"
            parser = parser_of(target, kind, shift_days, scale_of(name))
            columns.append(Column(index, name, target, parser, is_remembered(target), may_be_unknown(target)))
    if unknown:
        notes.append("Colonnes inconnues, non lues : " + ", ".join(f"« {name} »" for name in unknown) + ".")
    parsed = {name: _constant(name, value, kind, shift_days) for name, value in constants.items()}
    if kind == "opportunities" and "kind" not in fed and TAKEOVER_SIGNS & fed.keys():
        parsed["kind"] = "takeover"
        notes.append("Colonnes de cession reconnues : le fichier est lu comme des cas de reprise.")
    places = {label: index for index, label in enumerate(labels)}
    named = () if "source_id" in chosen.values() else preset.get("identity", ())
    identity = tuple(places[normalize_label(name)] for name in named)
    if "source_id" not in fed and (kind == "opportunities" or "siret" not in fed):
        notes.append(_NO_NUMBER[kind])
    awarded = _awarded(labels) if kind == "opportunities" and "status" not in fed else ()
    if awarded:
        named = ", ".join(f"« {header[index]} »" for index in awarded)
        notes.append(f"Marchés attribués d’après {named} : les lignes où c’est rempli entrent comme closes.")
    fitting = None if chosen else fitting_kind(header, kind, field_named)
    if fitting:
        notes.append(fitting_in_words(fitting))
    _require(kind, fed.keys(), header, fitting)
    given = parsed.pop("source", None)
    return Layout(
        kind,
        tuple(sorted(columns, key=lambda column: column.index)),
        parsed,
        given or source_of_file(file_name),
        given is not None,
        identity,
        notes,
        REFUSAL_COLUMN in labels,
        awarded,
        fitting,
    )


def _awarded(labels: list[str]) -> tuple[int, ...]:
    return tuple(index for index, label in enumerate(labels) if _AWARD.match(label))


def _require(kind: RecordKind, fed: Any, header: list[str], fitting: RecordKind | None) -> None:
    missing: list[str] = []
    if kind == "actors":
        if "name" not in fed:
            missing.append("le nom (nom)")
        if not {"kind", "legal_category"} & set(fed):
            missing.append("le type (type, ou catégorie juridique)")
    elif "title" not in fed:
        missing.append("le titre (titre ou objet)")
    if missing:
        present = ", ".join(f"« {name} »" for name in header if name)
        why = f"Il manque {' ; '.join(missing)}. Colonnes trouvées : {present}."
        raise MissingColumnsError(why, fitting)


def _check(choice: ColumnChoice, kind: RecordKind) -> None:
    for target in (*choice.fields.values(), *choice.constants):
        if target and target not in known_fields(kind):
            raise SourceError(f"Cette lecture nomme un champ inconnu : « {target} ».")


def _explicit(mapping: Path | None, header: list[str], kind: RecordKind) -> tuple[dict[int, str], dict[str, Any]]:
    """Read a mapping file: `[columns] "Ma colonne" = "name"` (empty: not read), `[constants] source = "x"`."""
    if mapping is None:
        return {}, {}
    try:
        document = tomllib.loads(mapping.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"Le fichier de correspondance « {mapping.name} » est illisible : {error}.") from error
    chosen, constants = document.get("columns", {}), document.get("constants", {})
    for name, target in chosen.items():
        if name not in header:
            raise SourceError(f"La correspondance nomme une colonne absente du fichier : « {name} ».")
        if target and target not in known_fields(kind):
            raise SourceError(f"La correspondance nomme un champ inconnu : « {target} ».")
    for target in constants:
        if target not in known_fields(kind) or target.startswith(("lot.", CONTACT)):
            raise SourceError(f"La correspondance nomme une constante inconnue : « {target} ».")
    return {index: chosen[name] for index, name in enumerate(header) if name in chosen}, constants


def _preset(labels: list[str], kind: RecordKind) -> dict[str, Any]:
    present = set(labels)
    return next((dict(preset) for needed, preset in _presets(kind) if present >= needed), {})


@cache
def _presets(kind: RecordKind) -> list[tuple[frozenset[str], dict[str, Any]]]:
    """Return the layouts that are known by their header, with the columns that each needs."""
    presets = [preset for preset in french_input.vocabulary()["presets"] if preset["kind"] == kind]
    return [(frozenset(map(normalize_label, preset["header"])), preset) for preset in presets]


def _find(name: str, synonyms: dict[str, str]) -> str | None:
    """`Montant (€ HT)` is looked up as it is, then without its note, its unit and its year."""
    return next((synonyms[form] for form in label_forms(name) if form in synonyms), None)


def field_named(name: str, kind: RecordKind) -> str:
    """Return the field that a column of this name feeds; nothing where it is not known."""
    return _find(name, _synonyms(kind)) or ""


@cache
def known_labels(kind: RecordKind) -> frozenset[str]:
    """Return the labels by which the columns of a kind's files are known; a header is found by them."""
    presets = [normalize_label(name) for needed, preset in _presets(kind) for name in preset["header"]]
    return frozenset({*_synonyms(kind), *presets, REFUSAL_COLUMN})


@cache
def known_fields(kind: RecordKind) -> frozenset[str]:
    """Return the names of the fields that a column may feed."""
    contacts = {f"{CONTACT}{cell}" for cell in CELLS}
    if kind == "actors":
        return frozenset(ActorIn.model_fields) | {"naf_2025", "state"} | contacts
    own = frozenset(OpportunityIn.model_fields) - {"lots", "takeover"} | {"naf_2025"}
    lots = {f"lot.{name}" for name in LotIn.model_fields}
    return own | lots | contacts | {f"takeover.{name}" for name in TakeoverIn.model_fields}


@cache
def _synonyms(kind: RecordKind) -> dict[str, str]:
    words = french_input.vocabulary()
    fields = {
        normalize_label(synonym): target
        for target, synonyms in {**words["places"], **words["contacts"], **words[kind]}.items()
        for synonym in synonyms
    }
    return fields | {normalize_label(name): name for name in known_fields(kind)}


def _constant(name: str, value: Any, kind: RecordKind, shift_days: int) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parser_of(name, kind, shift_days)(value)
    except ValueError as error:
        raise SourceError(f"Constante « {name} » = « {value} » : {error}.") from error
