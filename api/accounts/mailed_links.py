"""Links that are mailed to the owner of an account, and set its password once: invitations, forgotten passwords.

A mail waits without its link, which is made as the mail leaves: no table and no backup holds it. The link opens while
the account has the `link_mark` that it carries. A password that is set changes the mark, as does any end of the links.
"""

import uuid
from datetime import datetime, timedelta

from sqlmodel import Session

from api.accounts import queries
from api.accounts.email_address import normalize_email
from api.accounts.recipients import account_of, recipient_of
from api.audit import log
from api.core.clock import day_in_france
from api.core.errors import InvalidError, LinkExpiredError
from api.core.settings import Settings
from api.mailing.compose import Mail, invitation_mail, password_mail
from api.mailing.links import LinkError, Purpose, Signer, link
from api.mailing.outbox import add_message
from api.mailing.retrying import FORGOTTEN, INVITATION
from models.accounts import Account
from models.alerts import OutboxMessage

# How long the link of a forgotten password holds, and after which wait its mail would come too late.
FORGOTTEN_LASTS, FORGOTTEN_WAITS = timedelta(hours=1), timedelta(hours=6)
# Mails to one account within an hour, whoever asks for them.
MOST_AN_HOUR = 3


def mail_invitation(session: Session, account: Account, now: datetime, options: Settings) -> None:
    """Put a mail with a link into the outbox, in the caller's unit of work."""
    mail = invitation_mail(account.name, options.invitation_days)
    _add(session, account, INVITATION, mail, now, options)


def mail_forgotten(session: Session, email: str, now: datetime, options: Settings) -> None:
    """Put a link for whoever forgot a password into the outbox; nothing for an address without an account.

    Run it where the asker neither waits for it nor reads its answer, which would tell whether there is an account.
    """
    try:
        account = queries.account_by_email(session, normalize_email(email))
    except InvalidError:
        return
    if account is None or account.disabled_at:
        return
    partner = queries.partner_by_email(session, account.email)
    if partner and queries.messages_since(session, partner.id, FORGOTTEN, now - timedelta(hours=1)) >= MOST_AN_HOUR:
        return
    _add(session, account, FORGOTTEN, password_mail(account.name), now, options)
    log.note(session, by=log.ANONYMOUS, action="account.link_asked", kind="account", of=account.id, now=now)


def link_at_departure(
    session: Session, message: OutboxMessage, now: datetime, *, signer: Signer, options: Settings
) -> str:
    """Return the link of a mail that leaves now."""
    account = account_of(session, message)
    assert account is not None, "the gate lets no such mail pass"
    lasts = FORGOTTEN_LASTS if message.purpose == FORGOTTEN else timedelta(days=options.invitation_days)
    claims = {"account": account.id, "mark": account.link_mark or "", "until": (now + lasts).isoformat()}
    return link(options.public_url, Purpose.PASSWORD, signer.sign(Purpose.PASSWORD, now=now, **claims))


def read_link(session: Session, signer: Signer, token: str, *, now: datetime) -> Account:
    """Return the account of a link, its row locked, without using the link. Raises LinkError, LinkExpiredError."""
    claims = signer.read(Purpose.PASSWORD, token, now=now)
    account = queries.account_held(session, claims.get("account", ""))
    if account is None or "until" not in claims:
        raise LinkError
    is_over = now >= datetime.fromisoformat(claims["until"]) or claims.get("mark") != (account.link_mark or "")
    if is_over or account.disabled_at:
        raise LinkExpiredError("Ce lien a déjà servi, ou a expiré.")
    return account


def _add(session: Session, account: Account, purpose: str, mail: Mail, now: datetime, options: Settings) -> None:
    partner = recipient_of(session, account, now)
    add_message(session, partner.id, mail, purpose, day_in_france(now), now, options, about=str(uuid.uuid4()))
