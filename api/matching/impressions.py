"""Ranked lists written as impressions: what was shown to whom, from which the weights learn."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from typing import Any, Protocol

from sqlmodel import Session

from api.accounts.audience import Audience
from api.matching import queries
from api.matching.answer import SEARCH, ActorCard, Answer, Entry, subject_of
from api.matching.reasons import FORGOTTEN
from matcher.types import Reason
from models.base import identifier
from models.database import insert_new
from models.suggestions import Impression, RankedList, Suggestion
from models.unit_of_work import UnitOfWork

# Reasons that quote the text, or what an actor says in the same words.
QUOTING = frozenset({"semantic", "said", "words"})

# Suggestion id → its rank and its score in a list.
Lines = Mapping[str, tuple[int, float]]

_OF_REASON = tuple(field.name for field in fields(Reason))


class RankedBy(Protocol):
    """What ranked a list: a whole snapshot is one, and what a partner's list was ranked by another.

    confidential: the ids of confidential actors, opportunities and lots that may stand in the list.
    """

    @property
    def weights_id(self) -> str: ...

    @property
    def encoder_revision(self) -> str: ...

    @property
    def confidential(self) -> AbstractSet[str]: ...


@dataclass(frozen=True)
class _Ranking:
    weights_id: str
    encoder_revision: str
    confidential: AbstractSet[str]


def record(session: Session, ranked_by: RankedBy, answers: Sequence[Answer], audience: Audience) -> dict[str, str]:
    """Write each answer as a list of its own, as a mail is: whoever calls sends each of them once.

    Returns suggestion id → impression id.
    """
    impressions: dict[str, str] = {}
    for answer in answers:
        list_id = str(uuid.uuid4())
        _write_list(session, list_id, answer, ranked_by, audience)
        impressions |= _write_lines(session, list_id, answer, answer.entries, ranked_by)
    return impressions


def note_shown(
    unit: UnitOfWork, ranked_by: RankedBy, answers: Sequence[Answer], audience: Audience, *, day: date
) -> None:
    """Have written what a page or the API shows: once a viewer, question, version of the weights and day.

    Shown again it is not written again. Where a longer list is asked for, its further lines join the first; where a
    record changed meanwhile, the list that is now shown is another.
    """
    for answer in answers:
        if _unwritten(unit.session, answer, ranked_by, audience, day)[1]:
            # What waits to be written keeps no desk in memory.
            kept = _Ranking(ranked_by.weights_id, ranked_by.encoder_revision, ranked_by.confidential)
            write = partial(_write_shown, answer=answer, ranked_by=kept, audience=audience, day=day)
            unit.later(write, may_be_lost=True, lines=1 + len(answer.entries))


def _write_shown(session: Session, *, answer: Answer, ranked_by: RankedBy, audience: Audience, day: date) -> None:
    # Asked again within the writing unit: a second window may have been faster.
    list_id, missing = _unwritten(session, answer, ranked_by, audience, day)
    if missing:
        _write_list(session, list_id, answer, ranked_by, audience)
        _write_lines(session, list_id, answer, missing, ranked_by)


def _unwritten(
    session: Session, answer: Answer, ranked_by: RankedBy, audience: Audience, day: date
) -> tuple[str, Sequence[Entry]]:
    """Return the id of the list that stands for an answer, and which of its lines are not in it yet."""
    viewer, weights = audience.by, ranked_by.weights_id
    first = identifier("ranked_lists", viewer, answer.direction, answer.subject, *answer.variant, weights, day)
    lines: Lines = {entry.suggestion_id: (entry.suggestion.rank, entry.suggestion.score) for entry in answer.entries}
    known = queries.lines_of(session, first)
    if _agree(known, lines):
        return first, [entry for entry in answer.entries if entry.suggestion_id not in known]
    content = hashlib.sha256(repr(sorted(lines.items())).encode()).hexdigest()
    other = identifier("ranked_lists", first, content)
    return other, () if queries.lines_of(session, other) else answer.entries


def _agree(known: Lines, lines: Lines) -> bool:
    """Return whether two views are one list, of which either may be the beginning."""
    ranks = {rank: suggestion_id for suggestion_id, (rank, _) in known.items()}
    return all(
        known[suggestion_id] == line if suggestion_id in known else ranks.get(line[0]) is None
        for suggestion_id, line in lines.items()
    )


def _write_list(session: Session, list_id: str, answer: Answer, ranked_by: RankedBy, audience: Audience) -> None:
    row = {
        "id": list_id,
        "direction": answer.direction,
        "subject": answer.subject,
        "weights_id": ranked_by.weights_id,
        "encoder_revision": ranked_by.encoder_revision,
        "api_key_id": audience.api_key_id,
    }
    insert_new(session, RankedList, [row])


def _write_lines(
    session: Session, list_id: str, answer: Answer, entries: Sequence[Entry], ranked_by: RankedBy
) -> dict[str, str]:
    insert_new(session, Suggestion, [_suggestion_row(answer, entry, ranked_by.confidential) for entry in entries])
    rows = [_impression_row(list_id, entry, answer) for entry in entries]
    insert_new(session, Impression, rows)
    return {row["suggestion_id"]: row["id"] for row in rows}


def without_words(reason: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored reason without the words that it quotes."""
    return {**reason, "figures": {FORGOTTEN: 1}} if reason["code"] in QUOTING else dict(reason)


def _suggestion_row(answer: Answer, entry: Entry, confidential: AbstractSet[str]) -> dict[str, Any]:
    """The pair in its one form, whichever side asked."""
    if isinstance(entry.card, ActorCard):
        actor, opportunity, subject = entry.card, answer.question, answer.subject
    else:
        assert isinstance(answer.question, ActorCard)
        actor, opportunity, subject = answer.question, entry.card, subject_of(entry.card)
    assert not isinstance(opportunity, ActorCard)
    searched = actor.kind == SEARCH
    return {
        "id": entry.suggestion_id,
        "actor_id": None if searched else actor.id,
        "subscription_id": actor.id if searched else None,
        "subject": subject,
        "opportunity_id": opportunity.opportunity_id if opportunity else None,
        "lot_id": opportunity.lot_id if opportunity else None,
        "confidential": bool(confidential & {actor.id, opportunity.id if opportunity else ""}),
    }


def _impression_row(list_id: str, entry: Entry, answer: Answer) -> dict[str, Any]:
    suggestion = entry.suggestion
    reasons = [{name: getattr(reason, name) for name in _OF_REASON} for reason in suggestion.reasons]
    if answer.question is None:
        # A pasted text is not kept, nor the words that it shares: it may name people.
        reasons = [without_words(reason) for reason in reasons]
    content = {
        "role": suggestion.role.value,
        "form": suggestion.form.value,
        "bias": suggestion.bias,
        "via_member": suggestion.via_member,
        "reasons": reasons,
    }
    return {
        "id": identifier("impressions", list_id, entry.suggestion_id),
        "list_id": list_id,
        "suggestion_id": entry.suggestion_id,
        "rank": suggestion.rank,
        "score": suggestion.score,
        "propensity": suggestion.propensity,
        "breakdown": content,
    }
