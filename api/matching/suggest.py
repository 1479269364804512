"""Suggest: a question → a ranking. Whoever shows it records it (`api.matching.impressions`)."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from sqlmodel import Session

from api.accounts.audience import Audience
from api.core.errors import ForbiddenError, NotFoundError
from api.matching import queries
from api.matching.answer import ActorCard, Answer, AskedLot, Card, Entry, OpportunityCard, Refused, subject_of
from api.matching.attention import attention
from api.matching.need_question import name_of_question, opportunities_of
from api.matching.snapshot import Snapshot
from api.matching.subject import actor_index, encode_on_grid, opportunity_index
from api.understanding.need import Need
from api.understanding.understand import understand
from matcher import types as match
from matcher.embedding import Encoder, text_hash
from matcher.exposure import Attention
from matcher.index import ActorIndex, OpportunityIndex
from matcher.types import BoolArray
from models.base import identifier
from models.suggestions import Impression, RankedList, Suggestion

# The most that one question is answered with: lists, and lines in all of them.
MOST_LISTS, MOST_LINES = 20, 500


@dataclass(frozen=True)
class Filters:
    """What the asker narrows the candidates to; empty leaves them all."""

    kinds: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()

    def variant(self, *, even_closed: bool = False, share: bool = False) -> tuple[str, ...]:
        """Return what tells two questions about one subject apart."""
        chosen = {"fermées": even_closed, "partagée": share}
        return (*sorted(self.kinds), *sorted(self.departments), *(name for name, asked in chosen.items() if asked))


def actors_for_opportunity(
    session: Session,
    snapshot: Snapshot,
    opportunity_id: str,
    audience: Audience,
    *,
    k: int,
    filters: Filters | None = None,
    even_closed: bool = False,
    share: bool = False,
    today: date,
) -> list[Answer]:
    """Rank actors for an opportunity: one list, or one for each lot, as many as `MOST_LISTS` and `MOST_LINES` allow.

    A closed opportunity excludes everybody, unless it is asked who would have suited it (`even_closed`). With `share`,
    attention is shared among the actors (`matcher.exposure`). Raises NotFoundError, ForbiddenError.
    """
    _may_share(audience, share)
    shared = attention(session, snapshot, today) if share else None
    variant = (filters or Filters()).variant(even_closed=even_closed, share=share)
    answers = []
    # One list a lot, the first lots first: a list costs as much as an opportunity's.
    for row in snapshot.lots_of(opportunity_id, confidential=audience.confidential)[: most_lists(k)]:
        card = snapshot.opportunity_cards[row.id]
        index = opportunity_index(snapshot, row)
        if even_closed:
            index = index.reopened()
        subject = subject_of(card)
        ranking = _rank_actors(snapshot, index, audience, filters, k, today, shared and shared.about(subject))
        answers.append(_answer("actors_for_opportunity", subject, card, ranking, snapshot, variant))
    return answers


def actors_by_role(
    snapshot: Snapshot, opportunity_id: str, audience: Audience, *, k: int, today: date
) -> dict[match.Role, list[Entry]]:
    """Return the first k actors of each role of a takeover: who takes over, accompanies, finances…

    An actor that plays several roles is in the list of each. Raises NotFoundError.
    """
    (row,) = snapshot.lots_of(opportunity_id, confidential=audience.confidential)[:1]
    subject = subject_of(snapshot.opportunity_cards[row.id])
    ranked = snapshot.matcher.actors_by_role(
        opportunity_index(snapshot, row),
        snapshot.actors,
        today=today,
        k=k,
        among=_actors_among(snapshot, audience, None),
    )
    return {
        role: [
            Entry(
                identifier("suggestions", suggestion.candidate_id, subject),
                snapshot.actor_cards[suggestion.candidate_id],
                snapshot.actor_cards.get(suggestion.via_member or ""),
                suggestion,
            )
            for suggestion in suggestions
        ]
        for role, suggestions in ranked.items()
    }


def actors_for_text(
    session: Session,
    snapshot: Snapshot,
    encoder: Encoder,
    text: str,
    audience: Audience,
    *,
    k: int,
    filters: Filters | None = None,
    share: bool = False,
    today: date,
) -> list[Answer]:
    """Rank actors for a need in anybody's words, as `actors_for_need`. The text is not kept, only its hash."""
    need = understand(text, snapshot.gazetteer, snapshot.departments, today).need
    return actors_for_need(session, snapshot, encoder, need, audience, k=k, filters=filters, share=share, today=today)


def actors_for_need(
    session: Session,
    snapshot: Snapshot,
    encoder: Encoder,
    need: Need,
    audience: Audience,
    *,
    k: int,
    filters: Filters | None = None,
    share: bool = False,
    today: date,
) -> list[Answer]:
    """Rank actors for a need: one list, or one for each lot, as many as `MOST_LISTS` and `MOST_LINES` allow.

    Raises ForbiddenError.
    """
    _may_share(audience, share)
    shared = attention(session, snapshot, today) if share else None
    variant = (filters or Filters()).variant(share=share)
    # One list a lot, the first lots first: a list costs as much as an opportunity's.
    rows = opportunities_of(need, today)[: most_lists(k)]
    whole = OpportunityIndex.build(rows, encode_on_grid(encoder))
    answers = []
    for position, row in enumerate(rows):
        subject = f"text:{text_hash(name_of_question(row))}"
        ranking = _rank_actors(
            snapshot, whole.row(position), audience, filters, k, today, shared.about(subject) if shared else None
        )
        lot = need.lots[position] if need.lots else None
        place = (lot and lot.place) or need.place
        answer = _answer("actors_for_text", subject, None, ranking, snapshot, variant)
        asked_lot = AskedLot(lot.number, lot.title) if lot else None
        answers.append(replace(answer, place=place.label if place else None, lot=asked_lot))
    return answers


