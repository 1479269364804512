"""The forms of an opening, with its lots, and of a takeover case."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from api.catalogue.approvals import read_approvals, written_approvals
from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.schemas import MOST_LOTS, OpportunityIn
from api.catalogue.wording import AXES, CAUSES, ORIGINS, RESERVATIONS, STATUSES
from api.core import french_input, french_numbers
from api.core.french import sentence
from api.entry.actor_entry import NAF, on_the_form, with_nomenclature
from api.entry.entry_fields import (
    YES_OR_NO,
    EntryField,
    Widget,
    joined,
    read_fields,
    schema_problems,
    whole_number,
    written_boolean,
    written_day,
    written_fields,
    written_number,
)
from api.entry.entry_place import PLACE, read_place, written_place
from api.entry.typed_form import TypedForm
from matcher.types import OpportunityKind

HOLDER = "takeover.holder_siren"

_TITLE = EntryField(
    "title",
    "Intitulé",
    is_required=True,
    hint="Le métier en clair : « Tonte des stades », plutôt que « Marché 12 ».",
    longest=1_000,
)
_PLACE = EntryField(PLACE, "Commune", hint="« Crest », « Crest (26) » ou « 26400 Crest ».")
_DEADLINE = EntryField("deadline", "Date limite", Widget.DATE, french_input.day, written_day, longest=60)
_DESCRIPTION = EntryField("description", "Description", Widget.LINES, longest=20_000)
_NAF = EntryField(
    NAF,
    "Codes NAF de l’activité",
    read=french_input.code_list,
    write=lambda codes: ", ".join(code["code"] for code in codes),
    hint="Par exemple 43.32A.",
    longest=5_000,
    is_folded=True,
)
_STATUS = EntryField("status", "État", Widget.CHOICE, choices=tuple(STATUSES.items()), is_folded=True)
_PUBLISHED = EntryField(
    "published_on", "Parution", Widget.DATE, french_input.day, written_day, longest=60, is_folded=True
)
_URL = EntryField("url", "Adresse de l’avis", hint="Avec http:// ou https://.", longest=500, is_folded=True)
_AXIS = EntryField(
    "axis",
    "Axe",
    Widget.CHOICE,
    french_input.axis,
    choices=(("", "à déduire"), *((str(axis), f"{axis}. {words}") for axis, words in AXES.items())),
    is_folded=True,
)

MARKET_FIELDS: Sequence[EntryField] = (
    _TITLE,
    EntryField("origin", "Nature", Widget.CHOICE, choices=(("", "non renseignée"), *ORIGINS.items())),
    _PLACE,
    EntryField("buyer_name", "Acheteur"),
    EntryField(
        "amount_eur", "Montant (€ HT)", Widget.NUMBER, french_numbers.number, written_number, longest=60,
        hint="De tout le marché. Il dit quels acteurs ont la taille qu’il faut.",
    ),
    _DEADLINE,
    _DESCRIPTION,
    EntryField(
        "reserved", "Réservé", Widget.CHOICES, choices=tuple(RESERVATIONS.items()),
        hint="Seulement si l’avis le dit : les autres acteurs sont alors écartés.",
    ),
    EntryField("buyer_siret", "SIRET de l’acheteur", longest=60, is_folded=True),
    EntryField(
        "social_clause",
        "Clause sociale d’insertion",
        Widget.CHOICE,
        french_input.boolean,
        written_boolean,
        YES_OR_NO,
        is_folded=True,
    ),
    EntryField(
        "required_approvals",
        "Agréments demandés",
        read=read_approvals,
        write=written_approvals,
        hint="Séparés par des virgules : « RGE, SIAE ».",
        longest=5_000,
        is_folded=True,
    ),
    EntryField(
        "cpv",
        "Codes CPV",
        read=french_input.code_list,
        write=joined(", "),
        hint="Par exemple 77310000-6.",
        longest=5_000,
        is_folded=True,
    ),
    _NAF,
    _PUBLISHED,
    _STATUS,
    _AXIS,
    _URL,
)  # fmt: skip

TAKEOVER_FIELDS: Sequence[EntryField] = (
    _TITLE,
    _PLACE,
    EntryField("takeover.cause", "Cause", Widget.CHOICE, choices=tuple(CAUSES.items())),
    EntryField("takeover.headcount", "Effectif (salariés)", Widget.NUMBER, whole_number, written_number, longest=60),
    EntryField(
        "takeover.turnover_eur",
        "Chiffre d’affaires (€)",
        Widget.NUMBER,
        french_numbers.number,
        written_number,
        longest=60,
    ),
    _DESCRIPTION,
    EntryField(
        "takeover.price_min_eur", "Prix minimal (€)", Widget.NUMBER, french_numbers.number, written_number, longest=60,
        is_folded=True,
    ),
    EntryField(
        "takeover.price_max_eur", "Prix maximal (€)", Widget.NUMBER, french_numbers.number, written_number, longest=60,
        is_folded=True,
    ),
    EntryField(
        "takeover.transfer_on", "Cession prévue", Widget.DATE, french_input.day, written_day, longest=60,
        is_folded=True,
    ),
    EntryField(
        "deadline", "Date limite des offres", Widget.DATE, french_input.day, written_day, longest=60, is_folded=True
    ),
    _NAF,
    _STATUS,
    _PUBLISHED,
    _URL,
)  # fmt: skip

HOLDER_SIREN = EntryField(HOLDER, "SIREN de l’entreprise", longest=60)

CONFIDENTIAL = EntryField(
    "confidential",
    "Qui peut en entendre parler",
    Widget.CHOICE,
    french_input.boolean,
    written_boolean,
    (("", "tout le monde"), ("oui", "l’équipe seule : fiche confidentielle")),
    is_folded=True,
)

# Fields of one lot, sent as lists of the same length.
LOT_NUMBER, LOT_TITLE, LOT_AMOUNT, LOT_RESERVED, LOT_CPV = (
    *("lot_number", "lot_title", "lot_amount", "lot_reserved", "lot_cpv"),
)
LOT_PARTS = (LOT_NUMBER, LOT_TITLE, LOT_AMOUNT, LOT_RESERVED, LOT_CPV)


def fields_of(kind: str) -> Sequence[EntryField]:
    """Return the fields of a kind of opportunity, the company's number of a takeover first."""
    return (HOLDER_SIREN, *TAKEOVER_FIELDS) if kind == OpportunityKind.TAKEOVER else MARKET_FIELDS


