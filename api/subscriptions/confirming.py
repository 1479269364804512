"""Confirm a subscription from the partner's mailbox, unsubscribe, and undo that."""

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.audit import log
from api.core.errors import NotFoundError
from api.subscriptions import queries
from api.subscriptions.partner_status import PartnerStatus, set_status, unconfirm_all
from api.subscriptions.preferences import validate_wishes
from models.database import writing
from models.partners import Partner, Subscription


def confirm(engine: Engine, subscription_id: str, *, least: str = "", now: datetime) -> Subscription:
    """Confirm a subscription: its partner followed the link in the mail.

    least: the lowest section that the partner chose, "" to leave it. Raises NotFoundError, InvalidError.
    """
    wishes = validate_wishes({"least": least} if least else {})
    with writing(engine, durable=True) as session:
        subscription_row = queries.subscription_row(session, subscription_id)
        if subscription_row is None:
            raise NotFoundError("Cet abonnement n’existe pas.")
        subscription, partner, _ = subscription_row
        if subscription.confirmed_at is None or partner.status != PartnerStatus.ACTIVE:
            _note(session, f"partner:{partner.id}", "subscription.confirmed", subscription.id, now)
        if partner.status == PartnerStatus.UNSUBSCRIBED:
            # After a full unsubscription, only the subscription confirmed now is active again.
            unconfirm_all(session, partner.id)
        if subscription.confirmed_at is None:
            subscription.confirmed_at = now
        subscription.least = wishes.get("least", subscription.least)
        session.add(subscription)
        set_status(session, partner, PartnerStatus.ACTIVE, now)
    return subscription


def unsubscribe(engine: Engine, partner_id: str, subscription_id: str | None = None, *, now: datetime) -> None:
    """Stop one subscription, or all mails to a partner, and cancel pending mails. Idempotent.

    Raises NotFoundError for an unknown partner; an unknown subscription is ignored.
    """
    with writing(engine, durable=True) as session:
        partner = _partner(session, partner_id)
        by = f"partner:{partner_id}"
        if subscription_id is None:
            if partner.status != PartnerStatus.UNSUBSCRIBED:
                _note(session, by, "partner.unsubscribed", partner_id, now, kind="partner")
            set_status(session, partner, PartnerStatus.UNSUBSCRIBED, now)
        elif subscription := _own(session, partner_id, subscription_id):
            if subscription.confirmed_at is not None:
                _note(session, by, "subscription.stopped", subscription_id, now)
            subscription.confirmed_at = None
            session.add(subscription)
        for message in queries.waiting_messages(session, partner_id, about=subscription_id):
            message.status = "cancelled"
            session.add(message)


def resubscribe(engine: Engine, partner_id: str, subscription_id: str | None = None, *, now: datetime) -> None:
    """Undo `unsubscribe`: confirmed subscriptions are active again. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        partner = _partner(session, partner_id)
        former_status = partner.status
        if subscription_id is not None:
            subscription = _own(session, partner_id, subscription_id)
            if subscription is None:
                raise NotFoundError("Cet abonnement n’existe plus.")
            if subscription.confirmed_at is None:
                _note(session, f"partner:{partner_id}", "subscription.confirmed", subscription_id, now)
            subscription.confirmed_at = subscription.confirmed_at or now
            session.add(subscription)
            session.flush()
        if partner.status != PartnerStatus.SUSPENDED:
            has_confirmed = any(each.confirmed_at for each in queries.subscriptions_of(session, partner_id))
            set_status(session, partner, PartnerStatus.ACTIVE if has_confirmed else PartnerStatus.PENDING, now)
        if former_status == PartnerStatus.UNSUBSCRIBED != partner.status:
            _note(session, f"partner:{partner_id}", "partner.came_back", partner_id, now, kind="partner")


def _note(session: Session, by: str, action: str, of: str, now: datetime, kind: str = "subscription") -> None:
    log.note(session, by=by, action=action, kind=kind, of=of, now=now)


def _partner(session: Session, partner_id: str) -> Partner:
    partner = accounts_queries.partner_held(session, partner_id)
    if partner is None:
        raise NotFoundError("Ce partenaire n’existe pas.")
    return partner


def _own(session: Session, partner_id: str, subscription_id: str) -> Subscription | None:
    subscription = session.get(Subscription, subscription_id)
    return subscription if subscription and subscription.partner_id == partner_id else None
