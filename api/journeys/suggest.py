"""Suggest: a question → a ranking, recorded as impressions. Pages, API and alerts all come here."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlmodel import Session

from api.dates import day_in_france
from api.errors import ForbiddenError, NotFoundError
from api.journeys.attention import attention
from api.journeys.desk import ActorCard, Desk, OpportunityCard, Snapshot
from api.settings import settings
from matcher import types as match
from matcher.embedding import from_grid, text_hash, to_grid
from matcher.exposure import Attention
from matcher.index import ActorIndex, OpportunityIndex
from matcher.types import BoolArray
from models import queries
from models.base import identifier, utc_now
from models.database import reading, writing
from models.suggestions import Impression, RankedList, Suggestion

Card = ActorCard | OpportunityCard

# A pasted text's first words stand for its title.
TITLE_LENGTH = 300
# The kind of a card that stands for words somebody follows, where an actor's would be.
SEARCH = "search"
# What stands for it where it is read again.
PASTED = "texte collé"


@dataclass(frozen=True)
class Audience:
    """Who asks: only a facilitator is answered about what is confidential."""

    confidential: bool = False
    api_key_id: str | None = None
    account_id: str | None = None

    @property
    def by(self) -> str:
        """How the journal names the asker; who has neither an account nor a key sits at the command line."""
        if self.account_id:
            return f"account:{self.account_id}"
        return f"key:{self.api_key_id}" if self.api_key_id else "cli"


@dataclass(frozen=True)
class Filters:
    """What the asker narrows the candidates to; empty leaves them all."""

    kinds: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entry:
    """One line of a list: the suggestion's id, whom or what it is about, through which member, and why."""

    suggestion_id: str
    card: Card
    member: ActorCard | None
    suggestion: match.Suggestion


@dataclass(frozen=True)
class Refused:
    """A candidate that a hard condition excludes, and which."""

    card: Card
    reason: match.Reason


@dataclass(frozen=True)
class Answer:
    """One ranked list. `subject` names the question; `question` is its card, None for a pasted text.

    `place` is the commune that was read in a pasted text.
    """

    direction: str
    subject: str
    question: Card | None
    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...]
    considered: int
    place: str | None = None


def today_in_france() -> date:
    """A deadline ends with the day in France, whatever the server's clock shows."""
    return day_in_france(utc_now())


def actors_for_opportunity(
    desk: Desk,
    opportunity_id: str,
    audience: Audience,
    *,
    k: int,
    filters: Filters | None = None,
    even_closed: bool = False,
    share: bool = False,
    today: date,
) -> list[Answer]:
    """Rank actors for an opportunity: one list, or one for each lot. Raises NotFoundError, ForbiddenError.

    A closed opportunity excludes everybody, unless it is asked who would have suited it (`even_closed`). With `share`,
    attention is shared among the actors (`matcher.exposure`).
    """
    _may_share(audience, share)
    snapshot = desk.snapshot()
    shared = attention(desk.engine, snapshot, today) if share else None
    answers = []
    for row in snapshot.lots_of(opportunity_id, confidential=audience.confidential):
        card = snapshot.opportunity_cards[row.id]
        index = OpportunityIndex.build([row], desk.vectors.rows)
        if even_closed:
            index = index.reopened()
        subject = subject_of(card)
        ranking = _rank_actors(snapshot, index, audience, filters, k, today, shared and shared.about(subject))
        answers.append(_answer("actors_for_opportunity", subject, card, ranking, snapshot))
    _write(desk, snapshot, answers, audience)
    return answers


