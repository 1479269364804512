"""Queries of contacts."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from api.catalogue.schemas import RecordKind
from api.core.chunks import in_chunks
from models.actors import Actor
from models.contacts import Contact
from models.open_data import DuplicateProposal
from models.opportunities import Opportunity


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
        for part in in_chunks(sorted(set(ids))):
            question = select(Contact).where(column.in_(part))
            for contact in session.exec(question.order_by(col(Contact.name) == "", Contact.name, Contact.id)):
                contacts.setdefault(contact.actor_id or contact.opportunity_id or "", []).append(contact)
    return contacts


def contacts_by_email(session: Session, email: str) -> Sequence[Contact]:
    """Every contact with this normalised address, at whichever actor or opportunity."""
    return session.exec(select(Contact).where(Contact.email == email).order_by(Contact.id)).all()


def contacts_of_buyer(session: Session, opportunity: Opportunity, limit: int = 20) -> Sequence[Contact]:
    """Contacts of the other public openings of the same buyer, by its SIRET; of none without one, or of a case."""
    if opportunity.confidential or opportunity.kind == "takeover" or not opportunity.buyer_siret:
        return ()
    question = select(Contact).join(Opportunity, col(Opportunity.id) == Contact.opportunity_id)
    question = question.where(
        Opportunity.buyer_siret == opportunity.buyer_siret,
        Opportunity.id != opportunity.id,
        Opportunity.kind != "takeover",
        col(Opportunity.confidential).is_(False),
    )
    return session.exec(question.order_by(Contact.name, Contact.id).limit(limit)).all()


def contacts_of_file(session: Session, kind: RecordKind, row_id: str) -> list[Contact]:
    """Contacts of an actor or an opportunity, and of the public rows that a person said are the same and left out."""
    model: Any = Actor if kind == "actors" else Opportunity
    same = select(DuplicateProposal.hidden_id).join(model, model.id == DuplicateProposal.hidden_id)
    same = same.where(
        DuplicateProposal.status == "same",
        DuplicateProposal.hidden_id != row_id,
        or_(col(DuplicateProposal.first_id) == row_id, col(DuplicateProposal.second_id) == row_id),
        model.confidential.is_(False),
    )
    row_ids = [
        row_id,
        *(twin for twin in session.exec(same.order_by(col(DuplicateProposal.hidden_id).nulls_first())).all() if twin),
    ]
    contacts = contacts_of(session, **{"actor_ids" if kind == "actors" else "opportunity_ids": row_ids})
    return [contact for one in row_ids for contact in contacts.get(one, ())]
