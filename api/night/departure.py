"""The gate of the house: every purpose of a mail with the gate of who composes it."""

from collections.abc import Callable
from functools import cache

from sqlalchemy import Engine

from api.alerts.departure import AlertGate
from api.alerts.follow_up_departure import FollowUpGate
from api.alerts.queries import ALERT, FOLLOW_UP
from api.core.settings import Settings
from api.interactions.departure import LetterGate
from api.interactions.letters import LETTER
from api.mailing.departure import Gate, GateByPurpose
from api.mailing.links import Signer
from api.matching.desk import Desk
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
        }
    )