def actors_for_text(
    desk: Desk,
    text: str,
    audience: Audience,
    *,
    k: int,
    filters: Filters | None = None,
    share: bool = False,
    today: date,
) -> Answer:
    """Rank actors for a need in anybody's words. The text itself is not kept, only its hash. Raises ForbiddenError."""
    _may_share(audience, share)
    snapshot = desk.snapshot()
    title = " ".join(text.split())
    commune = snapshot.gazetteer.mentioned(title, frozenset(settings().departments.split(",")))
    row = match.Opportunity(
        id="text",
        kind=match.OpportunityKind.MARKET,
        title=title[:TITLE_LENGTH],
        description=title[TITLE_LENGTH:],
        point=match.Point(commune.lat, commune.lon) if commune else None,
        department=commune.department if commune else None,
        commune=commune.code if commune else None,
    )
    index = OpportunityIndex.build([row], lambda texts: from_grid(to_grid(desk.encoder.encode(texts))))
    subject = f"text:{text_hash(title)}"
    shared = attention(desk.engine, snapshot, today).about(subject) if share else None
    ranking = _rank_actors(snapshot, index, audience, filters, k, today, shared)
    answer = _answer("actors_for_text", subject, None, ranking, snapshot)
    answer = replace(answer, place=f"{commune.name} ({commune.department})" if commune else None)
    _write(desk, snapshot, [answer], audience)
    return answer


def opportunities_for_actor(
    desk: Desk,
    actor_id: str,
    audience: Audience,
    *,
    k: int,
    filters: Filters | None = None,
    even_closed: bool = False,
    today: date,
) -> Answer:
    """Rank opportunities, lot by lot, for an actor; with `even_closed`, past ones too. Raises NotFoundError."""
    snapshot = desk.snapshot()
    actor = snapshot.actor(actor_id, confidential=audience.confidential)
    among = _among(snapshot, snapshot.opportunities.opportunities, audience, filters)
    index = ActorIndex.build([actor], desk.vectors.rows)
    candidates = snapshot.opportunities.reopened() if even_closed else snapshot.opportunities
    ranking = snapshot.matcher.opportunities_for(index, candidates, today=today, k=k, among=among)
    answer = _answer("opportunities_for_actor", f"actor:{actor_id}", snapshot.actor_cards[actor_id], ranking, snapshot)
    _write(desk, snapshot, [answer], audience)
    return answer


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


def breakdown(desk: Desk, suggestion_id: str, audience: Audience) -> Breakdown:
    """Return how a suggestion was last scored. Raises NotFoundError."""
    with reading(desk.engine) as session:
        suggestion = queries.suggestion_by_id(session, suggestion_id, confidential=audience.confidential)
        shown = queries.last_impression(session, suggestion_id, confidential=audience.confidential)
    if suggestion is None or shown is None:
        raise NotFoundError("Cette suggestion n’existe pas.")
    impression, ranked_list = shown
    if suggestion.actor_id is None:
        raise NotFoundError("Cette suggestion a été faite à une recherche : elle n’a pas d’acteur.")
    snapshot = desk.snapshot()
    member_id = impression.breakdown["via_member"] or ""
    if member_id in snapshot.confidential and not audience.confidential:
        raise NotFoundError("Cette suggestion n’existe pas.")
    return Breakdown(
        suggestion=suggestion,
        impression=impression,
        ranked_list=ranked_list,
        reasons=tuple(match.Reason(**reason) for reason in impression.breakdown["reasons"]),
        actor=snapshot.actor_cards[suggestion.actor_id],
        opportunity=snapshot.opportunity_cards.get(suggestion.lot_id or suggestion.opportunity_id or ""),
        member=snapshot.actor_cards.get(member_id),
    )


def _may_share(audience: Audience, share: bool) -> None:
    if share and not audience.confidential:
        # Who was shown for confidential cases sinks: an outsider would feel it.
        raise ForbiddenError("Partager l’attention est réservé aux animateurs et animatrices.")


def _rank_actors(
    snapshot: Snapshot,
    index: OpportunityIndex,
    audience: Audience,
    filters: Filters | None,
    k: int,
    today: date,
    shared: Attention | None,
) -> match.Ranking:
    among = _among(snapshot, snapshot.actors.actors, audience, filters)
    return snapshot.matcher.actors_for(index, snapshot.actors, today=today, k=k, among=among, attention=shared)


def _among(
    snapshot: Snapshot,
    candidates: Sequence[match.Actor] | Sequence[match.Opportunity],
    audience: Audience,
    filters: Filters | None,
) -> BoolArray:
    """Return which candidates the asker may see and wants `(n,)`."""
    return np.array(
        [
            _passes(filters, one.kind, one.department)
            and (audience.confidential or one.id not in snapshot.confidential)
            for one in candidates
        ],
        np.bool_,
    )


