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
    """Give each role of the demonstration an account with a new password: (role, address, password), shown once.

    actor_ids: whom the partner speaks for.
    """
    now, found = utc_now(), []
    names = {accounts.FACILITATOR: "Camille Exemple", accounts.ADMINISTRATOR: "Alex Exemple"}
    for role in (*names, accounts.PARTNER):
        email, password = f"{role}@exemple.invalid", secrets.token_urlsafe(9)
        try:
            known = accounts.find_account(engine, email).id
            link = invitations.invite_again(engine, known, by=log.CLI, now=now, options=options)
        except NotFoundError:
            if role == accounts.PARTNER:
                links = [
                    partner_accounts.invite_partner(
                        engine, email, actor_id, name="Sacha Exemple", by=log.CLI, now=now, options=options
                    )
                    for actor_id in actor_ids
                ]
                link = links[0] or ""
            else:
                link = invitations.invite(engine, email, role, name=names[role], by=log.CLI, now=now, options=options)
        invitations.accept(engine, link.rpartition("/")[2], password, now=now)
        found.append((ACCOUNT_ROLES[role], email, password))
    return found
