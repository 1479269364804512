"""The forms in which a need is stated: fields of the desk's own forms, in the words of whoever states it."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from api.catalogue.places.places_in_text import Gazetteer
from api.core.french import plural, sentence
from api.entry.entry_fields import EntryField, Widget, nested, read_fields
from api.entry.entry_place import PLACE, read_place
from api.entry.opportunity_entry import HOLDER, HOLDER_SIREN, MARKET_FIELDS, TAKEOVER_FIELDS, opportunity_problems
from api.entry.typed_form import TypedForm
from api.stated_needs.kinds import KINDS, StatedKind, opportunity_kind

TITLE, BUYER, KIND = "title", "buyer_name", "nature"
_BY_NAME = {field.name: field for field in (*TAKEOVER_FIELDS, *MARKET_FIELDS, HOLDER_SIREN)}


def _field(name: str, label: str, hint: str = "", **changes: object) -> EntryField:
    return replace(_BY_NAME[name], label=label, hint=hint, is_folded=False, **changes)  # type: ignore[arg-type]


_PLACE = _field(PLACE, "Commune", "« Crest », « Crest (26) » ou « 26400 Crest ».")
_WANTED: Sequence[EntryField] = (
    _field(TITLE, "Votre besoin, en une phrase", "Par exemple : tonte et taille de haies autour de la mairie."),
    _field("description", "Précisions", "Quantités, fréquence, conditions : ce qui aide à y répondre.", longest=5_000),
    _PLACE,
    _field("deadline", "Pour quand ?"),
    _field("amount_eur", "Budget (€ HT)", "Si vous le connaissez."),
)
NEED_FIELDS: Sequence[EntryField] = (*_WANTED, _field(BUYER, "Votre organisme"))
OWN_NEED_FIELDS: Sequence[EntryField] = (
    EntryField(
        KIND,
        "Votre demande",
        Widget.CHOICE,
        choices=((StatedKind.NEED.value, "un besoin"), (StatedKind.SUBCONTRACT.value, "une sous-traitance à confier")),
    ),
    *_WANTED,
    _field(BUYER, "Pour quelle structure"),
)
TAKEOVER_FIELDS_ASKED: Sequence[EntryField] = (
    _field(TITLE, "Activité de l’entreprise", "En quelques mots, par exemple : menuiserie."),
    _PLACE,
    _field("takeover.headcount", "Nombre de salariés"),
    _field("description", "Ce que vous envisagez, et quand", longest=5_000),
    _field(HOLDER, "SIREN, si vous voulez le donner"),
)


def fields_of(kind: str, *, own: bool = False) -> Sequence[EntryField]:
    """Return the fields of a form. own: a partner's, who states it from its space."""
    if kind == StatedKind.TAKEOVER:
        return TAKEOVER_FIELDS_ASKED
    return OWN_NEED_FIELDS if own else NEED_FIELDS


def problems_of(
    kind: str, typed: TypedForm, gazetteer: Gazetteer, home_departments: Set[str], *, own: bool = False
) -> dict[str, str]:
    """Return what is wrong with what was typed, by field: what the desk's own form would refuse, and what is too long.

    home_departments: where the commune is looked for first.
    """
    fields = [field for field in fields_of(kind, own=own) if field.name != KIND]
    values, problems = read_fields(fields, typed)
    try:
        values |= read_place(values.pop(PLACE, None) or "", gazetteer, home_departments)
    except ValueError as error:
        problems[PLACE] = sentence(str(error))
    known = {name: value for name, value in values.items() if value is not None}
    content = {"source_id": "x", "kind": opportunity_kind(kind), **nested(known)}
    if not typed.text(TITLE):
        problems[TITLE] = "Écrivez au moins ceci."
    problems = opportunity_problems(content) | problems
    for field in fields:
        if len(typed.text(field.name)) > field.longest:
            problems[field.name] = f"Trop long : {plural(field.longest, 'caractère')} au plus."
    return problems


def kept_texts(kind: str, typed: TypedForm, *, own: bool = False) -> dict[str, str]:
    """Return what is kept of a form: the texts of its own fields that were filled."""
    names = [field.name for field in fields_of(kind, own=own) if field.name != KIND]
    return {name: typed.text(name) for name in names if typed.text(name)}


def said_of(kind: str, typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what was typed, by the label of its field, in the order of the form."""
    return [(field.label, typed[field.name]) for field in fields_of(kind) if typed.get(field.name)]


def kind_in_words(kind: str) -> str:
    return KINDS[StatedKind(kind)]


def heading_of(typed: Mapping[str, str]) -> str:
    """Return the line that the house knows a need by, also once it was withdrawn."""
    return typed.get(TITLE, "") or "Besoin retiré par son auteur"
