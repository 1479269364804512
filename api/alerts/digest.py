"""Digest: a partner's mail of one night, stored with its announcements in one unit of work."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Engine, insert, update
from sqlmodel import Session, col

from api.accounts import queries as accounts_queries
from api.accounts.audience import Audience
from api.alerts import queries
from api.alerts.queries import ALERT
from api.alerts.quota import Candidate
from api.alerts.shown import SHOWN, shown_facts
from api.core.settings import Settings
from api.mailing.compose import Digest, Item, ItemFact, Mail, alert_mail
from api.mailing.links import Purpose, Signer, link
from api.mailing.outbox import add_message
from api.matching.advice_wording import mark_to_partner
from api.matching.answer import Answer
from api.matching.fact_chips import known_chips
from api.matching.impressions import record
from api.partner_view.public_desk import PublicDesk
from matcher.types import Suggestion
from models.alerts import Announcement
from models.base import identifier
from models.database import writing
from models.partners import Subscription


def store_digest(
    engine: Engine,
    public: PublicDesk,
    signer: Signer,
    partner_id: str,
    items: Sequence[Candidate],
    subscription_ids: Sequence[str],
    night: date,
    now: datetime,
    options: Settings,
) -> bool:
    """Store one partner's mail and its announcements; False if another process has just done so.

    subscription_ids: the subscriptions that the mail serves.
    """
    mail = digest_mail(public, signer, partner_id, items, night, now, options)
    with writing(engine, durable=True) as session:
        accounts_queries.partner_held(session, partner_id)
        events = {(candidate.suggestion_id, candidate.alert_event.key) for candidate in items}
        announced_events = queries.events_of(session, partner_id, [candidate.suggestion_id for candidate in items])
        if events & announced_events or queries.has_undelivered_alert(session, partner_id):
            return False
        drawn_from = actors_drawn_from(items)
        message_key = add_message(session, partner_id, mail, ALERT, night, now, options, drawn_from=drawn_from)
        if message_key is None:
            return False
        announce(session, public, partner_id, items, message_key, night)
        session.execute(update(Subscription).where(col(Subscription.id).in_(subscription_ids)).values(served_on=night))
    return True


def announce(
    session: Session, public: PublicDesk, partner_id: str, items: Sequence[Candidate], message_key: str, night: date
) -> None:
    """Store what a mail announces, and what its suggestions were ranked by."""
    ranked_by = public.ranked_by(candidate.followed for candidate in items)
    impressions = record(session, ranked_by, _announced_answers(public, items), Audience())
    session.execute(
        insert(Announcement),
        [
            {
                "id": identifier("announcements", partner_id, candidate.suggestion_id, candidate.alert_event.key),
                "partner_id": partner_id,
                "suggestion_id": candidate.suggestion_id,
                "actor_id": None if candidate.followed.is_search else candidate.followed.card.id,
                "message_id": message_key,
                "impression_id": impressions.get(candidate.suggestion_id),
                "event": candidate.alert_event.key,
                "night": night,
                "told": {
                    **candidate.alert_event.known_to_partner,
                    SHOWN: shown_facts(
                        public.cards[candidate.opportunity_id], blind=candidate.opportunity_id in public.teasers
                    ),
                },
            }
            for candidate in items
        ],
    )


def actors_drawn_from(items: Sequence[Candidate]) -> dict[str, list[str]]:
    """Return followed actor → the actors whose facts the items about it may show: itself and its members."""
    return {
        candidate.followed.card.id: sorted(
            {each.id for actor in candidate.followed.actor.actors for each in (actor, *actor.members)}
        )
        for candidate in items
        if not candidate.followed.is_search
    }


def digest_mail(
    public: PublicDesk,
    signer: Signer,
    partner_id: str,
    items: Sequence[Candidate],
    night: date,
    now: datetime,
    options: Settings,
) -> Mail:
    return alert_mail(_compose_digest(public, signer, partner_id, items, night, now, options))


def unsubscribe_url(signer: Signer, partner_id: str, now: datetime, options: Settings) -> str:
    token = signer.sign(Purpose.UNSUBSCRIBE, now=now, p=partner_id)
    return link(options.public_url, Purpose.UNSUBSCRIBE, token)


def _compose_digest(
    public: PublicDesk,
    signer: Signer,
    partner_id: str,
    items: Sequence[Candidate],
    night: date,
    now: datetime,
    options: Settings,
) -> Digest:
    def item_of(candidate: Candidate) -> Item:
        card, claims = public.cards[candidate.opportunity_id], {"p": partner_id, "s": candidate.suggestion_id}
        answer_url, view_url = (
            link(options.public_url, purpose, signer.sign(purpose, now=now, **claims))
            for purpose in (Purpose.ANSWER, Purpose.VIEW)
        )
        place_parts = [
            card.commune or "",
            f"({card.department})" if card.department and card.commune else card.department,
        ]
        return Item(
            title=card.display_title,
            place=" ".join(place_part for place_part in place_parts if place_part) or None,
            deadline=card.deadline,
            level=mark_to_partner(str(candidate.alert_event.known_to_partner["level"])) if candidate.suggestion else "",
            facts=_facts(candidate.suggestion),
            for_actor=_for_actor_text(public, candidate),
            event=candidate.alert_event.event,
            change=candidate.alert_event.change,
            yes_url=f"{answer_url}?choix=oui",
            no_url=f"{answer_url}?choix=non",
            view_url=view_url,
        )

    return Digest(
        night, tuple(item_of(candidate) for candidate in items), unsubscribe_url(signer, partner_id, now, options)
    )


def _facts(suggestion: Suggestion | None) -> tuple[ItemFact, ...]:
    chips = known_chips(suggestion.reasons, "actor") if suggestion else []
    return tuple(ItemFact(chip.words, chip.fit.value) for chip in chips)


def _for_actor_text(public: PublicDesk, candidate: Candidate) -> str:
    if candidate.followed.is_search:
        return f"la recherche « {candidate.followed.card.name} »"
    member_card = public.actor_cards.get((candidate.suggestion.via_member if candidate.suggestion else None) or "")
    return (
        f"{candidate.followed.card.name}, par son membre {member_card.name}"
        if member_card
        else candidate.followed.card.name
    )


def _announced_answers(public: PublicDesk, items: Sequence[Candidate]) -> list[Answer]:
    by_subscription: dict[str, list[Candidate]] = {}
    for candidate in items:
        if candidate.suggestion:
            by_subscription.setdefault(candidate.subscription_id, []).append(candidate)
    return [
        public.answer(
            own_candidates[0].followed, [candidate.suggestion for candidate in own_candidates if candidate.suggestion]
        )
        for own_candidates in by_subscription.values()
    ]
