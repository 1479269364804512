"""Contacts as personal data: what a person is given of them, their erasure, and the end of their retention."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from api.audit import log
from api.contacts.queries import contacts_by_email
from api.core.chunks import in_chunks
from api.interactions.forgetting import forget_contacts
from models.actors import Actor
from models.base import table_of
from models.contacts import Contact
from models.opportunities import Opportunity


def exported_contacts(session: Session, email: str, *, with_confidential: bool) -> list[dict[str, Any]]:
    """Return the contacts with this address as JSON values, each with the name of its actor or opportunity.

    with_confidential: also those of confidential actors and opportunities. A partner's own copy is without them: it
    would say that there is something that the partner may not know of.
    """
    exported = []
    for contact in contacts_by_email(session, email):
        owner = (
            session.get_one(Actor, contact.actor_id)
            if contact.actor_id
            else session.get_one(Opportunity, contact.opportunity_id)
        )
        if with_confidential or not owner.confidential:
            owner_name = owner.name if isinstance(owner, Actor) else owner.title
            exported.append(contact.model_dump(mode="json", exclude={"id", "import_id"}) | {"of": owner_name})
    return sorted(exported, key=lambda contact: (contact["created_at"], contact["of"]))


def erase_contacts(session: Session, email: str, *, by: str, now: datetime) -> None:
    """Delete every contact with this address, in the caller's unit of work; the journal notes it.

    What was noted and written of them loses its words.
    """
    contacts = contacts_by_email(session, email)
    forget_contacts(session, [contact.id for contact in contacts])
    for contact in contacts:
        session.delete(contact)
        log.note(session, by=by, action="person.erased", kind="contact", of=contact.id, now=now)


def purge_contacts(session: Session, today: date) -> int:
    """Delete the contacts whose last day has passed, and return how many."""
    table = table_of(Contact)
    expired = session.exec(select(Contact.id).where(col(Contact.retained_until) < today)).all()
    for part in in_chunks(expired):
        forget_contacts(session, part)
    if expired:
        session.execute(delete(table).where(table.c.retained_until < today))
    return len(expired)
