"""« Proposer à … »: a facilitator proposes a case to an actor, whatever the ranking says, or takes it back.

A proposal opens the published line of the case to whoever speaks for the actor: in its space at once, in its next mail
once. Nobody outside learns more by it.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.audit import log
from api.catalogue import queries as catalogue_queries
from api.confidentiality.teaser import is_announced
from api.core.chunks import in_chunks
from api.core.clock import day_in_france
from api.core.errors import ConflictError, NotFoundError
from api.core.french import NBSP, day
from api.core.settings import TakeoverSettings
from api.takeovers.case_file.exclusivity import exclusive_until
from api.takeovers.case_file.history import read_file
from api.takeovers.cases import takeover_case
from models.actors import Actor
from models.base import identifier
from models.database import insert_new, writing
from models.opportunities import Opportunity
from models.proposals import CaseProposal
from models.suggestions import Suggestion, subject_name

MADE, WITHDRAWN = "proposal.made", "proposal.withdrawn"
UNTOLD = "Ce cas n’est pas diffusé : écrivez d’abord ce qu’il est, pour qu’il ait une fiche."


@dataclass(frozen=True)
class ProposalRow:
    """A proposal of a case, and the actor that it was made to."""

    proposal: CaseProposal
    actor: Actor


@dataclass(frozen=True)
class ProposalSummary:
    """How many actors a case is proposed to today, and how many it was once; told: it may be proposed."""

    standing: int
    withdrawn: int
    told: bool


def propose(
    engine: Engine,
    opportunity_id: str,
    actor_id: str,
    *,
    account_id: str,
    now: datetime,
    options: TakeoverSettings,
) -> bool:
    """Propose a case to an actor from now on; False, and no change, if it is proposed already.

    Raises NotFoundError for an unknown actor or takeover case; ConflictError for a case that may not be told of, an
    archived record, or where a letter of intent binds the owner.
    """
    with writing(engine, durable=True) as session:
        case = takeover_case(session, opportunity_id)
        actor = catalogue_queries.actor_by_id(session, actor_id, confidential=True)
        if actor is None:
            raise NotFoundError("Cet acteur n’existe pas.")
        if not may_be_told(case):
            raise ConflictError(UNTOLD)
        for record_name, archived_at in ((actor.name, actor.archived_at), (case.title, case.archived_at)):
            if archived_at is not None:
                raise ConflictError(f"La fiche « {record_name} » est archivée.")
        if is_proposed(session, opportunity_id, actor_id):
            return False
        _respect_exclusivity(session, opportunity_id, day_in_france(now), options)
        session.add(
            CaseProposal(
                id=str(uuid.uuid4()),
                opportunity_id=opportunity_id,
                actor_id=actor_id,
                proposed_at=now,
                proposed_by=account_id,
            )
        )
        _keep_suggestion(session, case, actor, now)
        _note(session, MADE, opportunity_id, actor_id, account_id, now)
    return True


def withdraw(engine: Engine, opportunity_id: str, actor_id: str, *, account_id: str, now: datetime) -> bool:
    """Take a proposal back; False, and no change, where there is none. Raises NotFoundError: no takeover case."""
    with writing(engine, durable=True) as session:
        takeover_case(session, opportunity_id)
        proposal = _standing(session, opportunity_id, actor_id)
        if proposal is None:
            return False
        proposal.withdrawn_at, proposal.withdrawn_by = now, account_id
        session.add(proposal)
        _note(session, WITHDRAWN, opportunity_id, actor_id, account_id, now)
    return True


def is_proposed(session: Session, opportunity_id: str, actor_id: str) -> bool:
    """Return whether a facilitator proposed a case to an actor, and did not take it back."""
    return _standing(session, opportunity_id, actor_id) is not None


def proposed_cases(session: Session, actor_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Return actor → the cases that are proposed to it, for those of these actors that have any."""
    cases_by_actor: dict[str, set[str]] = {}
    for some_ids in in_chunks(sorted(actor_ids)):
        standing = col(CaseProposal.withdrawn_at).is_(None)
        columns = select(CaseProposal.actor_id, CaseProposal.opportunity_id)
        for actor_id, case_id in session.exec(columns.where(standing, col(CaseProposal.actor_id).in_(some_ids))):
            cases_by_actor.setdefault(actor_id, set()).add(case_id)
    return {actor_id: frozenset(case_ids) for actor_id, case_ids in cases_by_actor.items()}


def proposed_actors(session: Session, opportunity_id: str) -> frozenset[str]:
    """Return the actors that a case is proposed to today."""
    standing = select(CaseProposal.actor_id).where(CaseProposal.opportunity_id == opportunity_id)
    return frozenset(session.exec(standing.where(col(CaseProposal.withdrawn_at).is_(None))))


def proposals_of(session: Session, opportunity_id: str) -> Sequence[ProposalRow]:
    """Return all proposals of a case, withdrawn ones too, the newest first."""
    question = (
        select(CaseProposal, Actor)
        .join(Actor, col(Actor.id) == CaseProposal.actor_id)
        .where(CaseProposal.opportunity_id == opportunity_id)
        .order_by(col(CaseProposal.proposed_at).desc(), CaseProposal.id)
    )
    return [ProposalRow(*row) for row in session.exec(question)]


def summary(session: Session, opportunity_id: str) -> ProposalSummary:
    """Return how far a case was proposed. Raises NotFoundError: no takeover case."""
    case = takeover_case(session, opportunity_id)
    ends = session.exec(select(CaseProposal.withdrawn_at).where(CaseProposal.opportunity_id == opportunity_id)).all()
    withdrawn = sum(withdrawn_at is not None for withdrawn_at in ends)
    return ProposalSummary(len(ends) - withdrawn, withdrawn, may_be_told(case))


def may_be_told(case: Opportunity) -> bool:
    """Return whether outsiders may know of a case at all."""
    return not case.confidential or is_announced(case)


def _respect_exclusivity(session: Session, opportunity_id: str, today: date, options: TakeoverSettings) -> None:
    if ends := exclusive_until(read_file(session, opportunity_id), today=today, options=options):
        raise ConflictError(
            f"Une lettre d’intention lie le cédant jusqu’au {day(ends.isoformat())}{NBSP}: personne d’autre n’est "
            f"sollicité. Si elle a pris fin, notez-le d’abord sur la page «{NBSP}Étapes{NBSP}»."
        )


def _standing(session: Session, opportunity_id: str, actor_id: str) -> CaseProposal | None:
    question = select(CaseProposal).where(
        CaseProposal.opportunity_id == opportunity_id,
        CaseProposal.actor_id == actor_id,
        col(CaseProposal.withdrawn_at).is_(None),
    )
    return session.exec(question).first()


def _keep_suggestion(session: Session, case: Opportunity, actor: Actor, now: datetime) -> None:
    """What is announced by mail, and answered, is a suggestion: no ranking may ever have made this one."""
    subject = subject_name(case.id, None)
    suggestion = Suggestion(
        id=identifier("suggestions", actor.id, subject),
        actor_id=actor.id,
        subject=subject,
        opportunity_id=case.id,
        confidential=actor.confidential or case.confidential,
        created_at=now,
    )
    insert_new(session, Suggestion, [suggestion.model_dump()])


def _note(session: Session, action: str, opportunity_id: str, actor_id: str, account_id: str, now: datetime) -> None:
    log.note(
        session,
        by=f"account:{account_id}",
        action=action,
        kind="opportunity",
        of=opportunity_id,
        detail={"actor": actor_id},
        now=now,
    )
