"""Actors that were approached about a takeover and of which no case is open, with what they may read."""

from collections.abc import Collection

from sqlmodel import Session

from api.confidentiality.disclosure import DisclosureLevel
from api.core.clock import day_in_france
from api.core.french import day
from api.takeovers.reach.approached import ApproachedActor, approached_actors

LEVELS = {
    DisclosureLevel.TEASER: "fiche aveugle",
    DisclosureLevel.ONE_SIDE: "accord d’un seul côté",
    DisclosureLevel.IDENTITY: "identité révélée",
    DisclosureLevel.DOCUMENTS: "documents ouverts",
}


def approached_rows(
    session: Session, opportunity_id: str, with_case: Collection[str | None]
) -> list[tuple[str, str, str]]:
    """Return (id, name, what was done) of the approached actors. with_case: those that are left out."""
    actors = approached_actors(session, opportunity_id)
    return [(actor.actor_id, actor.name, _told(actor)) for actor in actors if actor.actor_id not in with_case]


def _told(actor: ApproachedActor) -> str:
    proposed = f"proposé le {day(day_in_france(actor.proposed_at).isoformat())}" if actor.proposed_at else ""
    level = LEVELS[actor.level] if actor.level != DisclosureLevel.TEASER else ""
    return ", ".join(filter(None, [proposed, level]))
