"""One actor or one opportunity, read or written by hand: the same rules and the same writer as a file of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from api.accounts.audience import Audience
from api.audit import log
from api.catalogue import queries
from api.catalogue.places.locating import Places
from api.catalogue.queries import Listing
from api.catalogue.schemas import ActorIn, OpportunityIn, Place, RecordKind
from api.catalogue.upsert import Record, Report, write_actors, write_opportunities
from api.catalogue.validation_messages import in_french
from api.core.errors import ConflictError, InvalidError, NotFoundError
from models.base import identifier
from models.database import reading, writing
from models.tables import Actor, ContractWon, Lot, Opportunity, TakeoverCase
from models.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class ActorFile:
    """An actor, who carries it and whom it carries, as far as the reader may know; the contracts that it won."""

    actor: Actor
    carriers: Sequence[Actor]
    members: Sequence[Actor]
    contracts: Sequence[ContractWon]


@dataclass(frozen=True)
class OpportunityFile:
    """An opportunity with its lots, or with what only a takeover case has."""

    opportunity: Opportunity
    lots: Sequence[Lot]
    takeover: TakeoverCase | None


def read_actor(unit: UnitOfWork, actor_id: str, audience: Audience) -> ActorFile:
    """Return an actor. Raises NotFoundError, for what is confidential to the asker as for what does not exist.

    That somebody saw what is confidential is noted in the journal, at the end of the unit of work.
    """
    session = unit.session
    actor = queries.actor_by_id(session, actor_id, confidential=audience.confidential)
    if actor is None:
        raise NotFoundError("Cet acteur n’existe pas.")
    carriers, members = (
        [one for one in rows if audience.confidential or not one.confidential]
        for rows in (queries.carriers_of(session, actor_id), queries.members_of(session, actor_id))
    )
    contracts = queries.contracts_won_by(session, actor.siret) if actor.siret else ()
    if actor.confidential:
        unit.later(partial(log.note, by=audience.by, action="actor.seen", kind="actor", of=actor_id))
    return ActorFile(actor, carriers, members, contracts)


def read_opportunity(unit: UnitOfWork, opportunity_id: str, audience: Audience) -> OpportunityFile:
    """Return an opportunity. Raises NotFoundError, as above."""
    session = unit.session
    opportunity = queries.opportunity_by_id(session, opportunity_id, confidential=audience.confidential)
    if opportunity is None:
        raise NotFoundError("Cette opportunité n’existe pas.")
    lots, case = queries.lots_of(session, opportunity_id), queries.takeover_case_of(session, opportunity_id)
    if opportunity.confidential:
        unit.later(partial(log.note, by=audience.by, action="opportunity.seen", kind="opportunity", of=opportunity_id))
    return OpportunityFile(opportunity, lots, case)


def find(engine: Engine, kind: RecordKind, reference: str, audience: Audience) -> str:
    """Return the id of what a person names, by id, source's identifier, SIRET or a unique part of its name.

    Raises NotFoundError, ConflictError when several bear it.
    """
    listing = Listing(text=reference, limit=6)
    with reading(engine) as session:
        found: Sequence[Actor] | Sequence[Opportunity]
        if kind == "actors":
            found = queries.actors_named(session, reference, confidential=audience.confidential)
            found = found or queries.actor_page(session, listing, confidential=audience.confidential)
        else:
            found = queries.opportunities_named(session, reference, confidential=audience.confidential)
            found = found or queries.opportunity_page(session, listing, confidential=audience.confidential)
    if not found:
        raise NotFoundError(f"Rien ne s’appelle « {reference} ».")
    if len(found) > 1:
        names = " ; ".join(f"{one.name if isinstance(one, Actor) else one.title} ({one.id})" for one in found)
        raise ConflictError(f"Plusieurs s’appellent « {reference} » : {names}")
    return found[0].id


def actor_page(session: Session, listing: Listing, audience: Audience) -> Sequence[Actor]:
    """Return the actors whose id follows `listing.after`, in the order of ids."""
    return queries.actor_page(session, listing, confidential=audience.confidential)


def opportunity_page(session: Session, listing: Listing, audience: Audience) -> Sequence[Opportunity]:
    """Return the opportunities whose id follows `listing.after`, in the order of ids."""
    return queries.opportunity_page(session, listing, confidential=audience.confidential)


def create_actor(engine: Engine, actor: ActorIn, *, by: str = log.CLI) -> str:
    """Store a new actor and return its id. Raises ConflictError if its key is known, InvalidError."""
    with writing(engine) as session:
        if queries.actor_by_key(session, actor.natural_key):
            raise ConflictError("Cet acteur existe déjà : modifiez-le plutôt (PATCH).")
        _write_actor(session, _actor_record(session, actor))
        created = identifier("actors", actor.natural_key)
        log.note(session, by=by, action="actor.created", kind="actor", of=created)
    return created


def create_opportunity(engine: Engine, opportunity: OpportunityIn, *, by: str = log.CLI) -> str:
    """Store a new opportunity and return its id. Raises ConflictError if its key is known, InvalidError."""
    with writing(engine) as session:
        if queries.opportunity_by_key(session, opportunity.natural_key):
            raise ConflictError("Cette opportunité existe déjà : modifiez-la plutôt (PATCH).")
        write_opportunities(session, [_opportunity_record(session, opportunity)], Report(Path(), "opportunities"))
        created = identifier("opportunities", opportunity.natural_key)
        log.note(session, by=by, action="opportunity.created", kind="opportunity", of=created)
    return created


def change_actor(engine: Engine, actor_id: str, changes: dict[str, Any], *, by: str = log.CLI) -> None:
    """Change the fields given; None clears one. Raises NotFoundError, ConflictError, InvalidError."""
    fields = sorted(changes)
    with writing(engine) as session:
        actor = queries.actor_by_id(session, actor_id, confidential=True)
        if actor is None:
            raise NotFoundError("Cet acteur n’existe pas.")
        whole = _validated(ActorIn, _content(actor, ActorIn) | _cautious(actor.kind, _cleared(changes)))
        _same_key(actor.natural_key, whole.natural_key)
        record = _actor_record(session, whole)
        if "member_of" not in changes:
            record.member_of = None
        _write_actor(session, record)
        log.note(session, by=by, action="actor.changed", kind="actor", of=actor_id, detail={"fields": fields})


def change_opportunity(engine: Engine, opportunity_id: str, changes: dict[str, Any], *, by: str = log.CLI) -> None:
    """Change the fields given; None clears one, `lots` replaces them all. Raises as above."""
    fields = sorted(changes)
    with writing(engine) as session:
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
            stored["takeover"] = case.model_dump(exclude={"opportunity_id"}) | _cleared(
                changes.pop("takeover", None) or {}
            )
        whole = _validated(OpportunityIn, stored | _cautious(opportunity.kind, _cleared(changes)))
        _same_key(opportunity.natural_key, whole.natural_key)
        write_opportunities(session, [_opportunity_record(session, whole)], Report(Path(), "opportunities"))
        log.note(
            session,
            by=by,
            action="opportunity.changed",
            kind="opportunity",
            of=opportunity_id,
            detail={"fields": fields},
        )


def _write_actor(session: Session, record: Record) -> None:
    report = Report(Path(), "actors")
    write_actors(session, [record], report)
    if report.warnings:
        raise InvalidError([("member_of", "un réseau ou une CAE cité est introuvable")])


def _actor_record(session: Session, actor: ActorIn) -> Record:
    fields = actor.model_dump(exclude={"member_of"}) | {"confidential": actor.is_confidential}
    return Record(0, actor.natural_key, _located(session, actor, fields), {}, member_of=actor.member_of)


def _opportunity_record(session: Session, opportunity: OpportunityIn) -> Record:
    fields = opportunity.model_dump(exclude={"lots", "takeover"}) | {"confidential": opportunity.is_confidential}
    return Record(
        0,
        opportunity.natural_key,
        _located(session, opportunity, fields),
        {},
        lots={lot.number: lot.model_dump() for lot in opportunity.lots},
        takeover=opportunity.takeover.model_dump() if opportunity.takeover else None,
    )


def _located(session: Session, place: Place, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the commune and the département that they tell. Raises InvalidError."""
    places = Places(queries.all_communes(session), queries.all_former_communes(session))
    found = places.locate(place.commune_code, place.commune_name, place.postcode, place.department)
    if found.errors:
        raise InvalidError(found.errors)
    return fields | {"commune_code": found.commune_code, "department": found.department}


def _content(row: SQLModel, schema: type[Any]) -> dict[str, Any]:
    return {name: value for name, value in row.model_dump().items() if name in schema.model_fields}


def _cleared(changes: dict[str, Any]) -> dict[str, Any]:
    """A list is cleared by None too."""
    lists = ("activities", "naf", "cpv", "lots", "reserved", "required_approvals", "approvals", "seeks", "member_of")
    areas = ("area_departments", "area_communes")
    return {name: [] if value is None and name in lists + areas else value for name, value in changes.items()}


def _cautious(kind: str, changes: dict[str, Any]) -> dict[str, Any]:
    """What becomes another kind of thing is as confidential as its new kind, unless the changes say."""
    return {"confidential": None} | changes if changes.get("kind", kind) != kind else changes


def _validated(schema: type[Any], content: dict[str, Any]) -> Any:
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        fields = [(".".join(map(str, one["loc"])), in_french(one)) for one in error.errors()]
        raise InvalidError(fields) from error


def _same_key(stored: str, wanted: str) -> None:
    if stored != wanted:
        raise ConflictError("Le SIRET ou l’identifiant d’origine ne se change pas : créez une nouvelle fiche.")
