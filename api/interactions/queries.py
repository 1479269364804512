"""Queries of interactions, mailings and mail templates."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from models.actors import Actor
from models.alerts import OutboxMessage
from models.brokerage import BrokerageCase
from models.contacts import Contact
from models.interactions import Interaction, Mailing, MailTemplate
from models.opportunities import Opportunity
from models.partners import Partner
from models.suggestions import Suggestion


class InteractionRow(NamedTuple):
    """An interaction with the names of what it is about; contact: with whom, empty where nobody is named."""

    interaction: Interaction
    actor: str | None
    opportunity: str | None
    contact: str | None


def interactions_about(
    session: Session, *, actor_id: str | None = None, opportunity_id: str | None = None, limit: int
) -> Sequence[InteractionRow]:
    """Interactions about an actor, an opportunity, or both together; newest first."""
    columns: tuple[Any, ...] = (Interaction, Actor.name, Opportunity.title, Contact.name)
    question: Any = select(*columns)
    question = (
        question.join(Actor, col(Actor.id) == Interaction.actor_id, isouter=True)
        .join(Opportunity, col(Opportunity.id) == Interaction.opportunity_id, isouter=True)
        .join(Contact, col(Contact.id) == Interaction.contact_id, isouter=True)
    )
    if actor_id is not None:
        question = question.where(Interaction.actor_id == actor_id)
    if opportunity_id is not None:
        question = question.where(Interaction.opportunity_id == opportunity_id)
    newest_first = question.order_by(col(Interaction.at).desc(), col(Interaction.noted_at).desc(), Interaction.id)
    return [InteractionRow(*row) for row in session.execute(newest_first.limit(limit)).all()]


def last_contacts(session: Session, actor_ids: Sequence[str] | None = None) -> dict[str, datetime]:
    """Actor → when the house last called, wrote to, visited or noted something of it; absent where it never did.

    actor_ids: of these alone, as many as a page shows.
    """
    question: Any = select(Interaction.actor_id, func.max(col(Interaction.at))).group_by(col(Interaction.actor_id))
    is_asked = col(Interaction.actor_id).is_not(None) if actor_ids is None else col(Interaction.actor_id).in_(actor_ids)
    return {row[0]: row[1] for row in session.execute(question.where(is_asked)).all()}


class CaseSubject(NamedTuple):
    """What a case is about."""

    case: BrokerageCase
    actor_id: str | None
    opportunity_id: str | None


def subject_of_case(session: Session, case_id: str) -> CaseSubject | None:
    """A case and what it is about, its row locked until this unit of work ends."""
    question = select(BrokerageCase, Suggestion.actor_id, Suggestion.opportunity_id)
    question = question.join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id)
    row = session.exec(question.where(BrokerageCase.id == case_id).with_for_update(of=BrokerageCase)).first()
    return CaseSubject(*row) if row else None


def templates(session: Session) -> Sequence[MailTemplate]:
    """All mail templates, by name."""
    return session.exec(select(MailTemplate).order_by(func.lower(MailTemplate.name), MailTemplate.id)).all()


def template_by_name(session: Session, name: str) -> MailTemplate | None:
    return session.exec(select(MailTemplate).where(MailTemplate.name == name)).first()


class RecipientRow(NamedTuple):
    """A contact, its owner, and the status of its mailbox where it was written to before."""

    contact: Contact
    actor: Actor | None
    opportunity: Opportunity | None
    partner_status: str | None


def recipients(
    session: Session, *, contact_ids: Iterable[str] = (), actor_ids: Iterable[str] = ()
) -> Sequence[RecipientRow]:
    """These contacts, and those of these actors, that have an e-mail address; those with a name first, by name."""
    columns: tuple[Any, ...] = (Contact, Actor, Opportunity, Partner.status)
    question: Any = select(*columns)
    question = (
        question.join(Actor, col(Actor.id) == Contact.actor_id, isouter=True)
        .join(Opportunity, col(Opportunity.id) == Contact.opportunity_id, isouter=True)
        .join(Partner, col(Partner.email) == Contact.email, isouter=True)
        .where(or_(col(Contact.id).in_(list(contact_ids)), col(Contact.actor_id).in_(list(actor_ids))))
        .where(Contact.email != "")
        .order_by(col(Contact.name) == "", Contact.name, Contact.id)
    )
    return [RecipientRow(*row) for row in session.execute(question).all()]


def actor_names(session: Session, actor_ids: Iterable[str]) -> dict[str, str]:
    """The names of these actors, by id."""
    rows = session.exec(select(Actor.id, Actor.name).where(col(Actor.id).in_(list(actor_ids)))).all()
    return {actor_id: name for actor_id, name in rows}  # noqa: C416 (dict() loses the types)


class MailingRow(NamedTuple):
    """A mailing with how many it went to, and how many of them answered."""

    mailing: Mailing
    mails: int
    replies: int


def mailings(session: Session, *, limit: int, offset: int = 0) -> Sequence[MailingRow]:
    """Mailings, newest first."""
    mails = func.count(func.distinct(Interaction.id)).filter(col(Interaction.kind) == "mail")
    replies = func.count(func.distinct(func.coalesce(Interaction.contact_id, Interaction.actor_id, Interaction.id)))
    question = (
        select(Mailing, mails, replies.filter(col(Interaction.kind) == "reply"))
        .join(Interaction, col(Interaction.mailing_id) == Mailing.id, isouter=True)
        .group_by(*Mailing.__table__.columns)  # type: ignore[attr-defined]
        .order_by(col(Mailing.at).desc(), Mailing.id)
    )
    return [MailingRow(*row) for row in session.execute(question.limit(limit).offset(offset)).all()]


def mailing_count(session: Session) -> int:
    return session.exec(select(func.count(col(Mailing.id)))).one()


class LetterRow(NamedTuple):
    """One mail of a mailing: to whom, and what the outbox says of it."""

    interaction: Interaction
    contact: Contact | None
    actor: Actor | None
    opportunity: Opportunity | None
    message: OutboxMessage | None


def letters_of(session: Session, mailing_id: str, purpose: str) -> Sequence[LetterRow]:
    """The mails of a mailing, in the order in which they were written."""
    columns: tuple[Any, ...] = (Interaction, Contact, Actor, Opportunity, OutboxMessage)
    question: Any = select(*columns)
    question = (
        question.join(Contact, col(Contact.id) == Interaction.contact_id, isouter=True)
        .join(Actor, col(Actor.id) == Interaction.actor_id, isouter=True)
        .join(Opportunity, col(Opportunity.id) == Interaction.opportunity_id, isouter=True)
        .join(
            OutboxMessage,
            (col(OutboxMessage.about) == col(Interaction.id)) & (col(OutboxMessage.purpose) == purpose),
            isouter=True,
        )
        .where(Interaction.mailing_id == mailing_id, Interaction.kind == "mail")
        .order_by(Actor.name, Contact.name, Interaction.id)
    )
    return [LetterRow(*row) for row in session.execute(question).all()]


def heard_since(session: Session, mailing: Mailing, actor_ids: Iterable[str]) -> Sequence[Interaction]:
    """Replies to a mailing, and calls, visits and replies of its actors since it left; oldest first."""
    since = and_(
        col(Interaction.actor_id).in_(list(actor_ids)),
        col(Interaction.kind).in_(("call", "visit", "reply")),
        col(Interaction.at) >= mailing.at,
    )
    of_mailing = and_(col(Interaction.mailing_id) == mailing.id, col(Interaction.kind) == "reply")
    question = select(Interaction).where(or_(since, of_mailing))
    return session.exec(question.order_by(col(Interaction.at), Interaction.id)).all()
