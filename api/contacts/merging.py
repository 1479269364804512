"""Contacts that an import brings, merged with those that are stored: nothing a person wrote is overwritten."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from api.catalogue.schemas import RecordKind
from api.contacts.cells import CellContact
from api.contacts.queries import contacts_of
from api.contacts.schemas import RETENTION, LawfulBasis
from api.core.clock import day_in_france
from api.core.text import folded
from models.contacts import Contact

_FIELDS = ("name", "role", "phone", "email")


@dataclass
class MergePlan:
    """What to write. added: (owner's id, contact); changed: (stored contact, its new values by field)."""

    added: list[tuple[str, CellContact]] = field(default_factory=list)
    changed: list[tuple[Contact, dict[str, str]]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.added) + len(self.changed)


def plan_merge(session: Session, kind: RecordKind, brought: Mapping[str, Sequence[CellContact]]) -> MergePlan:
    """Return what to write of the contacts that are brought, by the id of their actor or opportunity.

    A contact is known by its number or its address, or else by its name. What an import added, the next one may
    correct; what a person entered or corrected, it only completes.
    """
    owner_ids = list(brought)
    stored = contacts_of(session, **{"actor_ids" if kind == "actors" else "opportunity_ids": owner_ids})
    plan = MergePlan()
    for owner_id, contacts in brought.items():
        free = list(stored.get(owner_id, ()))
        unmatched: list[CellContact] = []
        for contact in dict.fromkeys(contacts):
            if twin := next((one for one in free if _same_number(one, contact)), None):
                free.remove(twin)
                _change(plan, twin, contact)
            else:
                unmatched.append(contact)
        for contact in unmatched:
            if twin := next((one for one in free if contact.name and folded(one.name) == folded(contact.name)), None):
                free.remove(twin)
                _change(plan, twin, contact)
            else:
                plan.added.append((owner_id, contact))
    return plan


def write_merge(
    session: Session, kind: RecordKind, plan: MergePlan, *, source: str, import_id: str, now: datetime
) -> None:
    """Write what was planned, in the caller's unit of work. source: of the new ones, in words."""
    for stored, values in plan.changed:
        for name, value in values.items():
            setattr(stored, name, value)
        stored.updated_at = now
        session.add(stored)
    until = day_in_france(now) + RETENTION
    for owner_id, contact in plan.added:
        owner = {"actor_id" if kind == "actors" else "opportunity_id": owner_id}
        told = {name: getattr(contact, name) for name in _FIELDS}
        session.add(
            Contact(
                **owner,
                **told,
                id=str(uuid.uuid4()),
                source=source[:300],
                lawful_basis=LawfulBasis.LEGITIMATE_INTEREST.value,
                retained_until=until,
                import_id=import_id,
                created_at=now,
                updated_at=now,
            )
        )
    session.flush()


def _same_number(stored: Contact, contact: CellContact) -> bool:
    reached = (stored.phone and stored.phone == contact.phone) or (stored.email and stored.email == contact.email)
    return bool(reached) and (not stored.name or not contact.name or folded(stored.name) == folded(contact.name))


def _change(plan: MergePlan, stored: Contact, contact: CellContact) -> None:
    own = stored.import_id is not None
    values = {
        name: value
        for name in _FIELDS
        if (value := getattr(contact, name)) and value != getattr(stored, name) and (own or not getattr(stored, name))
    }
    if values:
        plan.changed.append((stored, values))
