"""Which subscriptions a night looks at, and why it leaves the others."""

from collections.abc import Collection
from datetime import date, timedelta

from api.core.clock import night_of
from models.partners import Subscription


def why_not_due(
    subscription: Subscription, partner_status: str, night: date, undelivered: Collection[str]
) -> str | None:
    """Return why a subscription is left alone tonight, None where it is due.

    undelivered: partners to whom a mail of an earlier night has still to leave. A weekly one whose day was missed,
    because the machine was off, is due until it is served.
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
        its_day = night - timedelta(days=(night.weekday() - subscription.weekday) % 7)
        if its_day != night and its_day <= (subscription.served_on or night_of(subscription.confirmed_at)):
            return "not_today"
    return "undelivered" if subscription.partner_id in undelivered else None
