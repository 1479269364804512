"""The gate of letters: none leaves to a contact that is gone, or about what is confidential by now."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from api.mailing.departure import Recomposition, nothing_left
from models.actors import Actor
from models.alerts import OutboxMessage
from models.interactions import Interaction
from models.opportunities import Opportunity


class LetterGate:
    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: datetime) -> Mapping[str, int]:  # noqa: ARG002
        interaction = session.get(Interaction, message.about)
        if interaction is None or interaction.contact_id is None:
            return {"gone": 1}
        actor = session.get(Actor, interaction.actor_id) if interaction.actor_id else None
        if actor is not None and actor.confidential:
            return {"actor_confidential": 1}
        opportunity = session.get(Opportunity, interaction.opportunity_id) if interaction.opportunity_id else None
        if opportunity is not None and opportunity.confidential:
            return {"opportunity_confidential": 1}
        return {}

    def compose_anew(self, message: OutboxMessage, now: datetime) -> Recomposition:  # noqa: ARG002
        """Return that nothing is left: whoever wrote it writes it again."""
        return nothing_left
