"""Due subscriptions of a night, and the reason why the others are skipped."""

from collections.abc import Collection
from datetime import date, timedelta

from api.core.clock import night_of
from models.partners import Subscription


def why_not_due(
    subscription: Subscription, partner_status: str, night: date, undelivered_partners: Collection[str]
) -> str | None:
    """Return why a subscription is skipped tonight, None if it is due.

    undelivered_partners: partners with a pending mail of an earlier night. A weekly subscription whose day was missed
    (the machine was off) is due until it is served.
    """
    if subscription.confirmed_at is None:
        return "unconfirmed"
    if partner_status != "active":
        return partner_status
    if subscription.frequency == "paused":
        return "paused"
    if subscription.served_on is not None and subscription.served_on >= night:
        return "served"
    if subscription.frequency == "weekly":
        due_day = night - timedelta(days=(night.weekday() - subscription.weekday) % 7)
        if due_day != night and due_day <= (subscription.served_on or night_of(subscription.confirmed_at)):
            return "not_today"
    return "undelivered" if subscription.partner_id in undelivered_partners else None