def new_fields_of(kind: str) -> Sequence[EntryField]:
    """Return the fields of a new one: a takeover case is confidential, an opening may be made so."""
    return fields_of(kind) if kind == OpportunityKind.TAKEOVER else (*MARKET_FIELDS, CONFIDENTIAL)


def lots_differ(shown: TypedForm, typed: TypedForm) -> bool:
    """Return whether other lots were typed than what is shown of the stored ones; none sent are none changed."""
    if not any(name in typed.values for name in LOT_PARTS):
        return False
    lots, typed_lots = (
        [tuple(map(str.strip, lot)) for lot in lot_lines(form) if lot[1].strip() or lot[2].strip()]
        for form in (shown, typed)
    )
    return lots != typed_lots


def read_opportunity(
    typed: TypedForm,
    kind: str,
    gazetteer: Gazetteer,
    home_departments: Set[str],
    stored: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the fields that were typed, a takeover's as `takeover.…`, and what is wrong, by field of the form."""
    values, problems = read_fields(new_fields_of(kind), typed)
    try:
        values |= read_place(values.pop(PLACE) or "", gazetteer, home_departments)
    except ValueError as error:
        problems[PLACE] = sentence(str(error))
    if (codes := values.get(NAF)) is not None:
        values[NAF] = with_nomenclature(codes, (stored or {}).get(NAF) or ())
    if kind != OpportunityKind.TAKEOVER:
        values["lots"], lot_problems = _read_lots(typed)
        problems |= lot_problems
    return values, problems


def opportunity_problems(content: Mapping[str, Any]) -> dict[str, str]:
    """Return what the rules of opportunities refuse of a new one's content, by field of the form."""
    return on_the_form(schema_problems(OpportunityIn, content))


def opportunity_form(
    row: Mapping[str, Any], lots: Sequence[Mapping[str, Any]], case: Mapping[str, Any] | None, gazetteer: Gazetteer
) -> TypedForm:
    """Return the form of an opportunity's columns, its lots' and its case's."""
    shown: dict[str, Any] = {**row, PLACE: written_place(row, gazetteer) or None}
    shown |= {f"takeover.{name}": value for name, value in (case or {}).items()}
    form = written_fields(fields_of(str(row["kind"])), shown)
    return TypedForm(
        {
            **form.values,
            LOT_NUMBER: tuple(lot["number"] for lot in lots),
            LOT_TITLE: tuple(lot["title"] for lot in lots),
            LOT_AMOUNT: tuple(_amount(lot["amount_eur"]) for lot in lots),
            LOT_RESERVED: tuple(" ".join(lot["reserved"]) for lot in lots),
            LOT_CPV: tuple(", ".join(lot["cpv"]) for lot in lots),
        }
    )


def lot_lines(typed: TypedForm) -> list[tuple[str, str, str, str, str]]:
    """Return the lots of a form, a line each: number, title, amount, reservation, CPV codes."""
    parts = [typed.texts(name) for name in LOT_PARTS]
    longest = min(max(map(len, parts)), MOST_LOTS)
    padded = [[*part, *[""] * longest][:longest] for part in parts]
    return list(zip(*padded, strict=True))


def _read_lots(typed: TypedForm) -> tuple[list[dict[str, Any]], dict[str, str]]:
    lots, problems = list[dict[str, Any]](), dict[str, str]()
    for position, (number, title, amount, reserved, cpv) in enumerate(lot_lines(typed), start=1):
        if not title.strip() and not amount.strip():
            continue
        shown_number = number.strip() or str(position)
        try:
            lots.append(
                {
                    "number": shown_number,
                    "title": title.strip(),
                    "cpv": french_input.code_list(cpv),
                    "amount_eur": french_numbers.number(amount.strip()) if amount.strip() else None,
                    "reserved": reserved.split(),
                }
            )
        except ValueError as error:
            problems.setdefault("lots", f"Lot {shown_number} : {error}.")
        if not title.strip():
            problems.setdefault("lots", f"Lot {shown_number} : écrivez son intitulé.")
    return lots, problems


def _amount(amount_eur: float | None) -> str:
    return "" if amount_eur is None else written_number(amount_eur)
