"""The gate of letters: none leaves to a contact that is gone, or about what is confidential by now."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from api.mailing.departure import Recomposition, nothing_left
from models.actors import Actor
from models.alerts import OutboxMessage
from models.contacts import Contact
from models.interactions import Interaction
from models.opportunities import Opportunity


class LetterGate:
    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: datetime) -> Mapping[str, int]:  # noqa: ARG002
        interaction = session.get(Interaction, message.about)
        if interaction is None or interaction.contact_id is None:
            return {"gone": 1}
        contact = session.get_one(Contact, interaction.contact_id)
        # What it is about, and what the contact is one of: a letter to a buyer may be about another need than its own.
        if _is_confidential(session, Actor, interaction.actor_id, contact.actor_id):
            return {"actor_confidential": 1}
        if _is_confidential(session, Opportunity, interaction.opportunity_id, contact.opportunity_id):
            return {"opportunity_confidential": 1}
        return {}

    def compose_anew(self, message: OutboxMessage, now: datetime) -> Recomposition:  # noqa: ARG002
        """Return that nothing is left: whoever wrote it writes it again."""
        return nothing_left


def _is_confidential(session: Session, model: type[Actor | Opportunity], *ids: str | None) -> bool:
    """Return whether one of these rows, of those that are still there, is confidential."""
    question = select(col(model.id)).where(col(model.id).in_([row_id for row_id in ids if row_id]))
    return session.exec(question.where(col(model.confidential))).first() is not None