def _passes(filters: Filters | None, kind: str, department: str | None) -> bool:
    if filters is None:
        return True
    return (not filters.kinds or kind in filters.kinds) and (
        not filters.departments or department in filters.departments
    )


def name_of(card: Card) -> str:
    """Return what a reader is shown as the name of an actor, an opportunity or a lot."""
    return card.name if isinstance(card, ActorCard) else card.display_title


def subject_of(card: OpportunityCard) -> str:
    """Return the name of an opportunity, or of a lot, as a suggestion's subject."""
    return f"lot:{card.lot_id}" if card.lot_id else f"opportunity:{card.opportunity_id}"


def _answer(direction: str, subject: str, question: Card | None, ranking: match.Ranking, snapshot: Snapshot) -> Answer:
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
                suggestion_id(card(one.candidate_id)),
                card(one.candidate_id),
                snapshot.actor_cards.get(one.via_member or ""),
                one,
            )
            for one in ranking.suggestions
        ),
        refused=tuple(Refused(card(refusal.candidate_id), refusal.reason) for refusal in ranking.refusals),
        considered=ranking.considered,
    )


def _write(desk: Desk, snapshot: Snapshot, answers: Sequence[Answer], audience: Audience) -> None:
    with writing(desk.engine) as session:
        record(session, desk, snapshot, answers, audience)


def record(
    session: Session, desk: Desk, snapshot: Snapshot, answers: Sequence[Answer], audience: Audience
) -> dict[str, str]:
    """Write each list and its lines as impressions: what tuning will learn from, and what was shown to whom.

    Returns suggestion id → impression id.
    """
    impressions: dict[str, str] = {}
    for answer in answers:
        ranked_list = RankedList(
            id=str(uuid.uuid4()),
            direction=answer.direction,
            subject=answer.subject,
            weights_id=snapshot.weights_id,
            encoder_revision=desk.encoder.revision,
            api_key_id=audience.api_key_id,
        )
        session.add(ranked_list)
        session.flush()
        known = queries.known_suggestions(session, [entry.suggestion_id for entry in answer.entries])
        new = [_suggestion_row(answer, entry, snapshot) for entry in answer.entries if entry.suggestion_id not in known]
        if new:
            session.execute(insert(Suggestion), new)
        rows = [_impression_row(ranked_list.id, entry, answer) for entry in answer.entries]
        if rows:
            session.execute(insert(Impression), rows)
        impressions |= {row["suggestion_id"]: row["id"] for row in rows}
    return impressions


def _without_text(figures: dict[str, Any]) -> dict[str, Any]:
    return figures | {"need": PASTED} if "need" in figures else figures


def _suggestion_row(answer: Answer, entry: Entry, snapshot: Snapshot) -> dict[str, Any]:
    """The pair in its one form, whichever side asked."""
    if isinstance(entry.card, ActorCard):
        actor, opportunity, subject = entry.card, answer.question, answer.subject
    else:
        assert isinstance(answer.question, ActorCard)
        actor, opportunity, subject = answer.question, entry.card, subject_of(entry.card)
    assert not isinstance(opportunity, ActorCard)
    searched = actor.kind == SEARCH
    row = Suggestion(
        id=entry.suggestion_id,
        actor_id=None if searched else actor.id,
        subscription_id=actor.id if searched else None,
        subject=subject,
        opportunity_id=opportunity.opportunity_id if opportunity else None,
        lot_id=opportunity.lot_id if opportunity else None,
        confidential=bool(snapshot.confidential & {actor.id, opportunity.id if opportunity else ""}),
    )
    return row.model_dump()


def _impression_row(list_id: str, entry: Entry, answer: Answer) -> dict[str, Any]:
    one = entry.suggestion
    reasons = [asdict(reason) for reason in one.reasons]
    if answer.question is None:
        # A pasted text is not kept: it may name people.
        reasons = [reason | {"figures": _without_text(reason["figures"])} for reason in reasons]
    content = {"bias": one.bias, "via_member": one.via_member, "reasons": reasons}
    row = Impression(
        id=str(uuid.uuid4()),
        list_id=list_id,
        suggestion_id=entry.suggestion_id,
        rank=one.rank,
        score=one.score,
        propensity=one.propensity,
        breakdown=content,
    )
    return row.model_dump()
