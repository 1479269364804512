"""Actors beside each other for one opportunity, and what would bring those who follow among the first.

Both read what a ranking measured; nothing is recorded, for no list is shown anew.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from api.accounts.audience import Audience
from api.core.errors import NotFoundError
from api.matching.answer import ActorCard, Answer, Entry, OpportunityCard
from api.matching.snapshot import Snapshot
from api.matching.subject import opportunity_index
from matcher.counterfactual import Change, changes
from matcher.features import FEATURES, OPPORTUNITY_HALF_LIFE_DAYS
from matcher.types import Opportunity, Reason, Suggestion, form_of

FIRST, LAST = 3, 10


@dataclass(frozen=True)
class Side:
    """One of two actors: as it would be suggested, or why it is excluded."""

    card: ActorCard
    member: ActorCard | None
    suggestion: Suggestion | None
    refusal: Reason | None


@dataclass(frozen=True)
class Within:
    """An actor that is not among the first: what it lacks, in points of logit, and each single change that suffices."""

    entry: Entry
    missing: float
    changes: Sequence[Change]


def compare_actors(
    snapshot: Snapshot,
    opportunity_id: str,
    actor_ids: Sequence[str],
    audience: Audience,
    *,
    even_closed: bool = False,
    today: date,
) -> tuple[OpportunityCard, list[Side]]:
    """Return an opportunity without lots, or one lot, and how actors stand before it. Raises NotFoundError."""
    rows = snapshot.lots_of(opportunity_id, confidential=audience.confidential)
    for actor_id in actor_ids:
        snapshot.actor(actor_id, confidential=audience.confidential)
    if not actor_ids:
        return snapshot.opportunity_cards[rows[0].id], []
    index = opportunity_index(snapshot, rows[0])
    if even_closed:
        index = index.reopened()
    wanted = set(actor_ids)
    among = np.zeros(snapshot.actors.actor_count, np.bool_)
    among[snapshot.actors.positions(wanted)] = True
    ranking = snapshot.matcher.actors_for(index, snapshot.actors, today=today, k=len(wanted), among=among, apart=True)
    suggested = {suggestion.candidate_id: suggestion for suggestion in ranking.suggestions}
    refused = {filtered_candidate.candidate_id: filtered_candidate.reason for filtered_candidate in ranking.filtered}
    cards = snapshot.actor_cards
    sides = [
        Side(
            card=cards[actor_id],
            member=cards.get(suggested[actor_id].via_member or "") if actor_id in suggested else None,
            suggestion=suggested.get(actor_id),
            refusal=refused.get(actor_id),
        )
        for actor_id in actor_ids
    ]
    return snapshot.opportunity_cards[rows[0].id], sides


def within_reach(snapshot: Snapshot, answer: Answer, *, today: date) -> list[Within]:
    """Return, for those who stand after the first three, what would bring each among them; the others stay as they are.

    answer: a list of actors for an opportunity in its own order, attention not shared.
    """
    if answer.question is None:
        raise NotFoundError("Cette opportunité n’existe pas.")
    rows = snapshot.opportunities.opportunities
    opportunity = next(row for row in rows if row.id == answer.question.id)
    entries = answer.entries[:LAST]
    required_changes = []
    for entry in entries[FIRST:]:
        weights = snapshot.matcher.weights[entry.suggestion.role].calibrated(form_of(opportunity))
        known = _values(entry.suggestion)
        values = {
            name: weights.neutral[name] if (feature_value := known.get(name)) is None else feature_value
            for name in FEATURES
        }
        missing = max(_logit(entries[FIRST - 1].suggestion) - _logit(entry.suggestion), 0.0)
        reachable = _reachable(opportunity, weights.values, values, today)
        required_changes.append(Within(entry, missing, changes(missing, values, weights.values, reachable)))
    return required_changes


def _reachable(
    opportunity: Opportunity, weights: Mapping[str, float], values: Mapping[str, float], today: date
) -> dict[str, tuple[float, float]]:
    """Return what an actor's features can become: the opportunity's own part of them stays."""
    reach = dict.fromkeys(FEATURES, (0.0, 1.0))
    if opportunity.published_on:
        # Of freshness a half is how recent the opportunity is.
        days = max((today - opportunity.published_on).days, 0)
        own = math.exp2(-days / OPPORTUNITY_HALF_LIFE_DAYS)
        reach["freshness"] = (own / 2, (1 + own) / 2)
    # What somebody is does not change.
    del reach["vocation"]
    if not opportunity.naf and not opportunity.cpv:
        del reach["sector"]
    if opportunity.point is None:
        del reach["nearness"]
    if opportunity.amount_eur is None and opportunity.headcount is None:
        del reach["capacity"]
    # One weighs on the other side only by an accident of learning: nobody should be told to do worse.
    return {name: limits for name, limits in reach.items() if weights[name] > 0 and limits[1] > values[name]}


def _logit(suggestion: Suggestion) -> float:
    return round(suggestion.bias + sum(reason.contribution for reason in suggestion.reasons), 9)


def _values(suggestion: Suggestion) -> dict[str, float | None]:
    return {reason.code.removesuffix("_unknown"): reason.value for reason in suggestion.reasons}
