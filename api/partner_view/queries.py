"""Queries of partners' spaces."""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from models.actors import Actor
from models.alerts import Announcement
from models.opportunities import Opportunity
from models.partners import Partner
from models.ratings import Rating
from models.reveal import AccountActor
from models.suggestions import Impression, Suggestion

# Built once, because every rating runs it.
_WITH_SIDES = (
    select(Suggestion, Actor, Opportunity)
    .select_from(Suggestion)
    .join(Partner, col(Partner.id) == bindparam("partner"))
    .join(Actor, col(Actor.id) == Suggestion.actor_id, isouter=True)
    .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id, isouter=True)
    .where(Suggestion.id == bindparam("suggestion"))
)
# Of each no more than tells whether it may be read.
_SIDES_TO_JUDGE = _WITH_SIDES.options(
    load_only(Suggestion.subscription_id, Suggestion.opportunity_id),  # type: ignore[arg-type]
    load_only(Actor.confidential),  # type: ignore[arg-type]
    load_only(Opportunity.confidential, Opportunity.teaser, Opportunity.kind),  # type: ignore[arg-type]
)


def suggestion_with_sides(
    session: Session, partner_id: str, suggestion_id: str, *, to_judge: bool = False
) -> tuple[Suggestion, Actor | None, Opportunity | None] | None:
    """A suggestion with its actor and its opportunity, confidential ones too; None where it or the partner is not.

    to_judge: whether it may be read is all that is asked; other columns are read when somebody asks for them.
    """
    question = _SIDES_TO_JUDGE if to_judge else _WITH_SIDES
    found = session.execute(question, {"partner": partner_id, "suggestion": suggestion_id}).first()
    return None if found is None else (found[0], found[1], found[2])


def actors_of_account(session: Session, account_id: str) -> Sequence[Actor]:
    actors_query = select(Actor).join(AccountActor, col(AccountActor.actor_id) == Actor.id)
    return session.exec(actors_query.where(AccountActor.account_id == account_id).order_by(Actor.name, Actor.id)).all()


def answers_about(session: Session, partner_id: str, actor_ids: Sequence[str]) -> Sequence[tuple[Suggestion, Rating]]:
    """A partner's current ratings of suggestions to these actors, newest first."""
    answers_query = (
        select(Suggestion, Rating)
        .join(Rating, col(Rating.suggestion_id) == Suggestion.id)
        .where(Rating.partner_id == partner_id, col(Rating.superseded_at).is_(None))
        .where(col(Suggestion.actor_id).in_(actor_ids))
        .order_by(col(Rating.created_at).desc(), Rating.id)
    )
    return session.exec(answers_query).all()


def announced_impression(session: Session, partner_id: str, suggestion_id: str) -> Impression | None:
    """The impression of the last announcement of a suggestion to a partner."""
    question = select(Impression).join(Announcement, col(Announcement.impression_id) == Impression.id)
    question = question.where(Announcement.partner_id == partner_id, Announcement.suggestion_id == suggestion_id)
    return session.exec(question.order_by(col(Announcement.night).desc(), Announcement.id).limit(1)).first()
