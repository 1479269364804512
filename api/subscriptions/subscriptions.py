"""Subscribe: a partner asks to be told of what is new for an actor or a search, confirms it by mail, and stops it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.accounts.email_address import address
from api.audit import log
from api.catalogue import queries as catalogue_queries
from api.core.clock import day_in_france
from api.core.errors import InvalidError, NotFoundError
from api.core.settings import Settings
from api.mailing.compose import confirmation_mail
from api.mailing.links import Purpose, Signer, link
from api.mailing.outbox import add_message
from api.subscriptions import queries
from api.subscriptions.preferences import Frequency, check_subject, checked
from api.subscriptions.standing import what_of
from models.actors import Actor
from models.base import identifier
from models.database import writing
from models.partners import Partner, Subscription

CONFIRMATION = "confirmation"


class PartnerStatus(StrEnum):
    """`models.partners.Partner.status`."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    UNSUBSCRIBED = "unsubscribed"


def subscribe(
    engine: Engine,
    signer: Signer,
    email: str,
    *,
    actor_id: str | None = None,
    search: str | None = None,
    departments: Sequence[str] = (),
    frequency: str = Frequency.NIGHTLY,
    weekday: int = 0,
    threshold: float = 0.2,
    most: int = 5,
    label: str = "",
    now: datetime,
    by: str = log.CLI,
    options: Settings,
) -> Subscription:
    """Note what a partner wants to follow, an actor or a search, and write the mail that asks to confirm it.

    Asked again, it changes how often and how much; what is not confirmed is asked again by mail, at most once a day.
    Who had left it all, or whose mail did not arrive, confirms anew. Raises InvalidError, NotFoundError.
    """
    plain = address(email)
    words = " ".join(search.split()) if search is not None else None
    wishes = checked(
        {"departments": departments, "frequency": frequency, "weekday": weekday, "threshold": threshold, "most": most}
    )
    check_subject(actor_id, words, label)
    with writing(engine, durable=True) as session:
        actor = _followable(session, actor_id)
        partner = accounts_queries.partner_by_email(session, plain)
        if partner is None:
            partner = Partner(id=str(uuid.uuid4()), email=plain, created_at=now, updated_at=now)
        partner.label = label or partner.label
        session.add(partner)
        session.flush()
        _reopen(session, partner, now)
        subscription = queries.subscription_to(session, partner.id, actor_id=actor_id, search=words)
        if subscription is None:
            subscription = Subscription(
                id=identifier("subscriptions", partner.id, actor_id or "", words or ""),
                partner_id=partner.id,
                actor_id=actor_id,
                search=words,
                created_at=now,
            )
            _note(session, by, "subscription.asked", subscription.id, now)
        for name, value in wishes.items():
            setattr(subscription, name, value)
        session.add(subscription)
        session.flush()
        if subscription.confirmed_at is None or partner.status != PartnerStatus.ACTIVE:
            _ask_to_confirm(session, signer, subscription, what_of(actor, words), now, options)
    return subscription


