"""Queries of contacts."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from models.contacts import Contact

# Ids a statement, below the limit of parameters.
CHUNK = 500


def contact_by_id(session: Session, contact_id: str) -> Contact | None:
    return session.get(Contact, contact_id)


def contacts_of(
    session: Session, *, actor_ids: Iterable[str] = (), opportunity_ids: Iterable[str] = ()
) -> dict[str, list[Contact]]:
    """Return the contacts of these actors and opportunities by the id of either, those with a name first, by name.

    Who has no contact is not in it.
    """
    contacts: dict[str, list[Contact]] = {}
    for column, ids in ((col(Contact.actor_id), actor_ids), (col(Contact.opportunity_id), opportunity_ids)):
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), CHUNK):
            question = select(Contact).where(column.in_(wanted[start : start + CHUNK]))
            for contact in session.exec(question.order_by(col(Contact.name) == "", Contact.name, Contact.id)):
                contacts.setdefault(contact.actor_id or contact.opportunity_id or "", []).append(contact)
    return contacts


def contacts_by_email(session: Session, email: str) -> Sequence[Contact]:
    """Every contact with this normalised address, at whichever actor or opportunity."""
    return session.exec(select(Contact).where(Contact.email == email).order_by(Contact.id)).all()
