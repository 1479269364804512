"""Queries of takeover cases."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlmodel import Session, col, select

from models.actors import Actor
from models.brokerage import BrokerageCase
from models.opportunities import Opportunity
from models.suggestions import Suggestion
from models.takeover_candidates import TakeoverCandidate

# A case in one of these binds nobody any more.
ENDED = ("refused", "lost", "cancelled")


class CandidateCase(NamedTuple):
    """A brokerage case of a takeover, and its actor."""

    case: BrokerageCase
    actor: Actor


def takeovers_followed_by(session: Session, actor_ids: Collection[str], but: str) -> dict[str, str]:
    """Actor → the title of another takeover of which it has a case that is open or won."""
    question = (
        select(Suggestion.actor_id, Opportunity.title)
        .join(BrokerageCase, col(BrokerageCase.suggestion_id) == Suggestion.id)
        .join(Opportunity, col(Opportunity.id) == Suggestion.opportunity_id)
        .where(
            col(Suggestion.actor_id).in_(list(actor_ids)),
            Opportunity.kind == "takeover",
            Opportunity.id != but,
            col(BrokerageCase.state).not_in(ENDED),
        )
        .order_by(Opportunity.title)
    )
    return {actor_id: title for actor_id, title in session.exec(question) if actor_id}


def candidate_cases(session: Session, opportunity_id: str) -> Sequence[CandidateCase]:
    """The cases of a takeover that are not cancelled, with their actors, the last touched first."""
    question = (
        select(BrokerageCase, Actor)
        .join(Suggestion, col(Suggestion.id) == BrokerageCase.suggestion_id)
        .join(Actor, col(Actor.id) == Suggestion.actor_id)
        .where(Suggestion.opportunity_id == opportunity_id, BrokerageCase.state != "cancelled")
        .order_by(col(BrokerageCase.touched_at).desc(), BrokerageCase.id)
    )
    return [CandidateCase(case, actor) for case, actor in session.exec(question)]


def chosen_roles(session: Session, opportunity_id: str) -> Sequence[TakeoverCandidate]:
    """Who was chosen for which role of a takeover."""
    question = select(TakeoverCandidate).where(TakeoverCandidate.opportunity_id == opportunity_id)
    return session.exec(question.order_by(TakeoverCandidate.actor_id, TakeoverCandidate.role)).all()
