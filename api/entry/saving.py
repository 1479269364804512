"""Typed rows on their way to the catalogue: new ones as the schemas take them, corrections field by field."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.catalogue import queries, record_changes
from api.catalogue.places.book import PlacesBook
from api.catalogue.schemas import ActorIn, OpportunityIn
from api.contacts.records import add_contact
from api.contacts.schemas import ContactIn
from api.core.errors import ConflictError
from api.entry.entry_fields import nested
from api.entry.entry_place import PLACE, PLACE_FIELDS
from api.entry.queries import TYPED_SOURCE
from models.actors import Actor
from models.database import writing
from models.opportunities import Opportunity


@dataclass(frozen=True, slots=True)
class Saved:
    """What was stored. is_new: false where the same form had been stored before."""

    row_id: str
    is_new: bool = True


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that hold something, as the schemas take them."""
    return nested({name: value for name, value in values.items() if value is not None and value != []})


def actor_content(values: Mapping[str, Any], reference: str) -> dict[str, Any]:
    """Return what `ActorIn` takes of a typed actor. reference: what the form is known by, however often it is sent."""
    return {"source": TYPED_SOURCE, "source_id": reference, **filled(values)}


def opportunity_content(values: Mapping[str, Any], kind: str, reference: str) -> dict[str, Any]:
    """Return what `OpportunityIn` takes of a typed opportunity."""
    return {"source": TYPED_SOURCE, "source_id": reference, "kind": kind, **filled(values)}


def save_actor(
    engine: Engine,
    content: Mapping[str, Any],
    carriers: Mapping[str, str],
    contact: ContactIn | None,
    *,
    by: str,
    now: datetime,
    places: PlacesBook,
) -> Saved:
    """Store a new actor and a person to reach; sent twice, it is one.

    carriers: ids of those that `member_of` names, by their words. Raises ConflictError where another row has its SIRET,
    InvalidError.
    """
    actor = ActorIn.model_validate(dict(content))
    with writing(engine, durable=True) as session:
        stored = queries.actor_by_key(session, actor.natural_key)
        if stored is not None and _is_same_form(stored, actor.source_id):
            return Saved(stored.id, is_new=False)
        if stored is not None:
            raise ConflictError("Un acteur du bureau porte déjà ce SIRET.")
        named = {(TYPED_SOURCE, words): carrier_id for words, carrier_id in carriers.items()}
        actor_id = record_changes.add_actor(session, actor, by=by, places=places, named=named)
        if contact is not None:
            add_contact(session, "actors", actor_id, contact, by=by, now=now)
        return Saved(actor_id)


def save_opportunity(
    engine: Engine,
    content: Mapping[str, Any],
    contact: ContactIn | None,
    *,
    by: str,
    now: datetime,
    places: PlacesBook,
    also: Callable[[Session, str], None] | None = None,
) -> Saved:
    """Store a new opening or takeover case, and a person to reach; sent twice, it is one.

    also: what else is written with a new one, given its id, in the same unit of work. Raises InvalidError, and what
    `also` does.
    """
    opportunity = OpportunityIn.model_validate(dict(content))
    with writing(engine, durable=True) as session:
        stored = queries.opportunity_by_key(session, opportunity.natural_key)
        if stored is not None:
            return Saved(stored.id, is_new=False)
        opportunity_id = record_changes.add_opportunity(session, opportunity, by=by, places=places)
        if contact is not None:
            add_contact(session, "opportunities", opportunity_id, contact, by=by, now=now)
        if also is not None:
            also(session, opportunity_id)
        return Saved(opportunity_id)


def changes_of(values: Mapping[str, Any], changed: Iterable[str]) -> dict[str, Any]:
    """Return what changes of a stored row: the fields of the form that are not as they were shown."""
    names = set(changed)
    changes = {name: value for name, value in values.items() if name in names}
    if PLACE in names:
        changes |= {name: values.get(name) for name in PLACE_FIELDS}
    return nested(changes)


def _is_same_form(stored: Actor | Opportunity, reference: str | None) -> bool:
    return stored.source == TYPED_SOURCE and stored.source_id == reference
