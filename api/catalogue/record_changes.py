"""One actor or one opportunity, written by hand, by the rules and the writer of imported files.

`places`, where a function takes it, is the process's own book of communes; without it they are all read anew.
"""

from collections.abc import Mapping, Set
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from api.audit import log
from api.catalogue import queries
from api.catalogue.lowering import refusals
from api.catalogue.natural_keys import number_of
from api.catalogue.places.book import PlacesBook, process_book
from api.catalogue.row_changes import Record, at_new_place
from api.catalogue.row_history import Author
from api.catalogue.schemas import ActorIn, OpportunityIn, Place
from api.catalogue.upsert import UpsertResult, write_actors, write_opportunities
from api.catalogue.validation_messages import in_french
from api.core.errors import ConflictError, InvalidError, NotFoundError
from api.core.stale_forms import refuse_stale
from models.database import writing
from models.tables import Actor, Opportunity

CARD_CHANGED = "Cette fiche a changé depuis que vous l’avez ouverte : vérifiez, puis enregistrez de nouveau."


def create_actor(engine: Engine, actor: ActorIn, *, by: str = log.CLI, places: PlacesBook | None = None) -> str:
    """Store a new actor and return its id. Raises ConflictError if its key is known, InvalidError."""
    with writing(engine, durable=True) as session:
        return add_actor(session, actor, by=by, places=places)


