"""Actors that were approached about a takeover: it was proposed to them, or one side agreed that they be told."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from api.confidentiality import queries as confidentiality_queries
from api.confidentiality.disclosure import DisclosureLevel, StandingConsents
from api.takeovers.reach.proposals import proposals_of
from models.actors import Actor
from models.reveal import Consent


@dataclass(frozen=True)
class ApproachedActor:
    """proposed_at: None where nobody proposed it; level: what it may read today by the consents of both sides."""

    actor_id: str
    name: str
    proposed_at: datetime | None
    level: DisclosureLevel


def approached_actors(session: Session, opportunity_id: str) -> list[ApproachedActor]:
    """Return the actors that were approached and still are, by name. For facilitators only."""
    proposed = {
        row.actor.id: row.proposal.proposed_at
        for row in proposals_of(session, opportunity_id)
        if row.proposal.withdrawn_at is None
    }
    consents: dict[str, dict[str, Consent]] = {}
    for consent in confidentiality_queries.consents_about(session, opportunity_id):
        if consent.withdrawn_at is None:
            consents.setdefault(consent.actor_id, {})[consent.side] = consent
    wanted = select(Actor.id, Actor.name).where(col(Actor.id).in_({*proposed, *consents}))
    return [
        ApproachedActor(actor_id, name, proposed.get(actor_id), StandingConsents(**consents.get(actor_id, {})).level)
        for actor_id, name in session.exec(wanted.order_by(Actor.name, Actor.id))
    ]
