"""Queries about ratings and versions of the weights."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, exists, func
from sqlalchemy import select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models.actors import Actor
from models.alerts import Announcement
from models.brokerage import BrokerageCase, BrokerageStep
from models.opportunities import Opportunity
from models.partners import Partner
from models.ratings import Rating
from models.suggestions import Impression, RankedList, Suggestion
from models.weights import WeightsVersion

# Built once, because every rating runs it.
_RATING_GROUND: Any = (
    select(
        Partner.id,
        Rating,
        select(Announcement.impression_id)
        .where(
            Announcement.partner_id == bindparam("partner"),
            Announcement.suggestion_id == bindparam("suggestion"),
            col(Announcement.impression_id).is_not(None),
        )
        .order_by(col(Announcement.night).desc(), Announcement.id)
        .limit(1)
        .scalar_subquery(),
        select(Impression.id)
        .join(RankedList, col(RankedList.id) == Impression.list_id)
        .where(Impression.suggestion_id == bindparam("suggestion"))
        .order_by(col(RankedList.created_at).desc(), Impression.id)
        .limit(1)
        .scalar_subquery(),
    )
    .select_from(Suggestion)
    .join(Partner, col(Partner.id) == bindparam("partner"), isouter=True)
    .join(
        Rating,
        (col(Rating.suggestion_id) == Suggestion.id)
        & (col(Rating.partner_id) == Partner.id)
        & col(Rating.superseded_at).is_(None),
        isouter=True,
    )
    .where(Suggestion.id == bindparam("suggestion"))
)


class JudgmentInUse(NamedTuple):
    """A current rating, its suggestion, and the impression that it answers."""

    rating: Rating
    suggestion: Suggestion
    impression: Impression
    ranked_list: RankedList
    place: int  # among the shown candidates of that list, the first is 1
    opportunity_kind: str | None
    actor_department: str | None
    actor_kind: str | None


class ReportedRefusal(NamedTuple):
    """What an actor told a facilitator, who noted it on a case from a ranking; else as `JudgmentInUse`.

    step: the one that refused the case; its reasons are the actor's.
    """

    step: BrokerageStep
    suggestion: Suggestion
    impression: Impression
    ranked_list: RankedList
    place: int
    opportunity_kind: str | None
    actor_department: str | None
    actor_kind: str | None


def judgments_in_use(session: Session) -> Sequence[JudgmentInUse]:
    """Every current rating with an impression, oldest first."""
    question = _as_shown(
        select_rows(Rating).join(Suggestion, col(Suggestion.id) == Rating.suggestion_id), col(Rating.impression_id)
    )
    question = question.where(col(Rating.superseded_at).is_(None)).order_by(col(Rating.created_at), Rating.id)
    return [JudgmentInUse(*row) for row in session.execute(question).all()]


def reported_refusals(session: Session) -> Sequence[ReportedRefusal]:
    """The refusals that stand, oldest first, each with the last impression of its suggestion before it.

    A case that is reopened or cancelled is no refusal any more; one opened by hand or with a group never is, since no
    list offered the pair to whoever chose it.
    """
    shown, shown_in = aliased(Impression), aliased(RankedList)
    last_shown = (
        select(col(shown.id))
        .join(shown_in, col(shown_in.id) == shown.list_id)
        .where(shown.suggestion_id == BrokerageCase.suggestion_id, shown_in.created_at <= BrokerageStep.at)
        .order_by(col(shown_in.created_at).desc(), col(shown.id))
        .limit(1)
        .correlate(BrokerageCase, BrokerageStep)
        .scalar_subquery()
    )
    question: Any = (
        select_rows(BrokerageStep)
        .join(BrokerageCase, col(BrokerageCase.id) == BrokerageStep.case_id)
        .join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id)
    )
    question = _as_shown(question, last_shown).where(*_is_standing_refusal())
    rows = session.execute(question.order_by(col(BrokerageStep.at), BrokerageStep.case_id)).all()
    return [ReportedRefusal(*row) for row in rows]


def _is_standing_refusal() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the step that refused a case which is still refused, and came from a ranking."""
    later = aliased(BrokerageStep)
    moved_later = exists().where(
        col(later.case_id) == BrokerageStep.case_id,
        col(later.number) > BrokerageStep.number,
        col(later.from_state) != later.to_state,
    )
    return (
        col(BrokerageCase.state) == "refused",
        col(BrokerageCase.origin) == "ranking",
        col(BrokerageStep.to_state) == "refused",
        col(BrokerageStep.from_state) != "refused",
        ~moved_later,
    )


