"""Proposed duplicates: listed for a person, who decides. Nothing is merged automatically."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, update
from sqlmodel import Session, SQLModel, col

from api.audit import log
from api.catalogue import queries as catalogue_queries
from api.core.errors import InvalidError, NotFoundError
from api.open_data import queries
from models.database import writing
from models.open_data import DuplicateProposal
from models.tables import Actor, Opportunity

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
        proposal.status = decision
        proposal.hidden_id = next(row_id for row_id in row_ids if row_id != keep) if decision == SAME else None
        undecided = decision == PROPOSED
        proposal.decided_at, proposal.decided_by = (None, "") if undecided else (now, by)
        session.add(proposal)
        # The desk notices a change by the dates of its rows.
        table: type[SQLModel] = Actor if proposal.kind == "actors" else Opportunity
        is_either = col(table.id).in_(row_ids)  # type: ignore[attr-defined]
        session.execute(update(table).where(is_either).values(updated_at=now))
        log.note(
            session, by=by, action="duplicate.decided", kind=proposal.kind, of=proposal_id, detail={"as": decision}
        )


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
