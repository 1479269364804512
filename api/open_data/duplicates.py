"""Proposed duplicates: listed for a person, who decides. Nothing is merged automatically."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.catalogue import queries as catalogue_queries
from api.core.errors import InvalidError, NotFoundError
from api.open_data import queries
from api.subscriptions.moving import move_subscriptions, move_subscriptions_back
from models.actors import Actor
from models.database import writing
from models.open_data import DuplicateProposal

SAME, DIFFERENT, PROPOSED = "same", "different", "proposed"


@dataclass(frozen=True)
class Side:
    """One of the two rows of a proposal. details: field → value, of the fields that identify the row."""

    id: str
    name: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Proposed:
    """Two rows that may be one thing, for a person to decide."""

    proposal: DuplicateProposal
    first: Side
    second: Side


def decide(engine: Engine, proposal_id: str, decision: str, *, keep: str = "", by: str, now: datetime) -> None:
    """Note a person's decision. Both rows stay as they are. Raises NotFoundError, InvalidError.

    decision: `same`, where `keep` (one of the two ids) stays on the desk; `different`; or `proposed`, which takes a
    decision back.
    """
    with writing(engine, durable=True) as session:
        proposal = session.get(DuplicateProposal, proposal_id)
        if proposal is None:
            raise NotFoundError("Cette proposition n’existe pas.")
        row_ids = (proposal.first_id, proposal.second_id)
        if decision not in (SAME, DIFFERENT, PROPOSED) or (decision == SAME and keep not in row_ids):
            raise InvalidError([("decision", "dites si c’est la même chose, et laquelle des deux fiches garder")])
        former_hidden_id, proposal.status = proposal.hidden_id, decision
        proposal.hidden_id = next(row_id for row_id in row_ids if row_id != keep) if decision == SAME else None
        if proposal.kind == "actors" and proposal.hidden_id != former_hidden_id:
            _move_followers(session, row_ids, former_hidden_id, proposal.hidden_id)
        undecided = decision == PROPOSED
        proposal.decided_at, proposal.decided_by = (None, "") if undecided else (now, by)
        session.add(proposal)
        log.note(
            session, by=by, action="duplicate.decided", kind=proposal.kind, of=proposal_id, detail={"as": decision}
        )


def _move_followers(
    session: Session, row_ids: tuple[str, str], former_hidden_id: str | None, hidden_id: str | None
) -> None:
    """Let the subscriptions to a row that leaves the desk follow the one that stays, and the others return.

    Where one of the two is confidential, both stand on the desk: nobody follows the one instead of the other.
    """
    other_id = dict(zip(row_ids, reversed(row_ids), strict=True))
    if former_hidden_id:
        move_subscriptions_back(session, other_id[former_hidden_id], former_hidden_id)
    confidential = [session.get_one(Actor, row_id).confidential for row_id in row_ids]
    if hidden_id and confidential[0] == confidential[1]:
        move_subscriptions(session, hidden_id, other_id[hidden_id])


def duplicates(session: Session, status: str, limit: int) -> tuple[list[Proposed], int]:
    """Return the proposals of a status, the most similar first, and the number of all of them."""
    proposed = [
        Proposed(proposal, first, second)
        for proposal in queries.duplicate_page(session, status, limit)
        if (first := _side(session, proposal.kind, proposal.first_id))
        and (second := _side(session, proposal.kind, proposal.second_id))
    ]
    return proposed, queries.duplicate_count(session, status)


def _side(session: Session, kind: str, row_id: str) -> Side | None:
    if kind == "actors":
        actor = catalogue_queries.actor_by_id(session, row_id, confidential=True)
        if actor is None:
            return None
        commune = actor.commune_name or actor.commune_code or actor.postcode
        details: dict[str, Any] = {"siret": actor.siret, "commune": commune}
        return Side(actor.id, actor.name, details | {"department": actor.department, "source": actor.source})
    opportunity = catalogue_queries.opportunity_by_id(session, row_id, confidential=True)
    if opportunity is None:
        return None
    details = {
        "buyer": opportunity.buyer_name,
        "deadline": opportunity.deadline,
        "department": opportunity.department,
        "source": opportunity.source,
    }
    return Side(opportunity.id, opportunity.title, details)
