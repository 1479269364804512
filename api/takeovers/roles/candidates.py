"""Candidates of a takeover: who is chosen for which role, and the brokerage cases that are opened for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.brokerage.cases import OpenedCases, Origin
from api.brokerage.pairs import Pair, open_pairs_within
from api.catalogue import queries as catalogue_queries
from api.core.errors import InvalidError, NotFoundError
from api.takeovers.roles import queries
from matcher.types import OpportunityKind, Role, roles_of
from models.database import insert_new, writing
from models.takeover_candidates import TakeoverCandidate

# Roles without which a takeover hardly comes about.
NEEDED = (Role.TAKE_OVER, Role.ACCOMPANY, Role.FINANCE)


@dataclass(frozen=True)
class Candidate:
    """An actor of which a case is open about the takeover, or was. role: None where nobody said it."""

    actor_id: str
    name: str
    role: Role | None
    case_id: str
    state: str


@dataclass(frozen=True)
class RolesSummary:
    """candidates: by role, those without one last. missing: roles that nobody plays whose case has not ended."""

    candidates: Sequence[Candidate]
    missing: Sequence[Role]


def choose_candidates(
    engine: Engine,
    opportunity_id: str,
    chosen: Mapping[Role, str],
    facilitator_id: str,
    *,
    by: str,
    now: datetime,
) -> OpenedCases:
    """Note who is chosen for which role and open their cases at once, all or none. chosen: role → actor.

    A case that is open already is left alone. Raises NotFoundError, for what is no takeover too; InvalidError where
    nobody is chosen, or a record is archived.
    """
    if not chosen:
        raise InvalidError([("reprendre", "choisissez au moins un acteur")])
    with writing(engine, durable=True) as session:
        opportunity = catalogue_queries.opportunity_by_id(session, opportunity_id, confidential=True)
        if opportunity is None or opportunity.kind != OpportunityKind.TAKEOVER:
            raise NotFoundError("Cette reprise n’existe pas.")
        pairs = [Pair(actor_id, opportunity_id) for actor_id in dict.fromkeys(chosen.values())]
        opened = open_pairs_within(session, pairs, facilitator_id, origin=Origin.COALITION, by=by, now=now)
        rows = [
            TakeoverCandidate(opportunity_id=opportunity_id, actor_id=actor_id, role=role.value)
            for role, actor_id in chosen.items()
        ]
        insert_new(session, TakeoverCandidate, [row.model_dump() for row in rows])
        roles = sorted(role.value for role in chosen)
        log.note(
            session,
            by=by,
            action="opportunity.candidates_chosen",
            kind="opportunity",
            of=opportunity_id,
            detail={"roles": roles},
            now=now,
        )
        return opened


def summary(session: Session, opportunity_id: str) -> RolesSummary:
    """Return the candidates of a takeover with the states of their cases, and which roles are still to be filled."""
    roles: dict[str, list[Role]] = {}
    for choice in queries.chosen_roles(session, opportunity_id):
        roles.setdefault(choice.actor_id, []).append(Role(choice.role))
    candidates = [
        Candidate(actor.id, actor.name, role, case.id, case.state)
        for case, actor in queries.candidate_cases(session, opportunity_id)
        for role in roles.get(actor.id, [None])
    ]
    order = [*roles_of(OpportunityKind.TAKEOVER), None]
    played = {candidate.role for candidate in candidates if candidate.state not in queries.ENDED}
    return RolesSummary(
        sorted(candidates, key=lambda candidate: order.index(candidate.role)),
        [role for role in NEEDED if role not in played],
    )
