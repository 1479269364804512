"""Queries of the nightly alerts."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import case, func, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from api.core.chunks import in_chunks
from models.actors import Actor
from models.alerts import Announcement, OutboxMessage
from models.opportunities import Lot, Opportunity
from models.partners import Partner, Subscription
from models.places import Commune
from models.ratings import Rating
from models.suggestions import Suggestion

ALERT, FOLLOW_UP = "alert", "follow_up"

# Announcements of every other kind come after this one, of the same suggestion.
NEW = "new"

# The key in `Announcement.told` of where the score stood when the scoring last changed.
BASELINE = "baseline"


class AnnouncedRow(NamedTuple):
    """An announcement, its suggestion, the partner's label, and the partner's rating today."""

    announcement: Announcement
    suggestion: Suggestion
    label: str
    rating: Rating | None


def announced_about(session: Session, actor_id: str, *, limit: int) -> Sequence[AnnouncedRow]:
    """Announcements about an actor, newest first."""
    question = (
        select(Announcement, Suggestion, Partner.label, Rating)
        .join(Suggestion, col(Suggestion.id) == Announcement.suggestion_id)
        .join(Partner, col(Partner.id) == Announcement.partner_id)
        .join(
            Rating,
            (col(Rating.suggestion_id) == Announcement.suggestion_id)
            & (col(Rating.partner_id) == Announcement.partner_id)
            & col(Rating.superseded_at).is_(None),
            isouter=True,
        )
        .where(Announcement.actor_id == actor_id)
        .order_by(col(Announcement.night).desc(), Announcement.id)
        .limit(limit)
    )
    return [AnnouncedRow(*row) for row in session.exec(question).all()]


def followers(session: Session, actor_id: str) -> Sequence[tuple[str, bool]]:
    """Followers of an actor: the partner's label, and whether the subscription is confirmed."""
    question = (
        select(Partner.label, col(Subscription.confirmed_at).is_not(None))
        .join(Subscription, col(Subscription.partner_id) == Partner.id)
        .where(Subscription.actor_id == actor_id)
        .order_by(Partner.label, Subscription.id)
    )
    return [(partner_label, bool(is_confirmed)) for partner_label, is_confirmed in session.exec(question).all()]


def all_subscriptions(
    session: Session, partner_ids: Collection[str] | None = None
) -> Sequence[tuple[Subscription, str]]:
    """Every subscription, or those of these partners, with its partner's status, partner by partner."""
    question = select(Subscription, Partner.status).join(Partner, col(Partner.id) == Subscription.partner_id)
    question = question.order_by(Subscription.partner_id, Subscription.id)
    if partner_ids is None:
        return session.exec(question).all()
    return [
        row
        for some_ids in in_chunks(sorted(partner_ids))
        for row in session.exec(question.where(col(Subscription.partner_id).in_(some_ids)))
    ]


def partners_with_undelivered_alerts(session: Session) -> set[str]:
    question = select(OutboxMessage.partner_id).where(OutboxMessage.status == "pending")
    return set(session.exec(question.where(OutboxMessage.purpose == ALERT)).all())


class Announced(NamedTuple):
    """An announcement to a partner about one opportunity or lot. followed: the id of the actor or the subscription."""

    announcement_id: str
    partner_id: str
    followed: str
    subject: str
    event: str
    known_to_partner: dict[str, object]


def announced_to(
    session: Session, partner_ids: Sequence[str], night: date, *, except_message: str = ""
) -> Iterator[Announced]:
    """Announcements to these partners about opportunities that are open and not past, or cancelled, oldest first.

    except_message: a mail whose announcements do not count.
    """
    for some_ids in in_chunks(partner_ids):
        question = (
            select(Announcement, Suggestion)
            .join(Suggestion, col(Suggestion.id) == Announcement.suggestion_id)
            .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id)
            .where(col(Announcement.partner_id).in_(some_ids))
            .where(Announcement.event != FOLLOW_UP, col(Announcement.message_id) != except_message)
            .where(col(Opportunity.status).not_in(("closed", "expected")))
            .where(or_(col(Opportunity.deadline).is_(None), col(Opportunity.deadline) >= night))
            .order_by(col(Announcement.night), Announcement.id)
        )
        for announcement, suggestion in session.exec(question):
            followed_id = suggestion.actor_id or suggestion.subscription_id or ""
            yield Announced(
                announcement.id,
                announcement.partner_id,
                followed_id,
                suggestion.subject,
                announcement.event,
                announcement.told,
            )


class CarriedRow(NamedTuple):
    """An announcement that a mail carries, and the rows that it is about. subscription: of its actor or its search."""

    announcement: Announcement
    suggestion: Suggestion
    opportunity: Opportunity | None
    lot: Lot | None
    commune: Commune | None
    actor: Actor | None
    subscription: Subscription | None


def carried_by(session: Session, message_id: str) -> Sequence[CarriedRow]:
    """What a mail announces, or asks about."""
    is_own_subscription = (col(Subscription.partner_id) == Announcement.partner_id) & (
        (col(Subscription.actor_id) == Suggestion.actor_id) | (col(Subscription.id) == Suggestion.subscription_id)
    )
    question = (
        # More columns than sqlmodel's own `select` has signatures for.
        select_rows(Announcement, Suggestion, Opportunity, Lot, Commune, Actor, Subscription)
        .join(Suggestion, col(Suggestion.id) == Announcement.suggestion_id)
        .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id, isouter=True)
        .join(Lot, col(Lot.id) == Suggestion.lot_id, isouter=True)
        .join(Commune, col(Commune.code) == Opportunity.commune_code, isouter=True)
        .join(Actor, col(Actor.id) == Suggestion.actor_id, isouter=True)
        .join(Subscription, is_own_subscription, isouter=True)
        .where(col(Announcement.message_id) == message_id)
        .order_by(Announcement.id)
    )
    return [CarriedRow(*row) for row in session.execute(question).all()]


