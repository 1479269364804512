"""Contacts on the desk: a form for a new one of an actor or an opportunity; a page to change or delete one."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from api.catalogue import records
from api.catalogue.schemas import RecordKind
from api.contacts.queries import contact_by_id
from api.contacts.records import add_contact, change_contact, remove_contact
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.interactions.forgetting import forget_contacts
from api.web.checked_router import CheckedRouter
from api.web.components.contact_form import (
    ContactForm,
    TypedContactDep,
    blank_form,
    changed_form,
    form_of,
    read_contact,
    refused_form,
)
from api.web.components.forms import desk_page
from api.web.dependencies import EngineDep, NowDep, TodayDep, UnitDep
from api.web.error_pages import DeskRoute
from api.web.fields import FormWord
from api.web.rendering import see
from api.web.visitors import Visitor, VisitorDep
from models.contacts import Contact
from models.database import writing
from models.unit_of_work import UnitOfWork

router = CheckedRouter(route_class=DeskRoute, include_in_schema=False)


@dataclass(frozen=True)
class Owner:
    """The actor or the opportunity that a contact belongs to. address: of its page."""

    kind: RecordKind
    id: str
    name: str

    @property
    def address(self) -> str:
        return f"/{'acteurs' if self.kind == 'actors' else 'opportunites'}/{self.id}"


@dataclass(frozen=True)
class ContactView:
    """The form of a contact. address: where it is sent; is_new: there is nothing to delete yet."""

    owner: Owner
    form: ContactForm
    address: str
    is_new: bool


@router.get("/acteurs/{actor_id}/contacts")
def actor_form(actor_id: str, visitor: VisitorDep, unit: UnitDep, today: TodayDep) -> Response:
    return _new_page(visitor, _owner(unit, "actors", actor_id, visitor), blank_form(today))


@router.get("/opportunites/{opportunity_id}/contacts")
def opportunity_form(opportunity_id: str, visitor: VisitorDep, unit: UnitDep, today: TodayDep) -> Response:
    return _new_page(visitor, _owner(unit, "opportunities", opportunity_id, visitor), blank_form(today))


@router.post("/acteurs/{actor_id}/contacts")
def add_to_actor(
    actor_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    today: TodayDep,
    now: NowDep,
    typed: TypedContactDep,
) -> Response:
    return _add(visitor, engine, unit, _owner(unit, "actors", actor_id, visitor), typed, today, now)


@router.post("/opportunites/{opportunity_id}/contacts")
def add_to_opportunity(
    opportunity_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    today: TodayDep,
    now: NowDep,
    typed: TypedContactDep,
) -> Response:
    return _add(visitor, engine, unit, _owner(unit, "opportunities", opportunity_id, visitor), typed, today, now)


@router.get("/contacts/{contact_id}")
def contact(contact_id: str, visitor: VisitorDep, unit: UnitDep) -> Response:
    stored = _stored(unit, contact_id)
    return _page(visitor, _owner_of(unit, stored, visitor), form_of(stored), stored.id)


@router.post("/contacts/{contact_id}")
def change(
    contact_id: str,
    visitor: VisitorDep,
    engine: EngineDep,
    unit: UnitDep,
    today: TodayDep,
    now: NowDep,
    typed: TypedContactDep,
    acte: FormWord = "",
    oublier: FormWord = "",
    vu: FormWord = "",
) -> Response:
    """Change a contact, or delete it: `acte` says which. oublier: what was noted of exchanges with it goes too.

    vu: the state that the form was made of; what somebody changed since is shown, not overwritten.
    """
    stored = _stored(unit, contact_id)
    owner, now_stored = _owner_of(unit, stored, visitor), changed_form(typed, stored)
    unit.end_reading()
    if acte == "supprimer":
        with writing(engine, durable=True) as session:
            if oublier:
                forget_contacts(session, [contact_id])
            remove_contact(session, contact_id, by=visitor.by, now=now)
        return see(f"{owner.address}?contact=supprime#contacts")
    try:
        changed = read_contact(typed, today)
    except InvalidError as refused:
        return _page(visitor, owner, refused_form(typed, refused, vu), contact_id, refused.status)
    try:
        with writing(engine, durable=True) as session:
            change_contact(session, contact_id, changed, by=visitor.by, now=now, seen=vu)
    except ConflictError as conflict:
        return _page(visitor, owner, now_stored, contact_id, conflict.status)
    return see(f"{owner.address}?contact=modifie#contacts")


def _add(
    visitor: Visitor,
    engine: EngineDep,
    unit: UnitOfWork,
    owner: Owner,
    typed: Mapping[str, str],
    today: TodayDep,
    now: NowDep,
) -> Response:
    unit.end_reading()
    try:
        added = read_contact(typed, today)
    except InvalidError as refused:
        return _new_page(visitor, owner, refused_form(typed, refused), refused.status)
    with writing(engine, durable=True) as session:
        add_contact(session, owner.kind, owner.id, added, by=visitor.by, now=now)
    return see(f"{owner.address}?contact=ajoute#contacts")


def _stored(unit: UnitOfWork, contact_id: str) -> Contact:
    stored = contact_by_id(unit.session, contact_id)
    if stored is None:
        raise NotFoundError("Ce contact n’existe pas, ou n’existe plus.")
    return stored


def _owner_of(unit: UnitOfWork, stored: Contact, visitor: Visitor) -> Owner:
    kind: RecordKind = "actors" if stored.actor_id else "opportunities"
    return _owner(unit, kind, stored.actor_id or stored.opportunity_id or "", visitor)


def _owner(unit: UnitOfWork, kind: RecordKind, owner_id: str, visitor: Visitor) -> Owner:
    """Return the owner as the desk reads it: that a confidential one was looked at is noted. Raises NotFoundError."""
    if kind == "actors":
        return Owner(kind, owner_id, records.read_actor(unit, owner_id, visitor.audience).actor.name)
    return Owner(kind, owner_id, records.read_opportunity(unit, owner_id, visitor.audience).opportunity.title)


def _new_page(visitor: Visitor, owner: Owner, form: ContactForm, status_code: int = 200) -> Response:
    return _desk_page(visitor, ContactView(owner, form, f"{owner.address}/contacts", is_new=True), status_code)


def _page(visitor: Visitor, owner: Owner, form: ContactForm, contact_id: str, status_code: int = 200) -> Response:
    return _desk_page(visitor, ContactView(owner, form, f"/contacts/{contact_id}", is_new=False), status_code)


def _desk_page(visitor: Visitor, view: ContactView, status_code: int) -> Response:
    return desk_page(
        "contact.html", visitor, "/acteurs" if view.owner.kind == "actors" else "/opportunites", status_code, view=view
    )
