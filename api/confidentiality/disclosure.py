"""The ladder of a confidential case, for one actor: teaser → agreement of both sides → identity → documents.

Each rung is looked at when something is asked for, in the unit of work that also notes in the journal who was shown
what: what is withdrawn is withdrawn for the very next request.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.catalogue import queries as catalogue_queries
from api.confidentiality import queries
from api.confidentiality.queries import DocumentLine
from api.confidentiality.teaser import is_told
from api.core.errors import ConflictError, NotFoundError
from models.actors import Actor
from models.database import writing
from models.opportunities import Opportunity, TakeoverCase
from models.reveal import Consent


class Side(StrEnum):
    """What is agreed to: `models.reveal.Consent.side`."""

    HOLDER = "holder"
    ACTOR = "actor"
    DOCUMENTS = "documents"


class Rung(IntEnum):
    """How far an actor may see into a case."""

    TEASER = 1
    ONE_SIDE = 2
    IDENTITY = 3
    DOCUMENTS = 4


@dataclass(frozen=True)
class Standing:
    """What stands at one moment between a case and an actor; None is not agreed, or withdrawn."""

    holder: Consent | None = None
    actor: Consent | None = None
    documents: Consent | None = None

    @property
    def rung(self) -> Rung:
        if not (self.holder and self.actor):
            return Rung.ONE_SIDE if self.holder or self.actor else Rung.TEASER
        return Rung.DOCUMENTS if self.documents else Rung.IDENTITY


@dataclass(frozen=True)
class Identity:
    """Who the company is, for those to whom it is revealed."""

    title: str
    description: str | None
    commune: str | None
    department: str | None
    deadline: date | None
    url: str | None
    takeover: TakeoverCase | None


@dataclass(frozen=True)
class Dossier:
    """A case as one actor may see it; identity and documents are None below their rungs."""

    standing: Standing
    identity: Identity | None = None
    documents: Sequence[DocumentLine] | None = None

    @property
    def rung(self) -> Rung:
        return self.standing.rung


@dataclass(frozen=True)
class Ladder:
    """An actor on the ladder of a case, as facilitators see it; history: all that was agreed, oldest first."""

    actor: Actor
    standing: Standing
    history: Sequence[Consent]


def give(engine: Engine, opportunity_id: str, actor_id: str, side: Side, *, account_id: str, now: datetime) -> None:
    """Note that one side agrees, from now on. Twice is as once.

    Raises NotFoundError for what is no confidential case, or no actor; ConflictError for a case that is not told of.
    """
    with writing(engine, durable=True) as session:
        case = confidential_case(session, opportunity_id)
        if not is_told(case):
            raise ConflictError("Ce cas n’est pas diffusé : écrivez d’abord ce qu’il est, pour qu’il ait une fiche.")
        if session.get(Actor, actor_id) is None:
            raise NotFoundError("Cet acteur n’existe pas.")
        if getattr(standing_of(session, opportunity_id, actor_id), side):
            return
        session.add(
            Consent(
                id=str(uuid.uuid4()),
                opportunity_id=opportunity_id,
                actor_id=actor_id,
                side=side.value,
                given_at=now,
                given_by=account_id,
            )
        )
        _note(session, "consent.given", opportunity_id, actor_id, account_id, now, side=side.value)


def withdraw(engine: Engine, opportunity_id: str, actor_id: str, side: Side, *, account_id: str, now: datetime) -> None:
    """Note that one side agrees no more: it holds at the next request. Twice is as once."""
    with writing(engine, durable=True) as session:
        found: Consent | None = getattr(standing_of(session, opportunity_id, actor_id), side)
        if found is None:
            return
        found.withdrawn_at, found.withdrawn_by = now, account_id
        session.add(found)
        _note(session, "consent.withdrawn", opportunity_id, actor_id, account_id, now, side=side.value)


def dossier(engine: Engine, opportunity_id: str, actor_id: str, *, account_id: str, now: datetime) -> Dossier:
    """Return what a partner may see of a case for its actor; that the identity was shown is noted in the journal.

    The caller has checked that the account speaks for the actor. Raises NotFoundError where the case is not told of.
    """
    with writing(engine, durable=True) as session:
        case = confidential_case(session, opportunity_id)
        if not is_told(case):
            raise NotFoundError("Ce dossier n’existe pas.")
        standing = standing_of(session, opportunity_id, actor_id)
        if standing.rung < Rung.IDENTITY:
            return Dossier(standing)
        _note(session, "identity.revealed", opportunity_id, actor_id, account_id, now)
        papers = standing.rung >= Rung.DOCUMENTS
        documents = queries.documents_of(session, opportunity_id) if papers else None
        return Dossier(standing, _identity(session, case), documents)


def standing_of(session: Session, opportunity_id: str, actor_id: str) -> Standing:
    """Return what stands at this moment."""
    return Standing(**{one.side: one for one in queries.standing_consents(session, opportunity_id, actor_id)})


def ladders(session: Session, opportunity_id: str) -> list[Ladder]:
    """Return every actor with which something was ever agreed about a case, by name."""
    consents = queries.consents_about(session, opportunity_id)
    rows = [session.get_one(Actor, one) for one in sorted({one.actor_id for one in consents})]
    return [
        Ladder(
            row,
            standing_of(session, opportunity_id, row.id),
            [one for one in consents if one.actor_id == row.id],
        )
        for row in sorted(rows, key=lambda row: (row.name, row.id))
    ]


def confidential_case(session: Session, opportunity_id: str) -> Opportunity:
    """Return a confidential takeover case. Raises NotFoundError for anything else."""
    found = session.get(Opportunity, opportunity_id)
    if found is None or not found.confidential or found.kind != "takeover":
        raise NotFoundError("Ce dossier n’existe pas.")
    return found


def _identity(session: Session, case: Opportunity) -> Identity:
    return Identity(
        title=case.title,
        description=case.description,
        commune=case.commune_name,
        department=case.department,
        deadline=case.deadline,
        url=case.url,
        takeover=catalogue_queries.takeover_case_of(session, case.id),
    )


def _note(
    session: Session, action: str, opportunity_id: str, actor_id: str, account_id: str, now: datetime, **more: str
) -> None:
    log.note(
        session,
        by=f"account:{account_id}",
        action=action,
        kind="opportunity",
        of=opportunity_id,
        detail={"actor": actor_id, **more},
        now=now,
    )
