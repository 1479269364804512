"""The form of an actor: its fields, what was typed in them, and the form of a stored actor."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from api.catalogue.approvals import read_approvals, written_approvals
from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.schemas import ActorIn
from api.catalogue.wording import KINDS, SEEKING
from api.core import french_input, french_numbers, official_codes
from api.core.french import sentence
from api.entry.entry_fields import (
    YES_OR_NO,
    EntryField,
    Widget,
    joined,
    read_fields,
    schema_problems,
    whole_number,
    written_boolean,
    written_fields,
    written_number,
)
from api.entry.entry_place import PLACE, PLACE_FIELDS, read_place, written_place
from api.entry.typed_form import TypedForm

NAF = "naf"


def _band_in_words(code: str) -> str:
    low, high = official_codes.HEADCOUNT_BANDS[code]
    return "inconnue" if low is None else f"{low} ou plus" if high is None else f"{low} à {high} salariés"


ACTOR_FIELDS: Sequence[EntryField] = (
    EntryField("name", "Nom", is_required=True),
    EntryField(
        "kind",
        "Type",
        Widget.CHOICE,
        choices=(("", "à choisir"), *((code, words[:1].upper() + words[1:]) for code, words in KINDS.items())),
        is_required=True,
    ),
    EntryField(PLACE, "Commune", hint="« Crest », « Crest (26) » ou « 26400 Crest »."),
    EntryField(
        "headcount",
        "Effectif (salariés)",
        Widget.NUMBER,
        whole_number,
        written_number,
        hint="Il dit quels besoins sont à sa taille.",
        longest=60,
    ),
    EntryField(
        "activities",
        "Métiers, ce qu’il sait faire",
        Widget.LINES,
        french_input.texts,
        joined("\n"),
        hint="Un par ligne. C’est ce qui compte le plus pour le rapprocher d’un besoin.",
        longest=20_000,
    ),
    EntryField(
        "turnover_eur",
        "Chiffre d’affaires (€)",
        Widget.NUMBER,
        french_numbers.number,
        written_number,
        longest=60,
        is_folded=True,
    ),
    EntryField(
        "headcount_band",
        "Tranche d’effectif, faute du nombre",
        Widget.CHOICE,
        choices=(("", "non renseignée"), *((code, _band_in_words(code)) for code in official_codes.HEADCOUNT_BANDS)),
        is_folded=True,
    ),
    EntryField(
        "radius_km",
        "Rayon d’action (km)",
        Widget.NUMBER,
        french_numbers.number,
        written_number,
        hint="Au-delà, aucun besoin ne lui est proposé.",
        longest=60,
        is_folded=True,
    ),
    EntryField(
        "area_departments",
        "Départements d’intervention",
        read=french_input.departments,
        write=joined(", "),
        hint="« 07, 26 » ou « Drôme, Ardèche ».",
        is_folded=True,
    ),
    EntryField(
        "approvals",
        "Agréments et qualifications",
        read=read_approvals,
        write=written_approvals,
        hint="Séparés par des virgules : « Qualibat RGE, SAP ».",
        longest=5_000,
        is_folded=True,
    ),
    EntryField("seeks", "Cherche", Widget.CHOICES, choices=tuple(SEEKING.items()), is_folded=True),
    EntryField(
        "member_of",
        "Membre de (réseaux, CAE)",
        Widget.LINES,
        french_input.texts,
        joined("\n"),
        hint="Un par ligne : le nom ou le SIRET d’un acteur du bureau.",
        longest=20_000,
        is_folded=True,
    ),
    EntryField(
        "ess",
        "De l’économie sociale et solidaire",
        Widget.CHOICE,
        french_input.boolean,
        written_boolean,
        YES_OR_NO,
        is_folded=True,
    ),
    EntryField(
        "esus", "Agréé ESUS", Widget.CHOICE, french_input.boolean, written_boolean, YES_OR_NO, is_folded=True,
        hint="Entreprise solidaire d’utilité sociale."
    ),
    EntryField(
        NAF,
        "Codes NAF",
        read=french_input.code_list,
        write=lambda codes: ", ".join(code["code"] for code in codes),
        hint="Par exemple 81.30Z.",
        longest=5_000,
        is_folded=True,
    ),
    EntryField(
        "legal_category",
        "Catégorie juridique (code INSEE)",
        read=french_input.code,
        hint="Par exemple 5458 pour une SCOP.",
        longest=60,
        is_folded=True,
    ),
    EntryField("website", "Site", hint="Avec http:// ou https://.", is_folded=True),
    EntryField(
        "information_date", "Fiche à jour du", Widget.DATE, french_input.day, lambda day: day.isoformat(), longest=60,
        is_folded=True,
    ),
)  # fmt: skip

CONFIDENTIAL = EntryField(
    "confidential",
    "Qui peut en entendre parler",
    Widget.CHOICE,
    french_input.boolean,
    written_boolean,
    (("", "tout le monde, sauf d’un collectif de salariés"), ("oui", "l’équipe seule : fiche confidentielle")),
    is_folded=True,
)
# Of a stored one, it is decided on the page « Diffusion ».
NEW_FIELDS = (*ACTOR_FIELDS, CONFIDENTIAL)

SIRET = EntryField("siret", "SIRET ou SIREN", read=french_input.text, longest=60)


def read_actor(
    typed: TypedForm, gazetteer: Gazetteer, home_departments: Set[str], stored: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the fields of the schema that were typed, and what is wrong, by field of the form.

    stored: the row that is corrected; its codes keep their nomenclature.
    """
    values, problems = read_fields((SIRET, *NEW_FIELDS), typed)
    try:
        values |= read_place(values.pop(PLACE) or "", gazetteer, home_departments)
    except ValueError as error:
        problems[PLACE] = sentence(str(error))
    if (codes := values.get(NAF)) is not None:
        values[NAF] = with_nomenclature(codes, (stored or {}).get(NAF) or ())
    return values, problems


def with_nomenclature(codes: Sequence[str], stored: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return typed activity codes as the schemas take them; those of the stored row are of its nomenclature."""
    known = {activity["code"]: dict(activity) for activity in stored}
    return [known.get(code.strip().upper(), {"code": code}) for code in codes]


def actor_problems(content: Mapping[str, Any]) -> dict[str, str]:
    """Return what the rules of actors refuse of a new one's content, by field of the form."""
    return on_the_form(schema_problems(ActorIn, content))


def on_the_form(problems: Mapping[str, str]) -> dict[str, str]:
    """Return problems by the fields of the form: a list's element, or a part of the place, is no field of its own."""
    shown: dict[str, str] = {}
    for name, why in problems.items():
        first = name.split(".")[0]
        own = PLACE if first in PLACE_FIELDS else name if first == "takeover" else first
        shown.setdefault(own, why)
    return shown


def actor_form(row: Mapping[str, Any], carriers: Sequence[str], gazetteer: Gazetteer) -> TypedForm:
    """Return the form of an actor's columns. carriers: the names of the networks that it is a member of."""
    shown = {**row, PLACE: written_place(row, gazetteer) or None, "member_of": carriers}
    return written_fields((SIRET, *ACTOR_FIELDS), shown)
