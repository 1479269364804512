"""The night's questions: who is due, what they were told, what they said, what each night did."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from models.actors import Actor
from models.alerts import Announcement, Night, OutboxMessage
from models.opportunities import Lot, Opportunity
from models.partners import Partner, Subscription
from models.queries import CHUNK
from models.ratings import Rating
from models.suggestions import Impression, RankedList, Suggestion
from models.weights import WeightsVersion

ALERT, FOLLOW_UP = "alert", "follow_up"
# Announcements of every other kind come after this one, of the same suggestion.
NEW = "new"


def all_subscriptions(session: Session) -> Sequence[tuple[Subscription, str]]:
    """Every subscription, and the status of whose it is, partner by partner."""
    question = select(Subscription, Partner.status).join(Partner, col(Partner.id) == Subscription.partner_id)
    return session.exec(question.order_by(Subscription.partner_id, Subscription.id)).all()


def partners_with_undelivered_alerts(session: Session) -> set[str]:
    question = select(OutboxMessage.partner_id).where(OutboxMessage.status == "pending")
    return set(session.exec(question.where(OutboxMessage.purpose == ALERT)).all())


class Told(NamedTuple):
    """What a partner was told of one opportunity or lot, for an actor or a search (`followed`)."""

    partner_id: str
    followed: str
    subject: str
    event: str
    told: dict[str, object]


def still_told(session: Session, partners: Sequence[str], night: date) -> Iterator[Told]:
    """What these partners were told of what may still matter, oldest first: not closed, not past."""
    for start in range(0, len(partners), CHUNK):
        question = (
            select(Announcement, Suggestion)
            .join(Suggestion, col(Suggestion.id) == Announcement.suggestion_id)
            .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id)
            .where(col(Announcement.partner_id).in_(partners[start : start + CHUNK]))
            .where(Announcement.event != FOLLOW_UP, Opportunity.status != "closed")
            .where(or_(col(Opportunity.deadline).is_(None), col(Opportunity.deadline) >= night))
            .order_by(col(Announcement.night), Announcement.id)
        )
        for announcement, suggestion in session.exec(question):
            followed = suggestion.actor_id or suggestion.subscription_id or ""
            yield Told(announcement.partner_id, followed, suggestion.subject, announcement.event, announcement.told)


def new_since(session: Session, after: date, until: date) -> tuple[Counter[str], Counter[str]]:
    """How many new suggestions were announced after one night and until another: by actor, and by partner."""
    within = (
        Announcement.event == NEW,
        Announcement.night > after,
        Announcement.night <= until,
    )
    by_actor = select(Announcement.actor_id, func.count()).where(*within, col(Announcement.actor_id).is_not(None))
    by_partner = select(Announcement.partner_id, func.count()).where(*within)
    return (
        Counter({str(one): count for one, count in session.exec(by_actor.group_by(col(Announcement.actor_id)))}),
        Counter(dict(session.exec(by_partner.group_by(col(Announcement.partner_id))).all())),
    )


def has_undelivered_alert(session: Session, partner_id: str) -> bool:
    question = select(OutboxMessage.id).where(OutboxMessage.partner_id == partner_id, OutboxMessage.purpose == ALERT)
    return session.exec(question.where(OutboxMessage.status == "pending").limit(1)).first() is not None


def events_of(session: Session, partner_id: str, suggestions: Sequence[str]) -> set[tuple[str, str]]:
    """Which events of these suggestions a partner was told: (suggestion id, event)."""
    question = select(Announcement.suggestion_id, Announcement.event).where(Announcement.partner_id == partner_id)
    return set(session.exec(question.where(col(Announcement.suggestion_id).in_(suggestions))).all())


class Promising(NamedTuple):
    """A suggestion that interested its partner, and whose deadline has passed without a word on how it ended."""

    partner_id: str
    suggestion: Suggestion
    opportunity: Opportunity
    actor: Actor | None
    lot: Lot | None

    @property
    def title(self) -> str:
        whole = self.opportunity.title
        return f"{whole} – lot {self.lot.number} : {self.lot.title}" if self.lot else whole


def to_follow_up(session: Session, interest: int, after: date, until: date) -> Sequence[Promising]:
    """Public suggestions of active partners, rated at least so, whose deadline lies between two days, not asked yet."""
    asked = select(Announcement.id).where(
        Announcement.partner_id == Rating.partner_id,
        Announcement.suggestion_id == Rating.suggestion_id,
        Announcement.event == FOLLOW_UP,
    )
    question = (
        # More columns than sqlmodel's own `select` has signatures for.
        select_rows(col(Rating.partner_id), Suggestion, Opportunity, Actor, Lot)
        .join(Partner, col(Partner.id) == Rating.partner_id)
        .join(Suggestion, col(Suggestion.id) == Rating.suggestion_id)
        .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id)
        .join(Actor, col(Actor.id) == Suggestion.actor_id, isouter=True)
        .join(Lot, col(Lot.id) == Suggestion.lot_id, isouter=True)
        .where(col(Rating.superseded_at).is_(None), col(Rating.interest) >= interest, col(Rating.answered).is_(None))
        .where(col(Partner.status) == "active", ~col(Opportunity.confidential), col(Opportunity.status) != "cancelled")
        .where(col(Opportunity.deadline) > after, col(Opportunity.deadline) <= until, ~asked.exists())
        .where(or_(col(Actor.id).is_(None), ~col(Actor.confidential)))
        .order_by(Rating.partner_id, col(Opportunity.deadline), Suggestion.id)
    )
    return [Promising(*row) for row in session.execute(question).all()]


class Said(NamedTuple):
    """What is currently said of a suggestion, and how it was shown."""

    rating: Rating
    suggestion: Suggestion
    impression: Impression
    ranked_list: RankedList
    place: int  # among what was shown in that list, first is 1
    opportunity_kind: str | None
    actor_department: str | None
    actor_kind: str | None


def all_said(session: Session) -> Sequence[Said]:
    """Every current rating of what was shown, oldest first."""
    placed = select(
        col(Impression.id).label("id"),
        func.rank().over(partition_by=col(Impression.list_id), order_by=col(Impression.rank)).label("place"),
    ).subquery()
    question = (
        # As above.
        select_rows(
            *(Rating, Suggestion, Impression, RankedList, placed.c.place),
            *(col(Opportunity.kind), col(Actor.department), col(Actor.kind)),
        )
        .join(Suggestion, col(Suggestion.id) == Rating.suggestion_id)
        .join(Impression, col(Impression.id) == Rating.impression_id)
        .join(RankedList, col(RankedList.id) == Impression.list_id)
        .join(placed, placed.c.id == col(Impression.id))
        .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id, isouter=True)
        .join(Actor, col(Actor.id) == Suggestion.actor_id, isouter=True)
        .where(col(Rating.superseded_at).is_(None))
        .order_by(col(Rating.created_at), Rating.id)
    )
    return [Said(*row) for row in session.execute(question).all()]


def graded_at(session: Session) -> Sequence[tuple[datetime, int]]:
    """When each current grade was given, and which."""
    question = select(Rating.created_at, Rating.interest).where(
        col(Rating.superseded_at).is_(None), col(Rating.interest).is_not(None)
    )
    return [(moment, grade) for moment, grade in session.exec(question) if grade is not None]


def current_ratings_since(session: Session, moment: datetime | None) -> int:
    """How many current ratings were given after a moment."""
    question = select(func.count(col(Rating.id))).where(col(Rating.superseded_at).is_(None))
    if moment is not None:
        question = question.where(Rating.created_at > moment)
    return session.exec(question).one()


def last_judged_weights(session: Session) -> WeightsVersion | None:
    """The newest version that the gate has judged."""
    question = select(WeightsVersion).where(col(WeightsVersion.verdict).is_not(None))
    newest = question.order_by(col(WeightsVersion.created_at).desc(), WeightsVersion.id)
    # JSON's own null is no verdict either.
    return next((one for one in session.exec(newest) if one.verdict), None)


def night_page(session: Session, limit: int) -> Sequence[Night]:
    """The last nights, newest first."""
    return session.exec(select(Night).order_by(col(Night.day).desc()).limit(limit)).all()


def unfinished_nights(session: Session) -> Sequence[Night]:
    return session.exec(select(Night).where(col(Night.finished_at).is_(None)).order_by(col(Night.day))).all()


def mails_of(session: Session, night: date) -> Counter[str]:
    """How the mails of one night stand, confirmations aside: status → how many."""
    question = select(OutboxMessage.status, func.count()).where(OutboxMessage.night == night)
    question = question.where(col(OutboxMessage.purpose).in_((ALERT, FOLLOW_UP)))
    return Counter(dict(session.exec(question.group_by(col(OutboxMessage.status))).all()))


def told_on(session: Session, night: date) -> Counter[str]:
    """What was told on one night: event → how many times."""
    events = session.exec(select(Announcement.event).where(Announcement.night == night)).all()
    return Counter(event.partition(":")[0] for event in events)


def waiting_mails(session: Session) -> int:
    """How many mails of any night have still to leave."""
    return session.exec(select(func.count(col(OutboxMessage.id))).where(OutboxMessage.status == "pending")).one()