def add_actor(
    session: Session,
    actor: ActorIn,
    *,
    by: str,
    places: PlacesBook | None = None,
    named: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> str:
    """Store a new actor in the caller's unit of work, and return its id. named: as for `write_actors`. Raises so."""
    if queries.actor_by_key(session, actor.natural_key):
        raise ConflictError("Cet acteur existe déjà : modifiez-le plutôt (PATCH).")
    result = _write_actor(session, _actor_record(actor, _location(session, actor, places)), Author(by), named=named)
    created = result.created[actor.natural_key]
    log.note(session, by=by, action="actor.created", kind="actor", of=created)
    return created


def create_opportunity(
    engine: Engine, opportunity: OpportunityIn, *, by: str = log.CLI, places: PlacesBook | None = None
) -> str:
    """Store a new opportunity and return its id. Raises ConflictError if its key is known, InvalidError."""
    with writing(engine, durable=True) as session:
        return add_opportunity(session, opportunity, by=by, places=places)


def add_opportunity(session: Session, opportunity: OpportunityIn, *, by: str, places: PlacesBook | None = None) -> str:
    """Store a new opportunity in the caller's unit of work, and return its id. Raises as above."""
    if queries.opportunity_by_key(session, opportunity.natural_key):
        raise ConflictError("Cette opportunité existe déjà : modifiez-la plutôt (PATCH).")
    record = _opportunity_record(opportunity, _location(session, opportunity, places))
    created = write_opportunities(session, [record], author=Author(by)).created[opportunity.natural_key]
    log.note(session, by=by, action="opportunity.created", kind="opportunity", of=created)
    return created


def change_actor(
    engine: Engine,
    actor_id: str,
    changes: dict[str, Any],
    *,
    by: str = log.CLI,
    places: PlacesBook | None = None,
    named: Mapping[tuple[str, str], str] = MappingProxyType({}),
    seen: str = "",
) -> None:
    """Change the fields given; None clears one. named: as for `write_actors`.

    seen: the hash of the content that the person had before them. Raises NotFoundError, ConflictError (as
    ChangedMeanwhileError where the content is another now), InvalidError.
    """
    with writing(engine, durable=True) as session:
        _refuse_stale(session.get(Actor, actor_id), seen)
        rewrite_actor(session, actor_id, changes, author=Author(by), places=places, named=named)
        detail = {"fields": sorted(changes)}
        log.note(session, by=by, action="actor.changed", kind="actor", of=actor_id, detail=detail)


def rewrite_actor(
    session: Session,
    actor_id: str,
    changes: dict[str, Any],
    *,
    author: Author,
    places: PlacesBook | None = None,
    released: Set[str] = frozenset(),
    named: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> None:
    """Change the fields given, in the caller's unit of work. released, named: as for `write_actors`. Raises so."""
    _write_actor(session, changed_actor(session, actor_id, changes, places=places), author, released, named)


def changed_actor(
    session: Session, actor_id: str, changes: dict[str, Any], *, places: PlacesBook | None = None
) -> Record:
    """Return the record of an actor with the fields given; nothing is written. Raises as above."""
    actor = queries.actor_by_id(session, actor_id, confidential=True)
    if actor is None:
        raise NotFoundError("Cet acteur n’existe pas.")
    whole = _validated(
        ActorIn, _content(actor, ActorIn) | _cautious(actor, _cleared(at_new_place(vars(actor), changes)))
    )
    if actor.natural_key != whole.natural_key:
        _same_number(actor.natural_key, whole.natural_key, queries.actor_by_key(session, whole.natural_key))
    record = _actor_record(whole, _location(session, whole, places))
    record.stored_key = actor.natural_key
    if "member_of" not in changes:
        record.member_of = None
    return record


def change_opportunity(
    engine: Engine,
    opportunity_id: str,
    changes: dict[str, Any],
    *,
    by: str = log.CLI,
    places: PlacesBook | None = None,
    seen: str = "",
) -> None:
    """Change the fields given; None clears one, `lots` replaces them all. seen, errors: as for an actor."""
    with writing(engine, durable=True) as session:
        _refuse_stale(session.get(Opportunity, opportunity_id), seen)
        detail = {"fields": sorted(changes)}
        rewrite_opportunity(session, opportunity_id, changes, author=Author(by), places=places)
        log.note(session, by=by, action="opportunity.changed", kind="opportunity", of=opportunity_id, detail=detail)


def rewrite_opportunity(
    session: Session,
    opportunity_id: str,
    changes: dict[str, Any],
    *,
    author: Author,
    places: PlacesBook | None = None,
    released: Set[str] = frozenset(),
) -> None:
    """Change the fields given, in the caller's unit of work. released: as for `write_actors`. Raises as above."""
    opportunity = queries.opportunity_by_id(session, opportunity_id, confidential=True)
    if opportunity is None:
        raise NotFoundError("Cette opportunité n’existe pas.")
    stored = _content(opportunity, OpportunityIn)
    stored["lots"] = [
        {name: value for name, value in lot.model_dump().items() if name not in ("id", "opportunity_id")}
        for lot in queries.lots_of(session, opportunity_id)
    ]
    case = queries.takeover_case_of(session, opportunity_id)
    if case and changes.get("kind", opportunity.kind) == opportunity.kind:
        given = _cleared(changes.get("takeover") or {})
        stored["takeover"] = case.model_dump(exclude={"opportunity_id"}) | given
        changes = {name: value for name, value in changes.items() if name != "takeover"}
    placed = at_new_place(stored, changes)
    whole = _validated(OpportunityIn, stored | _cautious(opportunity, _cleared(placed)))
    if opportunity.natural_key != whole.natural_key:
        taken = queries.opportunity_by_key(session, whole.natural_key)
        _same_number(opportunity.natural_key, whole.natural_key, taken)
    record = _opportunity_record(whole, _location(session, whole, places))
    record.stored_key = opportunity.natural_key
    announced = {opportunity_id} if "teaser" in changes else frozenset[str]()
    result = write_opportunities(session, [record], author=author, released=released, announced=announced)
    _refuse_lowering(result)


def _refuse_stale(row: Actor | Opportunity | None, seen: str) -> None:
    if row is not None:
        refuse_stale(seen, row.content_hash, CARD_CHANGED)


def _write_actor(
    session: Session,
    record: Record,
    author: Author,
    released: Set[str] = frozenset(),
    named: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> UpsertResult:
    result = write_actors(session, [record], author=author, released=released, named=named)
    if result.missing_carriers:
        raise InvalidError([("member_of", "un réseau ou une CAE cité est introuvable")])
    _refuse_lowering(result)
    return result


def _refuse_lowering(result: UpsertResult) -> None:
    if result.lowered:
        fields = refusals(result.lowered[0].fields)
        raise ConflictError(" ; ".join(f"{name} : {why}" for name, why in fields) + ".")


def _actor_record(actor: ActorIn, location: dict[str, str | None]) -> Record:
    fields = actor.model_dump(exclude={"member_of"}) | {"confidential": actor.is_confidential} | location
    return Record(0, actor.natural_key, fields, {}, member_of=actor.member_of)


def _opportunity_record(opportunity: OpportunityIn, location: dict[str, str | None]) -> Record:
    fields = opportunity.model_dump(exclude={"lots", "takeover"}) | {"confidential": opportunity.is_confidential}
    return Record(
        0,
        opportunity.natural_key,
        fields | location,
        {},
        lots={lot.number: lot.model_dump() for lot in opportunity.lots},
        takeover=opportunity.takeover.model_dump() if opportunity.takeover else None,
    )


def _location(session: Session, place: Place, book: PlacesBook | None) -> dict[str, str | None]:
    """Return the commune's code and the département that a place tells. Raises InvalidError."""
    places = (book or process_book()).current(session).places
    located = places.locate(place.commune_code, place.commune_name, place.postcode, place.department)
    if located.errors:
        raise InvalidError(located.errors)
    return {"commune_code": located.commune_code, "department": located.department}


def _content(row: SQLModel, schema: type[Any]) -> dict[str, Any]:
    return {name: value for name, value in row.model_dump().items() if name in schema.model_fields}


def _cleared(changes: dict[str, Any]) -> dict[str, Any]:
    """Replace None by an empty list in the fields that are lists."""
    lists = ("activities", "naf", "cpv", "lots", "reserved", "required_approvals", "approvals", "seeks", "member_of")
    areas = ("area_departments", "area_communes")
    return {name: [] if value is None and name in lists + areas else value for name, value in changes.items()}


def _cautious(row: Actor | Opportunity, changes: dict[str, Any]) -> dict[str, Any]:
    """A record that changes its kind gets the caution of its new kind, beside its own; the changes may give another."""
    if changes.get("kind", row.kind) == row.kind:
        return changes
    return {"confidential": row.confidential or None} | changes


def _validated(schema: type[Any], content: dict[str, Any]) -> Any:
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        fields = [(".".join(map(str, problem["loc"])), in_french(problem)) for problem in error.errors()]
        raise InvalidError(fields) from error


def _same_number(stored: str, wanted: str, taken: Actor | Opportunity | None) -> None:
    if number_of(stored) != number_of(wanted):
        raise ConflictError("Le SIRET ou l’identifiant d’origine ne se change pas : créez une nouvelle fiche.")
    if taken is not None:
        raise ConflictError("Une autre fiche de ce type porte déjà ce numéro dans cette source.")
