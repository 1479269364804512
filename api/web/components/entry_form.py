"""The page of a typed form: its fields as they were typed, what is wrong, the rows that resemble it."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.catalogue.wording import RESERVATIONS
from api.contacts.schemas import ContactIn
from api.core.errors import InvalidError
from api.entry.entry_fields import by_field
from api.entry.opportunity_entry import lot_lines
from api.entry.similar import SimilarRow
from api.entry.typed_form import TypedForm
from api.matching.snapshot import Snapshot
from api.web.components.contact_form import SENT, ContactForm, blank_form, is_blank, read_contact
from api.web.components.shown_fields import ShownField

# Empty lots that a form offers, and how many more its button adds.
EMPTY_LOTS, MORE_LOTS = 2, 5
LOT_RESERVATIONS = (("", "à tous"), *RESERVATIONS.items(), ("ea_esat siae", "aux EA, ESAT et SIAE"))
NOTHING_SIMILAR = "Aucune fiche ne lui ressemble."
_REFERENCE = re.compile("[0-9a-f]{24}")
# Places that are offered, of the départements of the desk.
_MOST_OFFERED = 800


@dataclass(frozen=True)
class SimilarView:
    """Rows that may be the same as what is typed. folder: what the addresses of their pages begin with."""

    rows: Sequence[SimilarRow]
    folder: str


@dataclass(frozen=True)
class EntryForm:
    """A form. address: where it is sent to.

    number: the SIRET or SIREN, from which the rest is filled in. problems: those of no single field. reference: what a
    new row is known by. stated_need: the id of the need that it is made of. seen: the content that the form of a stored
    row was made of. asks_whether_other: the similar rows must be looked at before a new row is stored. lots: None where
    it has none. is_restored: it was sent after its session had ended.
    """

    address: str
    heading: str
    crumb: tuple[str, str]
    fields: Sequence[ShownField]
    folded: Sequence[ShownField]
    number: ShownField | None = None
    problems: Sequence[str] = ()
    notes: Sequence[str] = ()
    reference: str = ""
    stated_need: str = ""
    seen: str = ""
    similar: SimilarView | None = None
    similar_address: str = ""
    asks_whether_other: bool = False
    contact: ContactForm | None = None
    lots: Sequence[tuple[str, str, str, str, str]] | None = None
    lot_problem: str = ""
    places: Sequence[str] = ()
    carriers: Sequence[str] = ()
    is_restored: bool = False

    @property
    def is_scripted(self) -> bool:
        """Whether similar rows are looked for while somebody types."""
        return bool(self.similar_address)

    @property
    def lot_reservations(self) -> Sequence[tuple[str, str]]:
        return LOT_RESERVATIONS

    @property
    def is_opened(self) -> bool:
        """Whether the folded part is shown: something in it is wrong."""
        return any(shown.problem for shown in self.folded)

    @property
    def is_wrong(self) -> bool:
        """Whether something is to be corrected."""
        if self.contact and self.contact.problems:
            return True
        shown_fields = [*self.fields, *self.folded, *([self.number] if self.number else [])]
        return bool(self.problems or self.lot_problem or any(shown.problem for shown in shown_fields))


def contact_part(typed: TypedForm, problems: Mapping[str, str], today: date) -> ContactForm:
    """Return the fields of a person to reach, as they were typed; those of a new one where none was sent."""
    if not any(sent in typed.values for sent in SENT.values()):
        return blank_form(today)
    return ContactForm(
        _typed_contact(typed), problems={sent: problems[sent] for sent in SENT.values() if sent in problems}
    )


def read_contact_part(typed: TypedForm, today: date) -> tuple[ContactIn | None, dict[str, str]]:
    """Return the person to reach, None where nobody was named, and what is wrong, by the names that the form sends."""
    words = _typed_contact(typed)
    if is_blank(words):
        return None, {}
    try:
        return read_contact(words, today), {}
    except InvalidError as refused:
        return None, by_field(refused.fields)


def _typed_contact(typed: TypedForm) -> dict[str, str]:
    return {name: typed.text(sent) for name, sent in SENT.items()}


def reference_of(typed: TypedForm) -> str:
    """Return what the new row of a form is known by, however often the form is sent; a new one where it has none."""
    sent = typed.text("reference")
    return sent if _REFERENCE.fullmatch(sent) else secrets.token_hex(12)


def lots_to_show(typed: TypedForm, more: int = EMPTY_LOTS) -> list[tuple[str, str, str, str, str]]:
    """Return the lots of a form, and some empty ones."""
    lots = [lot for lot in lot_lines(typed) if any(part.strip() for part in lot[1:])]
    numbers = range(len(lots) + 1, len(lots) + more + 1)
    return [*lots, *((str(number), "", "", "", "") for number in numbers)]


def places_offered(snapshot: Snapshot) -> list[str]:
    """Return the communes of the desk's départements, as a form reads them."""
    names = snapshot.gazetteer.names
    near = sorted(f"{name} ({code[:2]})" for code, name in names.items() if code[:2] in snapshot.departments)
    return near[:_MOST_OFFERED]