def _as_shown(question: Any, impression_id: Any) -> Any:
    """Add a suggestion's impression, its list, its place there, and what the two sides are."""
    placed_impressions = select(
        col(Impression.id).label("id"),
        func.rank().over(partition_by=col(Impression.list_id), order_by=col(Impression.rank)).label("place"),
    ).subquery()
    return (
        question.add_columns(
            *(Suggestion, Impression, RankedList, placed_impressions.c.place),
            *(col(Opportunity.kind), col(Actor.department), col(Actor.kind)),
        )
        .join(Impression, col(Impression.id) == impression_id)
        .join(RankedList, col(RankedList.id) == Impression.list_id)
        .join(placed_impressions, placed_impressions.c.id == col(Impression.id))
        .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id, isouter=True)
        .join(Actor, col(Actor.id) == Suggestion.actor_id, isouter=True)
    )


def graded_at(session: Session) -> Sequence[tuple[datetime, int]]:
    """Moment and grade of each current rating."""
    question = select(Rating.created_at, Rating.interest).where(
        col(Rating.superseded_at).is_(None), col(Rating.interest).is_not(None)
    )
    question = question.order_by(col(Rating.created_at), Rating.id)
    return [(rated_at, grade) for rated_at, grade in session.exec(question) if grade is not None]


def current_ratings_since(session: Session, moment: datetime | None) -> int:
    """Number of current ratings given after a moment, with the refusals reported after it."""
    ratings = select(func.count(col(Rating.id))).where(col(Rating.superseded_at).is_(None))
    refusals = select(func.count()).select_from(BrokerageStep)
    refusals = refusals.join(BrokerageCase, col(BrokerageCase.id) == BrokerageStep.case_id)
    refusals = refusals.where(*_is_standing_refusal())
    if moment is not None:
        ratings, refusals = ratings.where(Rating.created_at > moment), refusals.where(BrokerageStep.at > moment)
    return session.exec(ratings).one() + session.exec(refusals).one()


def last_judged_weights(session: Session) -> WeightsVersion | None:
    """The newest version that the gate has judged."""
    question = select(WeightsVersion).where(col(WeightsVersion.verdict).is_not(None))
    newest = question.order_by(col(WeightsVersion.created_at).desc(), WeightsVersion.id)
    # JSON's own null is no verdict either.
    return next((weights_version for weights_version in session.exec(newest) if weights_version.verdict), None)


def current_rating(session: Session, partner_id: str, suggestion_id: str) -> Rating | None:
    question = select(Rating).where(Rating.partner_id == partner_id, Rating.suggestion_id == suggestion_id)
    return session.exec(question.where(col(Rating.superseded_at).is_(None))).first()


def ratings_of(session: Session, suggestion_id: str, *, history: bool = False) -> Sequence[Rating]:
    """Current ratings of a suggestion, oldest first; history: also the superseded ones."""
    question = select(Rating).where(Rating.suggestion_id == suggestion_id)
    if not history:
        question = question.where(col(Rating.superseded_at).is_(None))
    return session.exec(question.order_by(col(Rating.created_at), Rating.id)).all()


class RatingGround(NamedTuple):
    """All that recording a rating needs: whether partner and suggestion exist, the current rating, the impressions."""

    known: tuple[bool, bool]  # the partner, the suggestion
    current: Rating | None
    announced_id: str | None
    shown_id: str | None


def rating_ground(session: Session, partner_id: str, suggestion_id: str) -> RatingGround:
    """Read all that a new rating needs in one statement: others may wait for the write lock."""
    ground_row = session.execute(_RATING_GROUND, {"partner": partner_id, "suggestion": suggestion_id}).first()
    if ground_row is None:
        return RatingGround((session.get(Partner, partner_id) is not None, False), None, None, None)
    return RatingGround((ground_row[0] is not None, True), ground_row[1], ground_row[2], ground_row[3])


def active_weights(session: Session) -> WeightsVersion | None:
    question = select(WeightsVersion).where(WeightsVersion.status == "active")
    return session.exec(question.order_by(col(WeightsVersion.created_at).desc(), WeightsVersion.id)).first()


def all_weights(session: Session) -> Sequence[WeightsVersion]:
    """Every version of the weights, newest first."""
    return session.exec(select(WeightsVersion).order_by(col(WeightsVersion.created_at).desc(), WeightsVersion.id)).all()


def all_active_weights(session: Session) -> Sequence[WeightsVersion]:
    return session.exec(select(WeightsVersion).where(WeightsVersion.status == "active")).all()


def last_retired_weights(session: Session) -> WeightsVersion | None:
    question = select(WeightsVersion).where(
        WeightsVersion.status == "retired", col(WeightsVersion.retired_at).is_not(None)
    )
    return session.exec(
        question.order_by(col(WeightsVersion.retired_at).desc().nulls_last(), WeightsVersion.id)
    ).first()
