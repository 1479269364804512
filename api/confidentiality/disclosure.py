"""How far a confidential case is disclosed to one actor: teaser → consent of both sides → identity → documents.

The level is read at each request, and what was disclosed to whom is noted in the journal before the answer leaves: a
revoked consent acts at the next request. Whoever reads for an actor has signed the confidentiality agreement themselves
(`api.confidentiality.agreements`), or somebody signed it on paper for the actor.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum, StrEnum

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.catalogue import queries as catalogue_queries
from api.confidentiality import queries
from api.confidentiality.document_folders import open_folders
from api.confidentiality.queries import DocumentLine
from api.confidentiality.teaser import is_announced
from api.core.errors import ConflictError, NotFoundError
from models.actors import Actor
from models.database import writing
from models.opportunities import Opportunity, TakeoverCase
from models.reveal import Consent
from models.unit_of_work import UnitOfWork


class ConsentSide(StrEnum):
    """Who consents, or to what: `models.reveal.Consent.side`."""

    HOLDER = "holder"
    ACTOR = "actor"
    DOCUMENTS = "documents"


class DisclosureLevel(IntEnum):
    """How much of a case an actor may see; each level includes those below."""

    TEASER = 1
    ONE_SIDE = 2
    IDENTITY = 3
    DOCUMENTS = 4


@dataclass(frozen=True)
class StandingConsents:
    """The consents in force between a case and an actor; None is not given, or revoked."""

    holder: Consent | None = None
    actor: Consent | None = None
    documents: Consent | None = None

    @property
    def level(self) -> DisclosureLevel:
        if not (self.holder and self.actor):
            return DisclosureLevel.ONE_SIDE if self.holder or self.actor else DisclosureLevel.TEASER
        return DisclosureLevel.DOCUMENTS if self.documents else DisclosureLevel.IDENTITY

    @property
    def open_folders(self) -> frozenset[str]:
        """The folders of documents that may be read (`api.confidentiality.document_folders`)."""
        return open_folders(
            identity=self.level >= DisclosureLevel.IDENTITY, documents=self.level >= DisclosureLevel.DOCUMENTS
        )


@dataclass(frozen=True)
class Identity:
    """The company behind a case, from level IDENTITY on."""

    title: str
    description: str | None
    commune: str | None
    department: str | None
    deadline: date | None
    url: str | None
    takeover: TakeoverCase | None


@dataclass(frozen=True)
class Dossier:
    """A case as one reader may see it; below the level of the identity, it and the documents are None."""

    consents: StandingConsents
    identity: Identity | None = None
    documents: Sequence[DocumentLine] | None = None

    @property
    def level(self) -> DisclosureLevel:
        return self.consents.level


@dataclass(frozen=True)
class ActorDisclosure:
    """The disclosure of a case to one actor, for facilitators; history: all its consents, oldest first."""

    actor: Actor
    consents: StandingConsents
    history: Sequence[Consent]


def grant_consent(
    engine: Engine, opportunity_id: str, actor_id: str, side: ConsentSide, *, account_id: str, now: datetime
) -> None:
    """Record that one side consents from now on; no change if it already does.

    Raises NotFoundError for an unknown actor or confidential case, ConflictError for a case that is not announced.
    """
    with writing(engine, durable=True) as session:
        give_consent(session, opportunity_id, actor_id, side, account_id=account_id, now=now)


def give_consent(
    session: Session, opportunity_id: str, actor_id: str, side: ConsentSide, *, account_id: str, now: datetime
) -> Consent:
    """Do what `grant_consent` does in the caller's unit of work, and return the consent in force."""
    case = confidential_case(session, opportunity_id)
    if not is_announced(case):
        raise ConflictError("Ce cas n’est pas diffusé : écrivez d’abord ce qu’il est, pour qu’il ait une fiche.")
    if session.get(Actor, actor_id) is None:
        raise NotFoundError("Cet acteur n’existe pas.")
    standing: Consent | None = getattr(standing_consents(session, opportunity_id, actor_id), side)
    if standing:
        return standing
    consent = Consent(
        id=str(uuid.uuid4()),
        opportunity_id=opportunity_id,
        actor_id=actor_id,
        side=side.value,
        given_at=now,
        given_by=account_id,
    )
    session.add(consent)
    session.flush()
    _note(session, "consent.given", opportunity_id, actor_id, account_id, now, side=side.value)
    return consent


