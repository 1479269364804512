"""A partner's mail of one night: composed, then written with all that says what it told, in one unit of work."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import insert, update
from sqlmodel import col

from api.accounts import queries as accounts_queries
from api.accounts.audience import Audience
from api.alerts import queries
from api.alerts.queries import ALERT
from api.alerts.quota import Candidate
from api.core.settings import Settings
from api.mailing.compose import Digest, Item, alert_mail
from api.mailing.links import Purpose, Signer, link
from api.mailing.outbox import add_message
from api.matching.answer import Answer
from api.matching.impressions import record
from api.matching.reasons import sentence
from api.matching.snapshot import Desk
from api.partner_view.public_desk import Outside
from matcher.types import Suggestion
from models.alerts import Announcement
from models.base import identifier
from models.database import writing
from models.partners import Subscription

# How many reasons are read in a mail.
REASONS = 2


def post(
    desk: Desk,
    outside: Outside,
    signer: Signer,
    partner_id: str,
    items: Sequence[Candidate],
    served: Sequence[str],
    night: date,
    now: datetime,
    options: Settings,
) -> bool:
    """Write one partner's mail, and who was told what in it; False where another process has just done so.

    served: the subscriptions that it serves.
    """
    mail = alert_mail(_digest(outside, signer, partner_id, items, night, now, options))
    with writing(desk.engine, durable=True) as session:
        accounts_queries.partner_held(session, partner_id)
        told = {(one.suggestion_id, one.news.key) for one in items}
        before = queries.events_of(session, partner_id, [one.suggestion_id for one in items])
        if told & before or queries.has_undelivered_alert(session, partner_id):
            return False
        key = add_message(session, partner_id, mail, ALERT, night, now, options)
        if key is None:
            return False
        impressions = record(session, outside.snapshot, _lists(outside, items), Audience())
        session.execute(
            insert(Announcement),
            [
                {
                    "id": identifier("announcements", partner_id, one.suggestion_id, one.news.key),
                    "partner_id": partner_id,
                    "suggestion_id": one.suggestion_id,
                    "actor_id": None if one.followed.is_search else one.followed.card.id,
                    "message_id": key,
                    "impression_id": impressions.get(one.suggestion_id),
                    "event": one.news.key,
                    "night": night,
                    "told": dict(one.news.told),
                }
                for one in items
            ],
        )
        session.execute(update(Subscription).where(col(Subscription.id).in_(served)).values(served_on=night))
    return True


def unsubscribe_url(signer: Signer, partner_id: str, now: datetime, options: Settings) -> str:
    token = signer.sign(Purpose.UNSUBSCRIBE, now=now, p=partner_id)
    return link(options.public_url, Purpose.UNSUBSCRIBE, token)


def _digest(
    outside: Outside,
    signer: Signer,
    partner_id: str,
    items: Sequence[Candidate],
    night: date,
    now: datetime,
    options: Settings,
) -> Digest:
    def item(one: Candidate) -> Item:
        card, claims = outside.cards[one.opportunity_id], {"p": partner_id, "s": one.suggestion_id}
        answer, view = (
            link(options.public_url, purpose, signer.sign(purpose, now=now, **claims))
            for purpose in (Purpose.ANSWER, Purpose.VIEW)
        )
        place = [card.commune or "", f"({card.department})" if card.department and card.commune else card.department]
        return Item(
            title=card.display_title,
            place=" ".join(part for part in place if part) or None,
            deadline=card.deadline,
            level=str(one.news.told["level"]) if one.suggestion else "",
            reasons=_reasons(one.suggestion),
            for_actor=_for(outside, one),
            event=one.news.event,
            change=one.news.change,
            yes_url=f"{answer}?choix=oui",
            no_url=f"{answer}?choix=non",
            view_url=view,
        )

    return Digest(night, tuple(item(one) for one in items), unsubscribe_url(signer, partner_id, now, options))


def _reasons(suggestion: Suggestion | None) -> tuple[str, ...]:
    """Return the strongest of what is known to speak for it."""
    known = (one for one in suggestion.reasons if one.value is not None and one.contribution > 0) if suggestion else ()
    sentences = [text for one in known if (text := sentence(one))]
    return tuple(sentences[:REASONS])


def _for(outside: Outside, one: Candidate) -> str:
    if one.followed.is_search:
        return f"la recherche « {one.followed.card.name} »"
    through = outside.snapshot.actor_cards.get((one.suggestion.via_member if one.suggestion else None) or "")
    return f"{one.followed.card.name}, par son membre {through.name}" if through else one.followed.card.name


def _lists(outside: Outside, items: Sequence[Candidate]) -> list[Answer]:
    shown: dict[str, list[Candidate]] = {}
    for one in items:
        if one.suggestion:
            shown.setdefault(one.subscription_id, []).append(one)
    return [
        outside.answer(mine[0].followed, [one.suggestion for one in mine if one.suggestion]) for mine in shown.values()
    ]
