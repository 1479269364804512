"""The mail that asks to confirm a need: it says nothing of it. Its link is made as it leaves, and kept nowhere.

The same link confirms, shows where the need stands, and withdraws it.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.core.clock import day_in_france
from api.core.settings import Settings
from api.mailing.compose import stated_need_mail
from api.mailing.departure import Recomposition, nothing_left
from api.mailing.links import LinkError, Purpose, Signer, link
from api.mailing.outbox import add_message
from api.mailing.retrying import STATED_NEED
from api.stated_needs.kinds import StatedStatus
from models.alerts import OutboxMessage
from models.partners import Partner
from models.stated_needs import StatedNeed

# Mails to one address within an hour, whoever asks for them: more would be a way to pester somebody.
MOST_AN_HOUR = 3


def mail_confirmation(session: Session, need: StatedNeed, now: datetime, options: Settings) -> None:
    """Put the request to confirm a need into the outbox, in the caller's unit of work.

    Beyond MOST_AN_HOUR nothing is sent, and the need is forgotten with the unconfirmed ones: whoever types an address
    must not learn what was stated from it before.
    """
    partner = accounts_queries.partner_by_email(session, need.email)
    if partner is None:
        partner = Partner(id=str(uuid.uuid4()), email=need.email, created_at=now, updated_at=now)
        session.add(partner)
        session.flush()
    since = now - timedelta(hours=1)
    if accounts_queries.messages_since(session, partner.id, STATED_NEED, since) >= MOST_AN_HOUR:
        return
    mail = stated_need_mail(options.unconfirmed_need_days)
    add_message(session, partner.id, mail, STATED_NEED, day_in_france(now), now, options, about=need.id)


def link_at_departure(
    session: Session,  # noqa: ARG001
    message: OutboxMessage,
    now: datetime,
    *,
    signer: Signer,
    options: Settings,
) -> str:
    """Return the link of a mail that leaves now."""
    return link(options.public_url, Purpose.NEED, signer.sign(Purpose.NEED, now=now, need=message.about))


def need_of_link(signer: Signer, token: str, *, now: datetime) -> str:
    """Return the id of a link's need. Raises LinkError, LinkExpiredError."""
    need_id = signer.read(Purpose.NEED, token, now=now).get("need")
    if need_id is None:
        raise LinkError
    return need_id


class StatedNeedGate:
    """No link leaves for a need that is confirmed, withdrawn or forgotten."""

    def reasons_to_stay(self, session: Session, message: OutboxMessage, now: datetime) -> Mapping[str, int]:  # noqa: ARG002
        need = session.get(StatedNeed, message.about)
        return {} if need and need.status == StatedStatus.UNCONFIRMED else {"need_settled": 1}

    def compose_anew(self, message: OutboxMessage, now: datetime) -> Recomposition:  # noqa: ARG002
        """Return that nothing is left: there is nothing else to say."""
        return nothing_left
