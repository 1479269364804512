"""The gate of requests to confirm: none leaves for a subscription that was removed, or with a confidential name."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from api.mailing.departure import Recomposition, nothing_left
from api.subscriptions import queries
from models.alerts import OutboxMessage


class ConfirmationGate:
    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: datetime) -> Mapping[str, int]:  # noqa: ARG002
        subscription_row = queries.subscription_row(session, message.about)
        if subscription_row is None or subscription_row.partner.id != message.partner_id:
            return {"stopped": 1}
        actor = subscription_row.actor
        if subscription_row.subscription.actor_id and (actor is None or actor.confidential):
            return {"actor_confidential": 1}
        return {}

    def compose_anew(self, message: OutboxMessage, now: datetime) -> Recomposition:  # noqa: ARG002
        """Return that nothing is left: what it asks for can no longer be subscribed to."""
        return nothing_left
