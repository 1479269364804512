"""A suggestion as a partner is shown it: all of a public one, the teaser and nothing else of a confidential one."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.catalogue import queries as catalogue_queries
from api.confidentiality.teaser import is_told, teaser_of
from api.core.errors import NotFoundError
from api.matching import queries as matching_queries
from api.matching.reasons import score_in_words, sentence
from matcher.types import Reason
from models.actors import Actor
from models.database import reading
from models.opportunities import Lot, Opportunity
from models.partners import Partner
from models.places import Commune
from models.suggestions import Impression, Suggestion


@dataclass(frozen=True)
class Shown:
    """What a partner may read of a suggestion. `level` is its score in words; `actor` whom it is for.

    Of a confidential case all but `title` (its teaser) and `actor` is empty.
    """

    title: str
    actor: str | None = None
    place: str | None = None
    deadline: date | None = None
    status: str = "open"
    level: str | None = None
    reasons: tuple[str, ...] = ()
    url: str | None = None
    teaser: bool = False


def shown(engine: Engine, partner_id: str, suggestion_id: str, home: Collection[str]) -> Shown:
    """Return a suggestion as it was announced to this partner, or else as it was last shown to anybody.

    home: the codes of the départements that the desk serves.

    Whether something is confidential is asked of today's tables. Raises NotFoundError: unknown partner or suggestion,
    confidential actor, confidential case without a teaser.
    """
    with reading(engine) as session:
        suggestion = session.get(Suggestion, suggestion_id)
        if session.get(Partner, partner_id) is None or suggestion is None:
            raise NotFoundError("Cette suggestion n’existe plus.")
        actor = catalogue_queries.actor_by_id(session, suggestion.actor_id or "", confidential=False)
        # What a search found is for no actor.
        if actor is None and suggestion.subscription_id is None:
            raise NotFoundError("Cette suggestion n’existe plus.")
        name = actor.name if actor else None
        if suggestion.opportunity_id is None:
            assert actor is not None
            # A need in somebody's words: what is proposed is the actor.
            plain = Shown(title=actor.name, place=_place(session, actor))
        else:
            opportunity = catalogue_queries.opportunity_by_id(session, suggestion.opportunity_id, confidential=True)
            if opportunity is None:
                raise NotFoundError("Cette suggestion n’existe plus.")
            if opportunity.confidential:
                if not is_told(opportunity):
                    raise NotFoundError("Cette suggestion n’existe plus.")
                teaser = teaser_of(session, opportunity, home)
                return Shown(title=teaser.text, actor=name, teaser=True)
            plain = _public(session, opportunity, suggestion.lot_id, name)
        impression = matching_queries.announced_impression(session, partner_id, suggestion_id)
        if impression is None:
            last = matching_queries.last_impression(session, suggestion_id, confidential=True)
            impression = last[0] if last else None
        if impression is None or not _may_tell(session, impression):
            return plain
    reasons = (sentence(Reason(**reason)) for reason in impression.breakdown["reasons"])
    return replace(plain, level=score_in_words(impression.score), reasons=tuple(one for one in reasons if one))


def _public(session: Session, opportunity: Opportunity, lot_id: str | None, actor: str | None) -> Shown:
    lot = session.get(Lot, lot_id) if lot_id else None
    return Shown(
        title=f"{opportunity.title} – lot {lot.number} : {lot.title}" if lot else opportunity.title,
        actor=actor,
        place=_place(session, opportunity),
        deadline=opportunity.deadline,
        status=opportunity.status,
        url=opportunity.url,
    )


def _place(session: Session, row: Opportunity | Actor) -> str | None:
    commune = session.get(Commune, row.commune_code) if row.commune_code else None
    name = commune.name if commune else row.commune_name
    if name and row.department:
        return f"{name} ({row.department})"
    return name or row.department


def _may_tell(session: Session, impression: Impression) -> bool:
    """Reasons name what a member does: not those of one that is confidential today."""
    member: Any = impression.breakdown.get("via_member")
    return not member or catalogue_queries.actor_by_id(session, member, confidential=False) is not None
