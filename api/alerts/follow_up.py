"""Follow up: some days after the deadline, ask partners about suggestions that interested them: answered? retained?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Engine, insert
from sqlmodel import Session

from api.accounts import queries as accounts_queries
from api.alerts import queries
from api.alerts.digest import unsubscribe_url
from api.alerts.queries import FOLLOW_UP, PromisingSuggestion
from api.alerts.shown import SHOWN
from api.core.settings import Settings
from api.mailing.compose import FollowUpItem, Mail, follow_up_mail
from api.mailing.links import Purpose, Signer, link
from api.mailing.outbox import add_message
from models.alerts import Announcement
from models.base import identifier
from models.database import has_sent, reading, writing

# « Intéressé » and above.
LEAST_INTEREST = 2
# Days after the deadline: buyers need time to decide, and after two months partners no longer remember.
AFTER, UNTIL = timedelta(days=7), timedelta(days=60)
MOST = 10


@dataclass(frozen=True)
class FollowUpReport:
    """Counts of mails and of the questions in them."""

    mails: int = 0
    questions: int = 0


def follow_up(
    engine: Engine, signer: Signer, *, night: date, now: datetime, options: Settings, dry_run: bool = False
) -> FollowUpReport:
    """Write at most one mail a night to each partner, with at most MOST questions, none asked twice."""
    with reading(engine) as session:
        promising_rows = [
            row
            for row in queries.suggestions_to_follow_up(session, LEAST_INTEREST, night - UNTIL, night - AFTER)
            if not has_sent(session, row.partner_id, row.suggestion.id, FOLLOW_UP)
        ]
    mails = questions = 0
    for partner_id, group in groupby(promising_rows, key=lambda row: row.partner_id):
        partner_items = list(group)[:MOST]
        if dry_run or _ask_outcomes(engine, signer, partner_id, partner_items, night, now, options):
            mails, questions = mails + 1, questions + len(partner_items)
    return FollowUpReport(mails, questions)


def _ask_outcomes(
    engine: Engine,
    signer: Signer,
    partner_id: str,
    promising_rows: list[PromisingSuggestion],
    night: date,
    now: datetime,
    options: Settings,
) -> bool:
    mail = question_mail(signer, partner_id, promising_rows, now, options)
    with writing(engine, durable=True) as session:
        accounts_queries.partner_held(session, partner_id)
        suggestion_ids = [row.suggestion.id for row in promising_rows]
        if any(event == FOLLOW_UP for _, event in queries.events_of(session, partner_id, suggestion_ids)):
            return False
        message_key = add_message(session, partner_id, mail, FOLLOW_UP, night, now, options)
        if message_key is None:
            return False
        announce_questions(session, partner_id, promising_rows, message_key, night)
    return True


def question_mail(
    signer: Signer, partner_id: str, promising_rows: Sequence[PromisingSuggestion], now: datetime, options: Settings
) -> Mail:
    def item_of(row: PromisingSuggestion) -> FollowUpItem:
        token = signer.sign(Purpose.FOLLOW_UP, now=now, p=partner_id, s=row.suggestion.id)
        actor_name = row.actor.name if row.actor else None
        return FollowUpItem(row.title, actor_name, row.deadline, link(options.public_url, Purpose.FOLLOW_UP, token))

    unsubscribe_link = unsubscribe_url(signer, partner_id, now, options)
    return follow_up_mail(tuple(item_of(row) for row in promising_rows), unsubscribe_link)


def announce_questions(
    session: Session, partner_id: str, promising_rows: Sequence[PromisingSuggestion], message_key: str, night: date
) -> None:
    """Store what a mail asks about."""
    session.execute(
        insert(Announcement),
        [
            {
                "id": identifier("announcements", partner_id, row.suggestion.id, FOLLOW_UP),
                "partner_id": partner_id,
                "suggestion_id": row.suggestion.id,
                "actor_id": row.suggestion.actor_id,
                "message_id": message_key,
                "event": FOLLOW_UP,
                "night": night,
                "told": {SHOWN: row.shown},
            }
            for row in promising_rows
        ],
    )