def keep_baselines(session: Session, baselines: Mapping[str, Mapping[str, Any]]) -> None:
    """Note with announcements, by id, where their scores stand by today's scoring."""
    for announcement in session.exec(select(Announcement).where(col(Announcement.id).in_(list(baselines)))):
        announcement.told = {**announcement.told, BASELINE: dict(baselines[announcement.id])}
        session.add(announcement)


def any_confidential_actor(session: Session, actor_ids: Sequence[str]) -> bool:
    """Whether any of these actors is confidential, or is there no more."""
    if not actor_ids:
        return False
    # By their ids alone: with the flag in the question SQLite looks through all actors that have it.
    flags = session.exec(select(Actor.confidential).where(col(Actor.id).in_(actor_ids))).all()
    return any(flags) or len(flags) < len(set(actor_ids))


def new_since(session: Session, after: date, until: date) -> tuple[Counter[str], Counter[str]]:
    """Numbers of new suggestions announced after one night and until another: by actor, and by partner."""
    within = (
        Announcement.event == NEW,
        Announcement.night > after,
        Announcement.night <= until,
    )
    by_actor = select(Announcement.actor_id, func.count()).where(*within, col(Announcement.actor_id).is_not(None))
    by_partner = select(Announcement.partner_id, func.count()).where(*within)
    return (
        Counter(
            {str(actor_id): count for actor_id, count in session.exec(by_actor.group_by(col(Announcement.actor_id)))}
        ),
        Counter(dict(session.exec(by_partner.group_by(col(Announcement.partner_id))).all())),
    )


def has_undelivered_alert(session: Session, partner_id: str) -> bool:
    # By the partner alone: with the status in the question SQLite looks through all mails that wait.
    waits = func.max(case((col(OutboxMessage.status) == "pending", 1), else_=0))
    question = select(waits).where(OutboxMessage.partner_id == partner_id, OutboxMessage.purpose == ALERT)
    return bool(session.exec(question).one())


def events_of(session: Session, partner_id: str, suggestion_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Events of these suggestions that were announced to a partner: (suggestion id, event)."""
    question = select(Announcement.suggestion_id, Announcement.event).where(Announcement.partner_id == partner_id)
    return set(session.exec(question.where(col(Announcement.suggestion_id).in_(suggestion_ids))).all())


class PromisingSuggestion(NamedTuple):
    """A suggestion that interested its partner, past its deadline, without a known outcome."""

    partner_id: str
    suggestion: Suggestion
    opportunity: Opportunity
    actor: Actor | None
    lot: Lot | None

    @property
    def title(self) -> str:
        full_title = self.opportunity.title
        return f"{full_title} – lot {self.lot.number} : {self.lot.title}" if self.lot else full_title

    @property
    def deadline(self) -> str | None:
        return self.opportunity.deadline.isoformat() if self.opportunity.deadline else None

    @property
    def shown(self) -> dict[str, str | None]:
        """What a question about it shows, as JSON values."""
        return {"title": self.title, "actor": self.actor.name if self.actor else None, "deadline": self.deadline}


def suggestions_to_follow_up(
    session: Session, interest: int, after: date, until: date
) -> Sequence[PromisingSuggestion]:
    """Public suggestions of active partners: at least this interest, deadline in (after, until], not asked yet."""
    asked = select(Announcement.id).where(
        Announcement.partner_id == Rating.partner_id,
        Announcement.suggestion_id == Rating.suggestion_id,
        Announcement.event == FOLLOW_UP,
    )
    question = _promising(interest).where(
        col(Partner.status) == "active",
        col(Opportunity.deadline) > after,
        col(Opportunity.deadline) <= until,
        ~asked.exists(),
        ~col(Opportunity.confidential),
        col(Opportunity.status) != "cancelled",
        col(Opportunity.archived_at).is_(None),
        or_(col(Actor.id).is_(None), ~col(Actor.confidential) & col(Actor.archived_at).is_(None)),
    )
    return [PromisingSuggestion(*row) for row in session.execute(question).all()]


def promising_suggestions(
    session: Session, interest: int, partner_id: str, suggestion_ids: Sequence[str]
) -> Sequence[PromisingSuggestion]:
    """Those of these suggestions that still interest a partner, whatever became of them."""
    question = _promising(interest).where(
        col(Rating.partner_id) == partner_id, col(Rating.suggestion_id).in_(suggestion_ids)
    )
    return [PromisingSuggestion(*row) for row in session.execute(question).all()]


def _promising(interest: int) -> Any:
    return (
        # More columns than sqlmodel's own `select` has signatures for.
        select_rows(col(Rating.partner_id), Suggestion, Opportunity, Actor, Lot)
        .join(Partner, col(Partner.id) == Rating.partner_id)
        .join(Suggestion, col(Suggestion.id) == Rating.suggestion_id)
        .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id)
        .join(Actor, col(Actor.id) == Suggestion.actor_id, isouter=True)
        .join(Lot, col(Lot.id) == Suggestion.lot_id, isouter=True)
        .where(col(Rating.superseded_at).is_(None), col(Rating.interest) >= interest, col(Rating.answered).is_(None))
        .order_by(Rating.partner_id, col(Opportunity.deadline).nulls_first(), Suggestion.id)
    )
