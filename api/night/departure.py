"""The gate of the house: every purpose of a mail with the gate of who composes it."""

from collections.abc import Callable, Mapping
from functools import cache, partial

from sqlalchemy import Engine

from api.accounts.departure import AccountGate
from api.accounts.mailed_links import link_at_departure
from api.alerts.departure import AlertGate
from api.alerts.follow_up_departure import FollowUpGate
from api.alerts.queries import ALERT, FOLLOW_UP
from api.core.settings import Settings
from api.day.departure import MorningGate
from api.interactions.departure import LetterGate
from api.interactions.letters import LETTER
from api.mailing.departure import Gate, GateByPurpose, LinkMaker
from api.mailing.links import Signer
from api.mailing.retrying import MORNING, PASSWORD_MAILS, STATED_NEED
from api.matching.desk import Desk
from api.stated_needs import mailed
from api.subscriptions.departure import ConfirmationGate
from api.subscriptions.subscriptions import CONFIRMATION


def departure_gate(engine: Engine, open_desk: Callable[[], Desk], signer: Signer, options: Settings) -> Gate:
    """Return the gate of all mails. open_desk: called once, when the first alert has to be composed anew."""
    return GateByPurpose(
        {
            ALERT: AlertGate(cache(open_desk), signer, options),
            FOLLOW_UP: FollowUpGate(engine, signer, options),
            CONFIRMATION: ConfirmationGate(),
            LETTER: LetterGate(),
            MORNING: MorningGate(options),
            STATED_NEED: mailed.StatedNeedGate(),
            **dict.fromkeys(PASSWORD_MAILS, AccountGate(options)),
        }
    )


def departure_links(signer: Signer, options: Settings) -> Mapping[str, LinkMaker]:
    """Return what makes the links of mails that wait without theirs, by purpose."""
    of_accounts = dict.fromkeys(PASSWORD_MAILS, partial(link_at_departure, signer=signer, options=options))
    return of_accounts | {STATED_NEED: partial(mailed.link_at_departure, signer=signer, options=options)}
