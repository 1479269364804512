"""Contacts written by hand, in the caller's unit of work; the journal notes each act, and names nobody."""

import uuid
from datetime import datetime

from sqlmodel import Session

from api.audit import log
from api.catalogue.schemas import RecordKind
from api.contacts.queries import contact_by_id
from api.contacts.schemas import ContactIn
from api.core.errors import NotFoundError
from api.core.stale_forms import refuse_stale, state_of
from models.actors import Actor
from models.contacts import Contact
from models.opportunities import Opportunity


def add_contact(
    session: Session, kind: RecordKind, owner_id: str, contact: ContactIn, *, by: str, now: datetime
) -> Contact:
    """Store a contact of an actor or an opportunity and return it. Raises NotFoundError."""
    if session.get(Actor if kind == "actors" else Opportunity, owner_id) is None:
        raise NotFoundError("Cette fiche n’existe pas.")
    row = Contact(
        id=str(uuid.uuid4()),
        actor_id=owner_id if kind == "actors" else None,
        opportunity_id=owner_id if kind == "opportunities" else None,
        created_at=now,
        updated_at=now,
        **contact.model_dump(mode="python"),
    )
    session.add(row)
    log.note(session, by=by, action="contact.added", kind="contact", of=row.id, now=now)
    return row


def change_contact(
    session: Session, contact_id: str, contact: ContactIn, *, by: str, now: datetime, seen: str = ""
) -> Contact:
    """Replace what a contact says and return it. seen: the `state_of` the contact that the person had before them.

    Raises NotFoundError; ChangedMeanwhileError where somebody has changed it since.

    It is a person's then: the undoing of the import that added it leaves it.
    """
    row = _held(session, contact_id)
    refuse_stale(
        seen,
        state_of(row),
        "Ce contact a changé depuis que vous l’avez ouvert : rouvrez-le, puis corrigez-le de nouveau.",
    )
    for name, value in contact.model_dump(mode="python").items():
        setattr(row, name, value)
    row.import_id, row.updated_at = None, now
    session.add(row)
    log.note(session, by=by, action="contact.changed", kind="contact", of=row.id, now=now)
    return row


def remove_contact(session: Session, contact_id: str, *, by: str, now: datetime) -> None:
    """Delete a contact for good. Raises NotFoundError."""
    session.delete(_held(session, contact_id))
    log.note(session, by=by, action="contact.removed", kind="contact", of=contact_id, now=now)


def _held(session: Session, contact_id: str) -> Contact:
    row = contact_by_id(session, contact_id)
    if row is None:
        raise NotFoundError("Ce contact n’existe pas.")
    return row
