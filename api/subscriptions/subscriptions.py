"""Subscribe: a partner asks for alerts about an actor or a search; change or remove a subscription."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.accounts.email_address import normalize_email
from api.audit import log
from api.catalogue import queries as catalogue_queries
from api.core.clock import day_in_france
from api.core.errors import InvalidError, NotFoundError
from api.core.settings import Settings
from api.mailing.compose import confirmation_mail
from api.mailing.links import Purpose, Signer, link
from api.mailing.outbox import add_message
from api.subscriptions import queries
from api.subscriptions.partner_status import PartnerStatus, set_status, unconfirm_all
from api.subscriptions.preferences import Frequency, LeastSection, check_subject, validate_wishes
from api.subscriptions.standing import followed_in_words
from models.actors import Actor
from models.base import identifier
from models.database import writing
from models.partners import Partner, Subscription

CONFIRMATION = "confirmation"


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
    least: str = LeastSection.TO_STUDY,
    most: int = 5,
    label: str = "",
    now: datetime,
    by: str = log.CLI,
    options: Settings,
) -> Subscription:
    """Store a subscription to an actor or a search, and write the mail that asks to confirm it.

    An existing subscription gets the new frequency and limits; if unconfirmed, the mail is written again, at most once
    a day. Unsubscribed or suspended partners confirm again. Raises InvalidError, NotFoundError.
    """
    partner_email = normalize_email(email)
    search_text = " ".join(search.split()) if search is not None else None
    wishes = validate_wishes(
        {"departments": departments, "frequency": frequency, "weekday": weekday, "least": least, "most": most}
    )
    check_subject(actor_id, search_text, label)
    with writing(engine, durable=True) as session:
        actor = _followable(session, actor_id)
        partner = accounts_queries.partner_by_email(session, partner_email)
        if partner is None:
            partner = Partner(id=str(uuid.uuid4()), email=partner_email, created_at=now, updated_at=now)
        partner.label = label or partner.label
        session.add(partner)
        session.flush()
        _reopen(session, partner, now)
        subscription = queries.subscription_to(session, partner.id, actor_id=actor_id, search=search_text)
        if subscription is None:
            subscription = Subscription(
                id=identifier("subscriptions", partner.id, actor_id or "", search_text or ""),
                partner_id=partner.id,
                actor_id=actor_id,
                search=search_text,
                created_at=now,
            )
            log.note(session, by=by, action="subscription.asked", kind="subscription", of=subscription.id, now=now)
        for field_name, field_value in wishes.items():
            setattr(subscription, field_name, field_value)
        session.add(subscription)
        session.flush()
        if subscription.confirmed_at is None or partner.status != PartnerStatus.ACTIVE:
            _ask_to_confirm(session, signer, subscription, followed_in_words(actor, search_text), now, options)
    return subscription


def change(engine: Engine, subscription_id: str, changes: Mapping[str, Any]) -> Subscription:
    """Change a subscription's departments, frequency, weekday, least section or most.

    Raises NotFoundError, InvalidError.
    """
    wishes = validate_wishes(changes)
    with writing(engine) as session:
        subscription = _subscription(session, subscription_id)
        for field_name, field_value in wishes.items():
            setattr(subscription, field_name, field_value)
        session.add(subscription)
    return subscription


def remove(engine: Engine, subscription_id: str, *, by: str = log.CLI) -> None:
    """Delete a subscription and cancel its pending confirmation mail. Raises NotFoundError."""
    with writing(engine) as session:
        subscription = _subscription(session, subscription_id)
        for message in queries.waiting_messages(session, subscription.partner_id, about=subscription_id):
            message.status = "cancelled"
            session.add(message)
        session.delete(subscription)
        log.note(session, by=by, action="subscription.removed", kind="subscription", of=subscription_id)


def _followable(session: Session, actor_id: str | None) -> Actor | None:
    if actor_id is None:
        return None
    actor = catalogue_queries.actor_by_id(session, actor_id, confidential=True)
    if actor is None:
        raise NotFoundError("Cet acteur n’existe pas.")
    if actor.confidential:
        # A mail with its name would reveal it to every reader of that mailbox.
        raise InvalidError([("actor_id", "cet acteur est confidentiel : il ne se suit pas par courriel")])
    if actor.archived_at:
        raise InvalidError([("actor_id", "cet acteur est archivé : rien ne serait annoncé à son sujet")])
    return actor


def _reopen(session: Session, partner: Partner, now: datetime) -> None:
    """Make an unsubscribed or suspended partner pending: only the confirmation mail may go to them."""
    if partner.status == PartnerStatus.UNSUBSCRIBED:
        unconfirm_all(session, partner.id)
    if partner.status != PartnerStatus.ACTIVE:
        set_status(session, partner, PartnerStatus.PENDING, now)


def _ask_to_confirm(
    session: Session, signer: Signer, subscription: Subscription, followed_text: str, now: datetime, options: Settings
) -> None:
    night = day_in_france(now)
    if queries.confirmation_under_way(session, subscription.id, night):
        return
    token = signer.sign(Purpose.CONFIRM, u=subscription.id)
    mail = confirmation_mail(
        f"de ce qu’il y a de nouveau pour {followed_text}", link(options.public_url, Purpose.CONFIRM, token)
    )
    add_message(session, subscription.partner_id, mail, CONFIRMATION, night, now, options, about=subscription.id)


def _subscription(session: Session, subscription_id: str) -> Subscription:
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise NotFoundError("Cet abonnement n’existe pas.")
    return subscription
