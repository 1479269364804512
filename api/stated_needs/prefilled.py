"""A stated need on its way to the desk: the form of an opportunity filled from it, and the need as it is ranked."""

from collections.abc import Mapping, Set
from datetime import date

from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.schemas import TakeoverCause
from api.contacts.schemas import LawfulBasis
from api.entry.entry_fields import read_fields
from api.entry.entry_place import PLACE
from api.entry.typed_form import TypedForm
from api.stated_needs.fields import BUYER, TITLE, fields_of
from api.stated_needs.kinds import StatedKind
from api.stated_needs.stating import Sender
from api.understanding.need import Need, NeedKind, NeedPlace, TakeoverFacts
from api.understanding.places import place_in
from models.stated_needs import StatedNeed

# The field of the form that says which need it is made of.
NEED = "besoin"
SOURCE = "Donné par la personne, avec son besoin"


def form_of(need: StatedNeed, sender: Sender, contact_names: Mapping[str, str], kept_until: date) -> TypedForm:
    """Return the desk's form of an opportunity or a takeover case, filled with all that was typed.

    sender: whom to reach; kept_until: the last day on which it is. contact_names: field of a contact → its name in the
    form. The same need has the same reference, so that it becomes one opportunity, whoever sends the form, and how
    often.
    """
    contact = {
        "name": sender.name,
        "phone": sender.phone,
        "email": sender.email,
        "role": "",
        "source": SOURCE,
        "lawful_basis": LawfulBasis.CONSENT.value,
        "retained_until": kept_until.isoformat(),
    }
    own = {"takeover.cause": TakeoverCause.RETIREMENT.value} if need.kind == StatedKind.TAKEOVER else {}
    if need.kind == StatedKind.SUBCONTRACT:
        own["origin"] = "subcontract"
    texts = {
        **need.typed,
        **own,
        **{contact_names[name]: text for name, text in contact.items()},
        "reference": need.id.replace("-", "")[:24],
        NEED: need.id,
    }
    return TypedForm({name: (text,) for name, text in texts.items()})


def ranked_need(need: StatedNeed, gazetteer: Gazetteer, home_departments: Set[str]) -> Need:
    """Return what the actors are ranked for."""
    typed = TypedForm({name: (text,) for name, text in need.typed.items()})
    values, _ = read_fields([field for field in fields_of(need.kind) if field.name != PLACE], typed)
    words = typed.text(PLACE)
    place = place_in(words, gazetteer, home_departments) or place_in(f"à {words}", gazetteer, home_departments)
    is_takeover = need.kind == StatedKind.TAKEOVER
    return Need(
        kind=NeedKind.TAKEOVER if is_takeover else NeedKind.MESSAGE,
        title=typed.text(TITLE),
        description=typed.text("description"),
        place=NeedPlace.of(place) if place and words else None,
        amount_eur=values.get("amount_eur"),
        deadline=values.get("deadline"),
        buyer=values.get(BUYER),
        subcontract=need.kind == StatedKind.SUBCONTRACT,
        takeover=TakeoverFacts(
            headcount=values.get("takeover.headcount"), holder_siren=values.get("takeover.holder_siren")
        )
        if is_takeover
        else None,
    )
