"""Contacts as pages of the desk show them: whom to call, at which number, and where that was learned."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from sqlmodel import Session

from api.brokerage.pair_rows import PairRow
from api.contacts.phone_numbers import phone_in_words
from api.contacts.queries import contacts_of, contacts_of_buyer, contacts_of_file
from api.core.french import day
from models.contacts import Contact
from models.opportunities import Opportunity
from models.partners import Partner
from models.ratings import Rating

DONE = {"ajoute": "Contact ajouté.", "modifie": "Contact modifié.", "supprime": "Contact supprimé."}


@dataclass(frozen=True)
class ShownContact:
    """A person to reach. address: of the page where it is changed; about: its source, and until when it is kept."""

    id: str
    name: str
    role: str
    phone: str
    phone_link: str
    email: str
    email_link: str
    about: str
    address: str


@dataclass(frozen=True)
class ContactsBlock:
    """The contacts of an actor or an opportunity. add: the address of the form; done: what was just done.

    file: the address of the same as a file, without its ending; empty where there is none.
    """

    title: str
    contacts: list[ShownContact]
    same_buyer: list[ShownContact]
    add: str
    done: str
    file: str = ""


def shown_contact(contact: Contact) -> ShownContact:
    return ShownContact(
        id=contact.id,
        name=contact.name or "Sans nom",
        role=contact.role,
        phone=phone_in_words(contact.phone) if contact.phone else "",
        phone_link=f"tel:{contact.phone}" if contact.phone else "",
        email=contact.email,
        email_link=mail_link(contact.email),
        about=f"{contact.source}. Gardé jusqu’au {day(contact.retained_until.isoformat())}.",
        address=f"/contacts/{contact.id}",
    )


def mail_link(email: str) -> str:
    return f"mailto:{quote(email, safe='@')}" if email else ""


def actor_contacts(session: Session, actor_id: str, done: str, *, confidential: bool) -> ContactsBlock:
    contacts, address = contacts_of_file(session, "actors", actor_id), f"/acteurs/{actor_id}/contacts"
    file = "" if confidential else address
    return ContactsBlock("Contacts", shown_contacts(contacts), [], address, DONE.get(done, ""), file)


def whom_to_call(session: Session, actor_ids: Iterable[str]) -> Mapping[str, ShownContact]:
    """Return the first person with a phone at each of these actors, by the actor's id; nobody for one without."""
    return {
        actor_id: shown_contact(callable_contacts[0])
        for actor_id, contacts in contacts_of(session, actor_ids=actor_ids).items()
        if (callable_contacts := [contact for contact in contacts if contact.phone])
    }


def opportunity_contacts(session: Session, opportunity: Opportunity, done: str) -> ContactsBlock:
    """Return the contacts of a buyer, of this opening and of its others, or of the owner of a case."""
    contacts = contacts_of_file(session, "opportunities", opportunity.id)
    takeover, address = opportunity.kind == "takeover", f"/opportunites/{opportunity.id}/contacts"
    return ContactsBlock(
        "Contacts du cédant" if takeover else "Contacts de l’acheteur",
        shown_contacts(contacts),
        shown_contacts(contacts_of_buyer(session, opportunity)),
        address,
        DONE.get(done, ""),
        "" if opportunity.confidential else address,
    )


def ways_to_reach(partner: Partner, contacts: Sequence[Contact]) -> list[ShownContact]:
    """Return how to reach whoever answered: by their own address, while mail is welcome there, and at their actor."""
    own = []
    if partner.status == "active":
        own = [
            ShownContact(
                id=partner.id,
                name=partner.label or "Partenaire sans nom",
                role="a répondu",
                phone="",
                phone_link="",
                email=partner.email,
                email_link=mail_link(partner.email),
                about="",
                address="",
            )
        ]
    return [*own, *shown_contacts(contacts)]


def case_contacts(session: Session, pair: PairRow, answers: Sequence[tuple[Partner, Rating]]) -> list[ContactsBlock]:
    """Return whom to call about a case: who answered that it may interest them, at the actor, at the buyer or owner."""
    blocks = [opportunity_contacts(session, pair.opportunity, "")]
    if pair.actor:
        block = actor_contacts(session, pair.actor.id, "", confidential=pair.actor.confidential)
        blocks.insert(0, replace(block, title="Contacts de l’acteur"))
    interested = {partner.id: partner for partner, rating in answers if rating.interest}
    reached = [way for partner in interested.values() for way in ways_to_reach(partner, ())]
    if reached:
        blocks.insert(0, ContactsBlock("Qui a répondu", reached, [], "", ""))
    return blocks


def shown_contacts(contacts: Sequence[Contact]) -> list[ShownContact]:
    return [shown_contact(contact) for contact in contacts]
