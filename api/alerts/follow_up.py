"""Follow up: some days after its deadline, ask of what had interested a partner whether an offer was made, and won."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Engine, insert

from api.accounts import queries as accounts_queries
from api.alerts import queries
from api.alerts.digest import unsubscribe_url
from api.alerts.queries import FOLLOW_UP, Promising
from api.core.settings import Settings
from api.mailing.compose import FollowUpItem, follow_up_mail
from api.mailing.links import Purpose, Signer, link
from api.mailing.outbox import add_message
from models.alerts import Announcement
from models.base import identifier
from models.database import reading, writing

# « Intéressé » and above.
LEAST_INTEREST = 2
# Buyers take a while to decide; after two months nobody remembers.
AFTER, UNTIL = timedelta(days=7), timedelta(days=60)
MOST = 10


@dataclass(frozen=True)
class FollowUpReport:
    """Mails written, and questions in them."""

    mails: int = 0
    questions: int = 0


def follow_up(
    engine: Engine, signer: Signer, *, night: date, now: datetime, options: Settings, dry_run: bool = False
) -> FollowUpReport:
    """Write each partner at most one mail a night, that asks at most MOST questions, never one twice."""
    with reading(engine) as session:
        found = queries.to_follow_up(session, LEAST_INTEREST, night - UNTIL, night - AFTER)
    mails = questions = 0
    for partner_id, group in groupby(found, key=lambda one: one.partner_id):
        mine = list(group)[:MOST]
        if dry_run or _ask(engine, signer, partner_id, mine, night, now, options):
            mails, questions = mails + 1, questions + len(mine)
    return FollowUpReport(mails, questions)


def _ask(
    engine: Engine,
    signer: Signer,
    partner_id: str,
    items: list[Promising],
    night: date,
    now: datetime,
    options: Settings,
) -> bool:
    def item(one: Promising) -> FollowUpItem:
        token = signer.sign(Purpose.FOLLOW_UP, now=now, p=partner_id, s=one.suggestion.id)
        deadline = one.opportunity.deadline.isoformat() if one.opportunity.deadline else None
        name = one.actor.name if one.actor else None
        return FollowUpItem(one.title, name, deadline, link(options.public_url, Purpose.FOLLOW_UP, token))

    leave = unsubscribe_url(signer, partner_id, now, options)
    mail = follow_up_mail(tuple(item(one) for one in items), leave)
    with writing(engine, durable=True) as session:
        accounts_queries.partner_held(session, partner_id)
        ids = [one.suggestion.id for one in items]
        if any(event == FOLLOW_UP for _, event in queries.events_of(session, partner_id, ids)):
            return False
        key = add_message(session, partner_id, mail, FOLLOW_UP, night, now, options)
        if key is None:
            return False
        session.execute(
            insert(Announcement),
            [
                {
                    "id": identifier("announcements", partner_id, one.suggestion.id, FOLLOW_UP),
                    "partner_id": partner_id,
                    "suggestion_id": one.suggestion.id,
                    "actor_id": one.suggestion.actor_id,
                    "message_id": key,
                    "event": FOLLOW_UP,
                    "night": night,
                    "told": {},
                }
                for one in items
            ],
        )
    return True