def confirm(engine: Engine, subscription_id: str, *, now: datetime) -> Subscription:
    """Let a subscription count from now on: its owner asked for it from their own mailbox. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        row = queries.subscription_row(session, subscription_id)
        if row is None:
            raise NotFoundError("Cet abonnement n’existe pas.")
        subscription, partner, _ = row
        if subscription.confirmed_at is None or partner.status != PartnerStatus.ACTIVE:
            _note(session, f"partner:{partner.id}", "subscription.confirmed", subscription.id, now)
        if partner.status == PartnerStatus.UNSUBSCRIBED:
            # They left it all: only what they confirm now begins again.
            _unconfirm_all(session, partner.id)
        if subscription.confirmed_at is None:
            subscription.confirmed_at = now
            session.add(subscription)
        _set_status(session, partner, PartnerStatus.ACTIVE, now)
    return subscription


def unsubscribe(engine: Engine, partner_id: str, subscription_id: str | None = None, *, now: datetime) -> None:
    """Stop one subscription, or all mail to a partner; what was about to leave is cancelled. Twice is as once.

    Raises NotFoundError for an unknown partner; a subscription that is gone needs no stopping.
    """
    with writing(engine, durable=True) as session:
        partner = _partner(session, partner_id)
        by = f"partner:{partner_id}"
        if subscription_id is None:
            if partner.status != PartnerStatus.UNSUBSCRIBED:
                _note(session, by, "partner.unsubscribed", partner_id, now, kind="partner")
            _set_status(session, partner, PartnerStatus.UNSUBSCRIBED, now)
        elif subscription := _own(session, partner_id, subscription_id):
            if subscription.confirmed_at is not None:
                _note(session, by, "subscription.stopped", subscription_id, now)
            subscription.confirmed_at = None
            session.add(subscription)
        for message in queries.waiting_messages(session, partner_id, about=subscription_id):
            message.status = "cancelled"
            session.add(message)


def resubscribe(engine: Engine, partner_id: str, subscription_id: str | None = None, *, now: datetime) -> None:
    """Undo `unsubscribe`: what was confirmed counts again. Raises NotFoundError."""
    with writing(engine, durable=True) as session:
        partner = _partner(session, partner_id)
        former = partner.status
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
            confirmed = any(one.confirmed_at for one in queries.subscriptions_of(session, partner_id))
            _set_status(session, partner, PartnerStatus.ACTIVE if confirmed else PartnerStatus.PENDING, now)
        if former == PartnerStatus.UNSUBSCRIBED != partner.status:
            _note(session, f"partner:{partner_id}", "partner.came_back", partner_id, now, kind="partner")


def change(engine: Engine, subscription_id: str, changes: Mapping[str, Any]) -> Subscription:
    """Change how often and how much: departments, frequency, weekday, threshold, most.

    Raises NotFoundError, InvalidError.
    """
    wishes = checked(changes)
    with writing(engine) as session:
        subscription = _subscription(session, subscription_id)
        for name, value in wishes.items():
            setattr(subscription, name, value)
        session.add(subscription)
    return subscription


def remove(engine: Engine, subscription_id: str, *, by: str = log.CLI) -> None:
    """Forget a subscription, and the confirmation that it waits for. Raises NotFoundError."""
    with writing(engine) as session:
        subscription = _subscription(session, subscription_id)
        for message in queries.waiting_messages(session, subscription.partner_id, about=subscription_id):
            message.status = "cancelled"
            session.add(message)
        session.delete(subscription)
        log.note(session, by=by, action="subscription.removed", kind="subscription", of=subscription_id)


def _note(session: Session, by: str, action: str, of: str, now: datetime, kind: str = "subscription") -> None:
    log.note(session, by=by, action=action, kind=kind, of=of, now=now)


def _followable(session: Session, actor_id: str | None) -> Actor | None:
    if actor_id is None:
        return None
    actor = catalogue_queries.actor_by_id(session, actor_id, confidential=True)
    if actor is None:
        raise NotFoundError("Cet acteur n’existe pas.")
    if actor.confidential:
        # A mail that names it would betray it to whoever reads that mailbox.
        raise InvalidError([("actor_id", "cet acteur est confidentiel : il ne se suit pas par courriel")])
    return actor


def _reopen(session: Session, partner: Partner, now: datetime) -> None:
    """Let the confirmation go to somebody who had left, or to whom mail did not arrive; nothing else goes yet."""
    if partner.status == PartnerStatus.UNSUBSCRIBED:
        _unconfirm_all(session, partner.id)
    if partner.status != PartnerStatus.ACTIVE:
        _set_status(session, partner, PartnerStatus.PENDING, now)


def _unconfirm_all(session: Session, partner_id: str) -> None:
    for subscription in queries.subscriptions_of(session, partner_id):
        subscription.confirmed_at = None
        session.add(subscription)


def _set_status(session: Session, partner: Partner, status: PartnerStatus, now: datetime) -> None:
    if partner.status == status:
        return
    partner.status, partner.status_reason, partner.soft_bounces, partner.updated_at = status.value, "", 0, now
    session.add(partner)


def _ask_to_confirm(
    session: Session, signer: Signer, subscription: Subscription, what: str, now: datetime, options: Settings
) -> None:
    night = day_in_france(now)
    if queries.confirmation_under_way(session, subscription.id, night):
        return
    token = signer.sign(Purpose.CONFIRM, u=subscription.id)
    mail = confirmation_mail(
        f"de ce qu’il y a de nouveau pour {what}", link(options.public_url, Purpose.CONFIRM, token)
    )
    add_message(session, subscription.partner_id, mail, CONFIRMATION, night, now, options, about=subscription.id)


def _partner(session: Session, partner_id: str) -> Partner:
    partner = accounts_queries.partner_held(session, partner_id)
    if partner is None:
        raise NotFoundError("Ce partenaire n’existe pas.")
    return partner


def _subscription(session: Session, subscription_id: str) -> Subscription:
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise NotFoundError("Cet abonnement n’existe pas.")
    return subscription


def _own(session: Session, partner_id: str, subscription_id: str) -> Subscription | None:
    subscription = session.get(Subscription, subscription_id)
    return subscription if subscription and subscription.partner_id == partner_id else None
