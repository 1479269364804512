"""Queries of partners' spaces."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from models.actors import Actor
from models.ratings import Rating
from models.reveal import AccountActor
from models.suggestions import Suggestion


def actors_of_account(session: Session, account_id: str) -> Sequence[Actor]:
    actors_query = select(Actor).join(AccountActor, col(AccountActor.actor_id) == Actor.id)
    return session.exec(actors_query.where(AccountActor.account_id == account_id).order_by(Actor.name, Actor.id)).all()


def answers_about(session: Session, partner_id: str, actor_ids: Sequence[str]) -> Sequence[tuple[Suggestion, Rating]]:
    """What a partner says today of what was proposed to these actors, newest first."""
    answers_query = (
        select(Suggestion, Rating)
        .join(Rating, col(Rating.suggestion_id) == Suggestion.id)
        .where(Rating.partner_id == partner_id, col(Rating.superseded_at).is_(None))
        .where(col(Suggestion.actor_id).in_(actor_ids))
        .order_by(col(Rating.created_at).desc(), Rating.id)
    )
    return session.exec(answers_query).all()
