"""Ranked lists written as impressions."""

import uuid
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from api.accounts.audience import Audience
from api.matching import queries
from api.matching.answer import SEARCH, ActorCard, Answer, Entry, subject_of
from api.matching.snapshot import Desk, Snapshot
from models.suggestions import Impression, RankedList, Suggestion

# What stands for it where it is read again.
PASTED = "texte collé"


@dataclass(frozen=True)
class RankedBy:
    """What ranked a list, and the ids of confidential actors, opportunities and lots that may stand in it."""

    weights_id: str
    encoder_revision: str
    confidential: AbstractSet[str]


def record(
    session: Session, desk: Desk, snapshot: Snapshot, answers: Sequence[Answer], audience: Audience
) -> dict[str, str]:
    """Write lists that were ranked on the full desk, as `record_answers` does."""
    ranked_by = RankedBy(snapshot.weights_id, desk.encoder.revision, snapshot.confidential)
    return record_answers(session, answers, audience, ranked_by)


def record_answers(
    session: Session, answers: Sequence[Answer], audience: Audience, ranked_by: RankedBy
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
            weights_id=ranked_by.weights_id,
            encoder_revision=ranked_by.encoder_revision,
            api_key_id=audience.api_key_id,
        )
        session.add(ranked_list)
        session.flush()
        known = queries.known_suggestions(session, [entry.suggestion_id for entry in answer.entries])
        unseen = (entry for entry in answer.entries if entry.suggestion_id not in known)
        new = [_suggestion_row(answer, entry, ranked_by.confidential) for entry in unseen]
        if new:
            session.execute(insert(Suggestion), new)
        rows = [_impression_row(ranked_list.id, entry, answer) for entry in answer.entries]
        if rows:
            session.execute(insert(Impression), rows)
        impressions |= {row["suggestion_id"]: row["id"] for row in rows}
    return impressions


def _without_text(figures: dict[str, Any]) -> dict[str, Any]:
    return figures | {"need": PASTED} if "need" in figures else figures


def _suggestion_row(answer: Answer, entry: Entry, confidential: AbstractSet[str]) -> dict[str, Any]:
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
        confidential=bool(confidential & {actor.id, opportunity.id if opportunity else ""}),
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
