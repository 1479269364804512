"""The gate of mails to owners of accounts, and what makes their links as they leave."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import Session

from api.accounts.mailed_links import FORGOTTEN_WAITS
from api.accounts.recipients import account_of
from api.core.settings import AccountSettings
from api.mailing.departure import Recomposition, nothing_left
from api.mailing.retrying import FORGOTTEN
from models.alerts import OutboxMessage


class AccountGate:
    """No link leaves for an account that is gone or disabled, nor long after it was asked for."""

    def __init__(self, options: AccountSettings) -> None:
        self._invitation_waits = timedelta(days=options.invitation_days)

    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: datetime) -> Mapping[str, int]:
        waits = FORGOTTEN_WAITS if message.purpose == FORGOTTEN else self._invitation_waits
        if now - message.created_at > waits:
            return {"too_late": 1}
        return {} if account_of(session, message) else {"account_closed": 1}

    def compose_anew(self, message: OutboxMessage, now: datetime) -> Recomposition:  # noqa: ARG002
        """Return that nothing is left: there is nothing else to say."""
        return nothing_left
