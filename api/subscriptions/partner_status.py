"""Statuses of a partner: whether mails may go to them."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from api.subscriptions import queries
from models.partners import Partner


class PartnerStatus(StrEnum):
    """`models.partners.Partner.status`."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    UNSUBSCRIBED = "unsubscribed"


def unconfirm_all(session: Session, partner_id: str) -> None:
    for subscription in queries.subscriptions_of(session, partner_id):
        subscription.confirmed_at = None
        session.add(subscription)


def set_status(session: Session, partner: Partner, status: PartnerStatus, now: datetime) -> None:
    if partner.status == status:
        return
    partner.status, partner.status_reason, partner.soft_bounces, partner.updated_at = status.value, "", 0, now
    session.add(partner)
