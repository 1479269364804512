"""One actor or one opportunity, and lists of them, as their readers may see them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts.audience import Audience
from api.audit import log
from api.catalogue import queries
from api.catalogue.company_states import state_of_actor
from api.catalogue.queries import Listing
from api.catalogue.schemas import RecordKind
from api.core.errors import ConflictError, NotFoundError
from models.base import utc_now
from models.database import reading
from models.tables import Actor, CompanyState, ContractWon, Lot, Opportunity, TakeoverCase
from models.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class ActorFile:
    """An actor, who carries it and whom it carries, as far as the reader may know; the contracts that it won.

    state: what a register says of it, None while it is open: then it is not in the lists, unless a person keeps it.
    Nor is it there while it is in the archive.
    """

    actor: Actor
    carriers: Sequence[Actor]
    members: Sequence[Actor]
    contracts: Sequence[ContractWon]
    state: CompanyState | None = None

    @property
    def listed(self) -> bool:
        return self.actor.archived_at is None and (self.state is None or self.actor.stays_listed)


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
        [row for row in rows if audience.confidential or not row.confidential]
        for rows in (queries.carriers_of(session, actor_id), queries.members_of(session, actor_id))
    )
    contracts = queries.contracts_won_by(session, actor.siret) if actor.siret else ()
    if actor.confidential:
        unit.later(_seen("actor.seen", actor_id, audience))
    return ActorFile(actor, carriers, members, contracts, state_of_actor(session, actor))


def _seen(action: str, record_id: str, audience: Audience) -> Callable[[Session], None]:
    """Return the journal's entry of this moment, however long it waits to be written."""
    return partial(log.note, by=audience.by, action=action, kind=action.partition(".")[0], of=record_id, now=utc_now())


def read_opportunity(unit: UnitOfWork, opportunity_id: str, audience: Audience) -> OpportunityFile:
    """Return an opportunity. Raises NotFoundError, as above."""
    session = unit.session
    opportunity = queries.opportunity_by_id(session, opportunity_id, confidential=audience.confidential)
    if opportunity is None:
        raise NotFoundError("Cette opportunité n’existe pas.")
    lots, case = queries.lots_of(session, opportunity_id), queries.takeover_case_of(session, opportunity_id)
    if opportunity.confidential:
        unit.later(_seen("opportunity.seen", opportunity_id, audience))
    return OpportunityFile(opportunity, lots, case)


def find(engine: Engine, kind: RecordKind, reference: str, audience: Audience) -> str:
    """Return the id of what a person names, by id, source's identifier, SIRET or a unique part of its name.

    Raises NotFoundError, ConflictError when several bear it.
    """
    listing = Listing(text=reference, limit=6, unlisted=True)
    with reading(engine) as session:
        rows: Sequence[Actor] | Sequence[Opportunity]
        if kind == "actors":
            rows = queries.actors_named(session, reference, confidential=audience.confidential)
            rows = rows or queries.actor_page(session, listing, confidential=audience.confidential)
        else:
            rows = queries.opportunities_named(session, reference, confidential=audience.confidential)
            rows = rows or queries.opportunity_page(session, listing, confidential=audience.confidential)
    if not rows:
        raise NotFoundError(f"Rien ne s’appelle « {reference} ».")
    if len(rows) > 1:
        names = " ; ".join(f"{row.name if isinstance(row, Actor) else row.title} ({row.id})" for row in rows)
        raise ConflictError(f"Plusieurs s’appellent « {reference} » : {names}")
    return rows[0].id


def actor_page(session: Session, listing: Listing, audience: Audience) -> Sequence[Actor]:
    """Return the actors whose id follows `listing.after`, in the order of ids."""
    return queries.actor_page(session, listing, confidential=audience.confidential)


def opportunity_page(session: Session, listing: Listing, audience: Audience) -> Sequence[Opportunity]:
    """Return the opportunities whose id follows `listing.after`, in the order of ids."""
    return queries.opportunity_page(session, listing, confidential=audience.confidential)


def openings_to_come(session: Session, text: str, department: str, audience: Audience) -> Sequence[Opportunity]:
    """Return the openings that are expected, the first to be published first."""
    return queries.openings_to_come(session, text, department, confidential=audience.confidential)


def holders_by_contracts(session: Session, text: str, department: str, audience: Audience) -> Sequence[Actor]:
    """Return the actors that are known by their public contracts alone, by name."""
    return queries.holders_by_contracts(session, text, department, confidential=audience.confidential)