def revoke_consent(
    engine: Engine, opportunity_id: str, actor_id: str, side: ConsentSide, *, account_id: str, now: datetime
) -> None:
    """Record that one side no longer consents; no change if it does not."""
    with writing(engine, durable=True) as session:
        consent: Consent | None = getattr(standing_consents(session, opportunity_id, actor_id), side)
        if consent is None:
            return
        consent.withdrawn_at, consent.withdrawn_by = now, account_id
        session.add(consent)
        _note(session, "consent.withdrawn", opportunity_id, actor_id, account_id, now, side=side.value)


def open_dossier(unit: UnitOfWork, opportunity_id: str, actor_id: str, *, account_id: str, now: datetime) -> Dossier:
    """Return what a partner may see of a case for its actor; a disclosed identity is noted in the journal.

    The caller has checked that the account speaks for the actor. Raises NotFoundError for a case that is not announced.
    """
    session = unit.session
    case = confidential_case(session, opportunity_id)
    if not is_announced(case):
        raise NotFoundError("Ce dossier n’existe pas.")
    consents = consents_for_reader(session, opportunity_id, actor_id, account_id)
    if consents.level < DisclosureLevel.IDENTITY:
        return Dossier(consents)
    journal_note = ("identity.revealed", opportunity_id, actor_id, account_id, now)
    unit.later(lambda session: _note(session, *journal_note), durable=True)
    documents = queries.documents_of(session, opportunity_id, consents.open_folders)
    return Dossier(consents, _identity(session, case), documents)


def standing_consents(session: Session, opportunity_id: str, actor_id: str) -> StandingConsents:
    """Return the consents in force at this moment."""
    consent_rows = queries.standing_consents(session, opportunity_id, actor_id)
    return StandingConsents(**{consent_row.side: consent_row for consent_row in consent_rows})


def consents_for_reader(session: Session, opportunity_id: str, actor_id: str, account_id: str) -> StandingConsents:
    """Return the consents in force as they hold for one account that speaks for the actor.

    The actor's own counts for whoever signed the agreement, for everybody where it was signed on paper, and where it
    was noted without an agreement.
    """
    consents = standing_consents(session, opportunity_id, actor_id)
    signers = queries.signers(session, consents.actor.id) if consents.actor else set()
    has_signed = not signers or account_id in signers or queries.ON_PAPER in signers
    return consents if has_signed else replace(consents, actor=None)


def consented_cases(session: Session, actor_ids: Collection[str]) -> dict[str, dict[str, DisclosureLevel]]:
    """Return actor → case → its level, of the cases about which either side consents at this moment."""
    consents: dict[tuple[str, str], dict[str, Consent]] = {}
    for consent_row in queries.standing_consents_for(session, actor_ids):
        consents.setdefault((consent_row.actor_id, consent_row.opportunity_id), {})[consent_row.side] = consent_row
    levels: dict[str, dict[str, DisclosureLevel]] = {}
    for (actor_id, case_id), by_side in consents.items():
        levels.setdefault(actor_id, {})[case_id] = StandingConsents(**by_side).level
    return levels


def disclosures(session: Session, opportunity_id: str) -> list[ActorDisclosure]:
    """Return the disclosure of a case to each actor with which any consent was ever recorded, by name."""
    consents = queries.consents_about(session, opportunity_id)
    concerned_actors = [
        session.get_one(Actor, actor_id) for actor_id in sorted({consent_row.actor_id for consent_row in consents})
    ]
    return [
        ActorDisclosure(
            actor,
            standing_consents(session, opportunity_id, actor.id),
            [consent_row for consent_row in consents if consent_row.actor_id == actor.id],
        )
        for actor in sorted(concerned_actors, key=lambda actor: (actor.name, actor.id))
    ]


def confidential_case(session: Session, opportunity_id: str) -> Opportunity:
    """Return a confidential takeover case. Raises NotFoundError for anything else."""
    case = session.get(Opportunity, opportunity_id)
    if case is None or not case.confidential or case.kind != "takeover":
        raise NotFoundError("Ce dossier n’existe pas.")
    return case


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
    session: Session,
    action: str,
    opportunity_id: str,
    actor_id: str,
    account_id: str,
    now: datetime,
    **more_detail: str,
) -> None:
    log.note(
        session,
        by=f"account:{account_id}",
        action=action,
        kind="opportunity",
        of=opportunity_id,
        detail={"actor": actor_id, **more_detail},
        now=now,
    )
