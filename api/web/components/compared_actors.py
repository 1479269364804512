"""Several actors beside each other: the facts that decide, and what is not known of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.catalogue.queries import actors_by_ids
from api.catalogue.wording import SEEKING, approval_in_words, kind_in_words, place
from api.core.french import number
from api.matching.advice_wording import score_in_words
from api.matching.compare import Side
from api.matching.fact_chips import FactChip, known_chips
from api.matching.reasons import UNKNOWN, distance, sentence
from api.web.components.contacts import ShownContact, whom_to_call
from api.web.components.facts import headcount_in_words
from models.actors import Actor

MOST_COMPARED = 6
# Unknown by what the house measures, not by what somebody left out of the record.
_MEASURED = {"local_reach_unknown", "spelling_unknown", "words_unknown"}


@dataclass(frozen=True)
class ComparedActor:
    """An actor as one column of a comparison. missing: what is not known of it, in words.

    advice, score, refusal, chips, distance, via, suggestion_id: how it stands before an opportunity; empty without one.
    """

    id: str
    name: str
    confidential: bool
    kind: str
    place: str
    trades: Sequence[str]
    headcount: str
    approvals: Sequence[str]
    seeks: Sequence[str]
    callee: ShownContact | None
    missing: Sequence[str]
    advice: str = ""
    score: str = ""
    refusal: str = ""
    chips: Sequence[FactChip] = ()
    distance: str = ""
    via: str = ""


def compared_actors(session: Session, actor_ids: Sequence[str], sides: Sequence[Side] = ()) -> list[ComparedActor]:
    """Return those of these actors that exist, in the order asked. sides: how they stand before an opportunity."""
    callees = whom_to_call(session, actor_ids)
    side_of = {side.card.id: side for side in sides}
    return [
        _compared(actor, callees.get(actor.id), side_of.get(actor.id)) for actor in actors_by_ids(session, actor_ids)
    ]


def _compared(actor: Actor, callee: ShownContact | None, side: Side | None) -> ComparedActor:
    suggestion = side.suggestion if side else None
    reasons = suggestion.reasons if suggestion else ()
    unknown = [sentence(reason) for reason in reasons if reason.code in UNKNOWN.keys() - _MEASURED]
    return ComparedActor(
        id=actor.id,
        name=actor.name,
        confidential=actor.confidential,
        kind=kind_in_words(actor.kind),
        place=place(actor.commune_name, actor.department),
        trades=actor.activities,
        headcount=headcount_in_words(actor),
        approvals=sorted(map(approval_in_words, actor.approvals)),
        seeks=[SEEKING.get(sought, sought) for sought in actor.seeks],
        callee=callee,
        missing=unknown if suggestion else _unknown(actor),
        advice=score_in_words(suggestion.score) if suggestion else "",
        score=number(suggestion.score, 2) if suggestion else "",
        refusal=sentence(side.refusal) if side and side.refusal else "",
        chips=known_chips(reasons),
        distance=distance(suggestion.reasons) if suggestion else "",
        via=side.member.name if side and side.member else "",
    )


def _unknown(actor: Actor) -> list[str]:
    known: Mapping[str, object] = {
        "métiers": actor.activities,
        "lieu": actor.commune_name or actor.department,
        "effectif": headcount_in_words(actor),
    }
    return [name for name, value in known.items() if not value]
