"""The gate of morning mails: each leaves on its own morning, saying what is true, and public, when it leaves."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from api.accounts.recipients import account_of
from api.core.clock import day_in_france
from api.core.settings import Settings
from api.day.morning_mail import mail_of, period_of
from api.mailing.compose import Mail
from api.mailing.departure import Recomposition
from models.alerts import OutboxMessage
from models.partners import Partner


class MorningGate:
    def __init__(self, options: Settings) -> None:
        self._options = options

    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: datetime) -> Mapping[str, int]:
        if day_in_france(now) != message.night:
            return {"too_late": 1}
        mail = self._mail_now(session, message)
        if mail is None:
            return {"stopped": 1}
        return {} if mail.text == message.text else {"changed": 1}

    def compose_anew(self, message: OutboxMessage, now: datetime) -> Recomposition:
        def recompose(session: Session) -> Mail | None:
            return self._mail_now(session, message) if day_in_france(now) == message.night else None

        return recompose

    def _mail_now(self, session: Session, message: OutboxMessage) -> Mail | None:
        """Return the mail as it would be written now, of the time that it is about; None where it is not wanted."""
        account = account_of(session, message)
        if account is None or not account.morning_mail:
            return None
        partner = session.get(Partner, message.partner_id)
        return mail_of(session, account, period_of(session, partner, message.created_at), self._options)
