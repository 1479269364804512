"""A suggestion as a partner reads it: a public opportunity in full, a confidential case by its teaser alone."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from api.catalogue import queries as catalogue_queries
from api.confidentiality.teaser import is_announced
from api.confidentiality.told_lines import last_lines
from api.core.errors import NotFoundError
from api.matching import queries as matching_queries
from api.matching.advice_wording import mark_to_partner, score_in_words
from api.matching.deciding_reasons import deciding_reasons
from api.matching.fact_chips import FactChip, known_chips
from api.matching.reasons import sentence
from api.partner_view import queries
from matcher.types import Reason
from models.actors import Actor
from models.database import reading
from models.opportunities import Lot, Opportunity
from models.places import Commune
from models.suggestions import Impression, Suggestion

GONE = "Cette suggestion n’existe plus."


@dataclass(frozen=True)
class SuggestionView:
    """What a partner may read of a suggestion. actor: whom it is for; level: its score in words.

    Of a confidential case only `title` (its teaser) and `actor` are given.
    """

    title: str
    actor: str | None = None
    place: str | None = None
    deadline: date | None = None
    status: str = "open"
    level: str | None = None
    chips: tuple[FactChip, ...] = ()
    reasons: tuple[str, ...] = ()
    url: str | None = None
    teaser: bool = False


def suggestion_view(engine: Engine, partner_id: str, suggestion_id: str) -> SuggestionView:
    """Return a suggestion as it was announced to this partner, else as it was last shown to anybody.

    Confidentiality is read from today's tables; a confidential case reads as the last line that was told of it.
    Raises NotFoundError for an unknown partner or suggestion, a confidential actor, a confidential case that is not
    announced or of which nothing was told yet.
    """
    with reading(engine) as session:
        suggestion, actor, opportunity = visible_suggestion(session, partner_id, suggestion_id)
        actor_name = actor.name if actor else None
        if opportunity is None:
            assert actor is not None
            # The query was a pasted text: the candidate is the actor.
            shown_view = SuggestionView(title=actor.name, place=_place(session, actor))
        else:
            if opportunity.confidential:
                last_line = last_lines(session, [opportunity.id]).get(opportunity.id)
                if last_line is None:
                    raise NotFoundError(GONE)
                return SuggestionView(title=last_line.text, actor=actor_name, teaser=True)
            shown_view = _public(session, opportunity, suggestion.lot_id, actor_name)
        impression = queries.announced_impression(session, partner_id, suggestion_id)
        if impression is None:
            last_shown = matching_queries.last_impression(session, suggestion_id, confidential=True)
            impression = last_shown[0] if last_shown else None
        if impression is None or not _may_show(session, impression):
            return shown_view
    stored_reasons = [Reason(**stored_reason) for stored_reason in impression.breakdown["reasons"]]
    return replace(
        shown_view,
        level=mark_to_partner(score_in_words(impression.score)),
        chips=tuple(known_chips(stored_reasons, "actor")),
        reasons=tuple(sentence(reason, "actor") for reason in deciding_reasons(stored_reasons)),
    )


class VisibleSuggestion(NamedTuple):
    """A suggestion that a partner may read today; of a confidential case, by its teaser. actor: None for a search."""

    suggestion: Suggestion
    actor: Actor | None
    opportunity: Opportunity | None


def visible_suggestion(
    session: Session, partner_id: str, suggestion_id: str, *, to_judge: bool = False
) -> VisibleSuggestion:
    """Return a suggestion if this partner may read it now. Raises NotFoundError, the same for whatever may not be.

    to_judge: nothing but that is asked of it.
    """
    found = queries.suggestion_with_sides(session, partner_id, suggestion_id, to_judge=to_judge)
    if found is None:
        raise NotFoundError(GONE)
    suggestion, actor, opportunity = found
    if actor is not None and actor.confidential:
        actor = None
    # A suggestion to a saved search has no actor.
    if actor is None and suggestion.subscription_id is None:
        raise NotFoundError(GONE)
    if suggestion.opportunity_id is not None and not _is_visible(opportunity):
        raise NotFoundError(GONE)
    return VisibleSuggestion(suggestion, actor, opportunity)


def visible_opportunity(session: Session, opportunity_id: str) -> Opportunity:
    """Return an opportunity of which outsiders may know now. Raises NotFoundError."""
    opportunity = catalogue_queries.opportunity_by_id(session, opportunity_id, confidential=True)
    if opportunity is None or not _is_visible(opportunity):
        raise NotFoundError(GONE)
    return opportunity


def _is_visible(opportunity: Opportunity | None) -> bool:
    return opportunity is not None and (not opportunity.confidential or is_announced(opportunity))


def _public(session: Session, opportunity: Opportunity, lot_id: str | None, actor_name: str | None) -> SuggestionView:
    lot = session.get(Lot, lot_id) if lot_id else None
    return SuggestionView(
        title=f"{opportunity.title} – lot {lot.number} : {lot.title}" if lot else opportunity.title,
        actor=actor_name,
        place=_place(session, opportunity),
        deadline=opportunity.deadline,
        status=opportunity.status,
        url=opportunity.url,
    )


def _place(session: Session, row: Opportunity | Actor) -> str | None:
    commune = session.get(Commune, row.commune_code) if row.commune_code else None
    commune_name = commune.name if commune else row.commune_name
    if commune_name and row.department:
        return f"{commune_name} ({row.department})"
    return commune_name or row.department


def _may_show(session: Session, impression: Impression) -> bool:
    """Reasons describe the member: not to be shown if it is confidential today."""
    member: Any = impression.breakdown.get("via_member")
    return not member or catalogue_queries.actor_by_id(session, member, confidential=False) is not None