def most_lists(k: int) -> int:
    """Return how many lists of `k` lines one question is answered with."""
    return max(min(MOST_LISTS, MOST_LINES // k), 1)


def opportunities_for_actor(
    snapshot: Snapshot,
    actor_id: str,
    audience: Audience,
    *,
    k: int,
    filters: Filters | None = None,
    even_closed: bool = False,
    today: date,
) -> Answer:
    """Rank opportunities, lot by lot, for an actor; with `even_closed`, past ones too. Raises NotFoundError."""
    actor = snapshot.actor(actor_id, confidential=audience.confidential)
    every = np.ones(len(snapshot.opportunities), np.bool_)
    visible = every if audience.confidential else snapshot.public_opportunities
    among = _among(snapshot.opportunities, visible, filters)
    index = actor_index(snapshot, actor)
    candidates = snapshot.opportunities.reopened() if even_closed else snapshot.opportunities
    ranking = snapshot.matcher.opportunities_for(index, candidates, today=today, k=k, among=among)
    variant = (filters or Filters()).variant(even_closed=even_closed)
    card = snapshot.actor_cards[actor_id]
    return _answer("opportunities_for_actor", f"actor:{actor_id}", card, ranking, snapshot, variant)


@dataclass(frozen=True)
class Breakdown:
    """A suggestion as it was last shown: the score taken apart."""

    suggestion: Suggestion
    impression: Impression
    ranked_list: RankedList
    reasons: tuple[match.Reason, ...]
    actor: ActorCard
    opportunity: OpportunityCard | None
    member: ActorCard | None


def breakdown(session: Session, snapshot: Snapshot, suggestion_id: str, audience: Audience) -> Breakdown:
    """Return how a suggestion was last scored. Raises NotFoundError."""
    suggestion = queries.suggestion_by_id(session, suggestion_id, confidential=audience.confidential)
    shown = queries.last_impression(session, suggestion_id, confidential=audience.confidential)
    if suggestion is None or shown is None:
        raise NotFoundError("Cette suggestion n’existe pas.")
    impression, ranked_list = shown
    if suggestion.actor_id is None:
        raise NotFoundError("Cette suggestion a été faite à une recherche : elle n’a pas d’acteur.")
    member_id = impression.breakdown["via_member"] or ""
    actor = snapshot.actor(suggestion.actor_id, confidential=audience.confidential)
    if member_id in snapshot.confidential and not audience.confidential:
        raise NotFoundError("Cette suggestion n’existe pas.")
    return Breakdown(
        suggestion=suggestion,
        impression=impression,
        ranked_list=ranked_list,
        reasons=tuple(match.Reason(**reason) for reason in impression.breakdown["reasons"]),
        actor=snapshot.actor_cards[actor.id],
        opportunity=snapshot.opportunity_cards.get(suggestion.lot_id or suggestion.opportunity_id or ""),
        member=snapshot.actor_cards.get(member_id),
    )


def _may_share(audience: Audience, share: bool) -> None:
    if share and not audience.confidential:
        # Who was shown for confidential cases sinks: an outsider would feel it.
        raise ForbiddenError("Faire tourner les propositions est réservé aux animateurs et animatrices.")


def _rank_actors(
    snapshot: Snapshot,
    index: OpportunityIndex,
    audience: Audience,
    filters: Filters | None,
    k: int,
    today: date,
    shared: Attention | None,
) -> match.Ranking:
    among = _actors_among(snapshot, audience, filters)
    return snapshot.matcher.actors_for(index, snapshot.actors, today=today, k=k, among=among, attention=shared)


def _actors_among(snapshot: Snapshot, audience: Audience, filters: Filters | None) -> BoolArray:
    """Return which actors the asker may see and wants `(n_actors,)`."""
    every = np.ones(snapshot.actors.actor_count, np.bool_)
    return _among(snapshot.actors, every if audience.confidential else snapshot.public_actors, filters)


def _among(index: ActorIndex | OpportunityIndex, visible: BoolArray, filters: Filters | None) -> BoolArray:
    """Return which candidates are visible and wanted `(n,)`; visible: same shape."""
    among = visible
    if filters and filters.kinds:
        among = among & index.having("kinds", filters.kinds)
    if filters and filters.departments:
        among = among & index.having("departments", filters.departments)
    return among


def _answer(
    direction: str,
    subject: str,
    question: Card | None,
    ranking: match.Ranking,
    snapshot: Snapshot,
    variant: tuple[str, ...],
) -> Answer:
    def card(candidate_id: str) -> Card:
        return snapshot.actor_cards.get(candidate_id) or snapshot.opportunity_cards[candidate_id]

    def suggestion_id(candidate: Card) -> str:
        if isinstance(candidate, ActorCard):
            return identifier("suggestions", candidate.id, subject)
        assert isinstance(question, ActorCard)
        return identifier("suggestions", question.id, subject_of(candidate))

    return Answer(
        direction=direction,
        subject=subject,
        question=question,
        entries=tuple(
            Entry(
                suggestion_id(card(suggestion.candidate_id)),
                card(suggestion.candidate_id),
                snapshot.actor_cards.get(suggestion.via_member or ""),
                suggestion,
                tuple(snapshot.actor_cards[actor_id] for actor_id in suggestion.same_place),
            )
            for suggestion in ranking.suggestions
        ),
        refused=tuple(Refused(card(row.candidate_id), row.reason) for row in ranking.filtered),
        n_candidates=ranking.n_candidates,
        variant=variant,
    )
