"""Accounts of the invented world."""

import secrets
from collections.abc import Sequence

from sqlalchemy import Engine

from api.accounts import accounts, invitations, partner_accounts
from api.accounts.accounts import ACCOUNT_ROLES
from api.audit import log
from api.core.errors import NotFoundError
from api.core.settings import Settings
from models.base import utc_now


def demo_logins(engine: Engine, actor_ids: Sequence[str], options: Settings) -> list[tuple[str, str, str]]:
    """Give each role an account with a new password; return (role, address, password), shown only once.

    actor_ids: the actors that the partner represents.
    """
    now, logins = utc_now(), []
    account_names = {accounts.FACILITATOR: "Camille Exemple", accounts.ADMINISTRATOR: "Alex Exemple"}
    for role in (*account_names, accounts.PARTNER):
        email, password = f"{role}@exemple.invalid", secrets.token_urlsafe(12)
        try:
            account_id = accounts.find_account(engine, email).id
            invitation_link = invitations.invite_again(engine, account_id, by=log.CLI, now=now, options=options)
        except NotFoundError:
            if role == accounts.PARTNER:
                invitation_links = [
                    partner_accounts.invite_partner(
                        engine, email, actor_id, name="Sacha Exemple", by=log.CLI, now=now, options=options
                    )
                    for actor_id in actor_ids
                ]
                invitation_link = invitation_links[0] or ""
            else:
                invitation_link = invitations.invite(
                    engine, email, role, name=account_names[role], by=log.CLI, now=now, options=options
                )
        invitations.accept(engine, invitation_link.rpartition("/")[2], password, now=now)
        logins.append((ACCOUNT_ROLES[role], email, password))
    return logins
