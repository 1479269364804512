"""Note what was done, and take back what was noted by mistake."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.core.clock import PARIS, day_in_france
from api.core.errors import ForbiddenError, InvalidError, NotFoundError
from api.interactions import queries
from api.interactions.kinds import InteractionKind
from models.actors import Actor
from models.contacts import Contact
from models.database import writing
from models.interactions import Interaction
from models.opportunities import Opportunity

NOTE_LENGTH = 2000
# How far back an act may be noted.
OLDEST = timedelta(days=3660)


@dataclass(frozen=True)
class Act:
    """What was done about an actor, an opportunity or both. A case stands for what it is about.

    on: the day in France; None is this very moment.
    """

    kind: InteractionKind
    text: str = ""
    actor_id: str | None = None
    opportunity_id: str | None = None
    case_id: str | None = None
    contact_id: str | None = None
    mailing_id: str | None = None
    on: date | None = None


def note_act(engine: Engine, act: Act, *, by: str, now: datetime) -> str:
    """Store an act and return its id; a case counts as touched. Raises InvalidError, NotFoundError."""
    text = normalize_note(act.text)
    if act.kind == InteractionKind.NOTE and not text:
        raise InvalidError([("note", "écrivez la note : sans elle, il n’y a rien à garder")])
    with writing(engine, durable=True) as session:
        actor_id, opportunity_id = _subject(session, act, now)
        _check_contact(session, act, actor_id, opportunity_id)
        interaction = Interaction(
            id=str(uuid.uuid4()),
            kind=act.kind,
            at=_moment(act.on, now),
            by=by,
            text=text,
            actor_id=actor_id,
            opportunity_id=opportunity_id,
            case_id=act.case_id,
            contact_id=act.contact_id,
            mailing_id=act.mailing_id,
            noted_at=now,
        )
        session.add(interaction)
        log.note(session, by=by, action="interaction.noted", kind="interaction", of=interaction.id, now=now)
        return interaction.id


def take_back(engine: Engine, interaction_id: str, *, by: str, now: datetime) -> Interaction:
    """Remove an act that was noted by mistake, and return it as it was. A mail that was sent from here stays.

    Raises NotFoundError, ForbiddenError.
    """
    with writing(engine, durable=True) as session:
        interaction = session.get(Interaction, interaction_id)
        if interaction is None:
            raise NotFoundError("Cet échange n’existe pas, ou plus.")
        if interaction.by != by:
            raise ForbiddenError("Seule la personne qui a noté cet échange peut le retirer.")
        if is_sent(interaction):
            raise ForbiddenError("Un mail parti d’ici ne se retire pas.")
        session.delete(interaction)
        log.note(session, by=by, action="interaction.removed", kind="interaction", of=interaction_id, now=now)
        session.flush()
        session.expunge(interaction)
        return interaction


def is_sent(interaction: Interaction) -> bool:
    """Return whether an interaction is a mail that was sent from here."""
    return interaction.kind == InteractionKind.MAIL and interaction.mailing_id is not None


def normalize_note(raw_note: str) -> str:
    """Return a note without blanks around it. Raises InvalidError where it is too long."""
    note = raw_note.replace("\r\n", "\n").replace("\0", "").strip()
    if len(note) > NOTE_LENGTH:
        raise InvalidError([("note", "2 000 caractères au plus")])
    return note


def _subject(session: Session, act: Act, now: datetime) -> tuple[str | None, str | None]:
    """Return the actor and the opportunity of an act, those of its case where it has one."""
    if act.case_id is not None:
        subject = queries.subject_of_case(session, act.case_id)
        if subject is None:
            raise NotFoundError("Ce dossier n’existe pas.")
        subject.case.touched_at = max(subject.case.touched_at, now)
        session.add(subject.case)
        return subject.actor_id, subject.opportunity_id
    if act.actor_id is None and act.opportunity_id is None:
        raise InvalidError([("", "dites de quel acteur ou de quelle opportunité il s’agit")])
    if act.actor_id is not None and session.get(Actor, act.actor_id) is None:
        raise NotFoundError("Cet acteur n’existe pas.")
    if act.opportunity_id is not None and session.get(Opportunity, act.opportunity_id) is None:
        raise NotFoundError("Cette opportunité n’existe pas.")
    return act.actor_id, act.opportunity_id


def _check_contact(session: Session, act: Act, actor_id: str | None, opportunity_id: str | None) -> None:
    if act.contact_id is None:
        return
    contact = session.get(Contact, act.contact_id)
    owners = {owner for owner in (actor_id, opportunity_id) if owner}
    if contact is None or (contact.actor_id or contact.opportunity_id) not in owners:
        raise InvalidError([("contact", "cette personne n’est plus parmi les contacts")])


def _moment(on: date | None, now: datetime) -> datetime:
    """Return the moment of an act: noon of an earlier day. Raises InvalidError for a day to come, or very old."""
    today = day_in_france(now)
    if on is None or on == today:
        return now
    if on > today:
        raise InvalidError([("jour", "ce jour est à venir : notez ce qui a eu lieu")])
    if on < today - OLDEST:
        raise InvalidError([("jour", "ce jour est trop ancien : vérifiez l’année")])
    return datetime.combine(on, time(12), PARIS)
