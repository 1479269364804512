"""The fields of a contact in a form, alone or beside those of its actor; what was typed, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from fastapi import Depends
from pydantic import ValidationError

from api.catalogue.validation_messages import in_french
from api.contacts.phone_numbers import phone_in_words
from api.contacts.schemas import RETENTION, ContactIn, LawfulBasis
from api.contacts.wording import LAWFUL_BASES
from api.core.errors import InvalidError
from api.core.french_input import day as read_day
from api.core.stale_forms import state_of
from api.web.components.forms import stored_meanwhile
from api.web.fields import FormLine, FormWord
from models.contacts import Contact

# Each field of `ContactIn`, as forms send it.
SENT = {
    "name": "contact_nom",
    "role": "contact_fonction",
    "phone": "contact_telephone",
    "email": "contact_courriel",
    "source": "contact_source",
    "lawful_basis": "contact_base",
    "retained_until": "contact_jusqu_au",
}
LABELS = {
    "contact_nom": "Nom",
    "contact_fonction": "Fonction",
    "contact_telephone": "Téléphone",
    "contact_courriel": "Adresse électronique",
    "contact_source": "Source",
    "contact_base": "Base légale",
    "contact_jusqu_au": "Gardé jusqu’au",
}
USUAL_SOURCE = "Donné par la personne"
WHO = ("name", "phone", "email")


@dataclass(frozen=True)
class ContactForm:
    """What the fields show. typed: by the fields of `ContactIn`; problems: by the names that the form sends.

    seen: the state of the stored contact that the person has before them, empty for a new one.
    """

    typed: Mapping[str, str]
    bases: Sequence[tuple[str, str]] = tuple((basis.value, words) for basis, words in LAWFUL_BASES.items())
    problems: Mapping[str, str] = field(default_factory=dict)
    seen: str = ""

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Return what is wrong as (name of the field, sentence that names it), for the top of the page."""
        return [(name, f"{LABELS[name]} : {why[:1].lower()}{why[1:]}") for name, why in self.problems.items()]

    @property
    def is_folded(self) -> bool:
        """Whether the part about the source may stay folded: nothing in it is wrong."""
        return not {SENT[name] for name in ("source", "lawful_basis", "retained_until")} & self.problems.keys()


def _typed_contact(
    contact_nom: FormLine = "",
    contact_fonction: FormLine = "",
    contact_telephone: FormLine = "",
    contact_courriel: FormLine = "",
    contact_source: FormLine = "",
    contact_base: FormWord = "",
    contact_jusqu_au: FormWord = "",
) -> Mapping[str, str]:
    values = (contact_nom, contact_fonction, contact_telephone, contact_courriel)
    return dict(zip(SENT, (*values, contact_source, contact_base, contact_jusqu_au), strict=True))


TypedContactDep = Annotated[Mapping[str, str], Depends(_typed_contact)]


def blank_form(today: date) -> ContactForm:
    """Return the form of a new contact."""
    until = (today + RETENTION).isoformat()
    basis = LawfulBasis.LEGITIMATE_INTEREST.value
    return ContactForm(
        dict.fromkeys(SENT, "") | {"source": USUAL_SOURCE, "lawful_basis": basis, "retained_until": until}
    )


def form_of(contact: Contact) -> ContactForm:
    """Return the form of a stored contact."""
    typed = {name: str(getattr(contact, name)) for name in SENT}
    phone = {"phone": phone_in_words(contact.phone) if contact.phone else ""}
    return ContactForm(typed | phone, seen=state_of(contact))


def is_blank(typed: Mapping[str, str]) -> bool:
    """Return whether nobody is named, and nothing to reach them by: a form that may also have no contact has none."""
    return not any(typed[name].strip() for name in (*WHO, "role"))


def read_contact(typed: Mapping[str, str], today: date) -> ContactIn:
    """Return the contact that was typed. Raises InvalidError, by the names that the form sends."""
    values: dict[str, object] = dict(typed)
    problems: list[tuple[str, str]] = []
    until = typed["retained_until"].strip()
    try:
        values["retained_until"] = read_day(until) if until else today + RETENTION
    except ValueError as error:
        values["retained_until"] = today
        problems.append(("retained_until", str(error)))
    values["lawful_basis"] = typed["lawful_basis"] or LawfulBasis.LEGITIMATE_INTEREST.value
    contact = None
    try:
        contact = ContactIn.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False)
        problems += [(str(problem["loc"][0]) if problem["loc"] else "name", in_french(problem)) for problem in found]
    if contact is not None and not problems and contact.retained_until < today:
        problems.append(("retained_until", "ce jour est passé : le contact serait effacé cette nuit"))
    if contact is None or problems:
        raise InvalidError([(SENT[name], why) for name, why in problems])
    return contact


def refused_form(typed: Mapping[str, str], refused: InvalidError, seen: str = "") -> ContactForm:
    """Return the form as it was typed, with what is wrong beside its fields."""
    return ContactForm(typed, problems={name: _sentence(why) for name, why in refused.fields}, seen=seen)


def changed_form(typed: Mapping[str, str], stored: Contact) -> ContactForm:
    """Return the form as it was typed; beside each field that is otherwise in what somebody stored meanwhile, that."""
    now = form_of(stored)
    others = {name: text for name, text in now.typed.items() if text != typed[name].strip()}
    words = {SENT[name]: stored_meanwhile(text) for name, text in others.items()}
    return ContactForm(typed, problems=words, seen=now.seen)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
