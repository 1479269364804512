"""Sessions of invented people, as a browser holds them after signing in."""

from collections.abc import Callable

from sqlalchemy import Engine

from api.accounts import accounts, invitations, sessions
from api.accounts.partner_accounts import invite_partner
from api.audit.log import CLI
from api.core.errors import NotFoundError
from api.core.settings import Settings
from models.base import utc_now

FACILITATOR_EMAIL, PARTNER_EMAIL = "banc@exemple.invalid", "partenaire@exemple.invalid"
PASSWORD = "quatre mots pour mesurer"
OPTIONS = Settings(_env_file=None)


def facilitator_session(engine: Engine) -> str:
    """Return the token of a facilitator's new session."""

    def invite() -> str:
        return invitations.invite(
            engine, FACILITATOR_EMAIL, accounts.FACILITATOR, by=CLI, now=utc_now(), options=OPTIONS
        )

    return _session(engine, FACILITATOR_EMAIL, invite)


def partner_session(engine: Engine, actor_id: str) -> str:
    """Return the token of a new session of a partner who speaks for an actor."""

    def invite() -> str:
        return invite_partner(engine, PARTNER_EMAIL, actor_id, by=CLI, now=utc_now(), options=OPTIONS) or ""

    return _session(engine, PARTNER_EMAIL, invite)


def _session(engine: Engine, email: str, invite: Callable[[], str]) -> str:
    try:
        accounts.find_account(engine, email)
    except NotFoundError:
        invitations.accept(engine, invite().rpartition("/")[2], PASSWORD, now=utc_now())
    return sessions.sign_in(engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS)
