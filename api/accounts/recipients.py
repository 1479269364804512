"""The owner of an account as somebody to whom mails go; without subscriptions, no mail of partners is among them."""

import uuid
from datetime import datetime

from sqlmodel import Session

from api.accounts import queries
from models.accounts import Account
from models.alerts import OutboxMessage
from models.partners import Partner


def recipient_of(session: Session, account: Account, now: datetime) -> Partner:
    """Return the row that mails to an account are for, made where there is none, in the caller's unit of work."""
    partner = queries.partner_by_email(session, account.email)
    if partner is None:
        partner = Partner(id=str(uuid.uuid4()), email=account.email, label=account.name, created_at=now, updated_at=now)
        session.add(partner)
        session.flush()
    return partner


def account_of(session: Session, message: OutboxMessage) -> Account | None:
    """Return the account that a mail is for; None where it is gone or disabled."""
    partner = session.get(Partner, message.partner_id)
    account = queries.account_by_email(session, partner.email) if partner else None
    return None if account is None or account.disabled_at else account
