"""What becomes of interactions when a person is erased, and what a person is given of them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from api.interactions.kinds import InteractionKind
from api.interactions.letters import LETTER
from models.actors import Actor
from models.alerts import OutboxMessage
from models.contacts import Contact
from models.interactions import Interaction
from models.opportunities import Opportunity


def forget_contacts(session: Session, contact_ids: Collection[str]) -> None:
    """Take the words out of the interactions with these contacts; that there was a call or a mail stays."""
    of_contacts = col(Interaction.contact_id).in_(list(contact_ids))
    session.execute(update(Interaction).where(of_contacts).values(text="", contact_id=None))


def letters_by(session: Session, by: str) -> Sequence[OutboxMessage]:
    """Return the letters of an account: they carry its name and its address."""
    question = select(OutboxMessage).join(Interaction, col(Interaction.id) == OutboxMessage.about)
    question = question.where(OutboxMessage.purpose == LETTER, Interaction.by == by)
    return session.exec(question.order_by(OutboxMessage.id)).all()


def interactions_by(session: Session, by: str) -> Sequence[Interaction]:
    """Return what an account noted and wrote."""
    question = select(Interaction).where(Interaction.by == by)
    return session.exec(question.order_by(col(Interaction.at), Interaction.id)).all()


def interactions_with(
    session: Session, contact_ids: Collection[str], *, with_confidential: bool
) -> list[dict[str, Any]]:
    """Return, as JSON values, what a person is given of the interactions with it: when and how, and its own mails.

    with_confidential: also those about what is confidential, or with one of its contacts, which nobody outside may know
    of. What the house noted is given by a person, who reads it first.
    """
    question = (
        select(Interaction)
        .join(Actor, col(Actor.id) == Interaction.actor_id, isouter=True)
        .join(Opportunity, col(Opportunity.id) == Interaction.opportunity_id, isouter=True)
        .where(col(Interaction.contact_id).in_(list(contact_ids)))
        .order_by(col(Interaction.at), Interaction.id)
    )
    if not with_confidential:
        question = question.where(or_(col(Actor.id).is_(None), ~col(Actor.confidential)))
        question = question.where(or_(col(Opportunity.id).is_(None), ~col(Opportunity.confidential)))
        question = question.where(col(Interaction.contact_id).not_in(_contacts_of_confidential_rows()))
    return [
        {"kind": row.kind, "at": row.at.isoformat(), "text": row.text if row.kind == InteractionKind.MAIL else ""}
        for row in session.exec(question).all()
    ]


def _contacts_of_confidential_rows() -> Any:
    """Return the query of the ids of the contacts of confidential actors and opportunities."""
    question = (
        select(Contact.id)
        .join(Actor, col(Actor.id) == Contact.actor_id, isouter=True)
        .join(Opportunity, col(Opportunity.id) == Contact.opportunity_id, isouter=True)
    )
    return question.where(or_(col(Actor.confidential), col(Opportunity.confidential))).correlate(None)
