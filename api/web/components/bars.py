"""A suggestion as a page shows it: who, how well in words and number, and its score taken apart as bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.catalogue.wording import OPPORTUNITY_KINDS, kind_in_words, place
from api.core.french import number
from api.matching.answer import ActorCard, Entry, OpportunityCard, name_of
from api.matching.reasons import FEATURES, Reader, distance, score_in_words, sentence
from matcher.types import Reason

WIDTH = 100


@dataclass(frozen=True)
class Bar:
    """One feature: what it says, the points that it adds of those that it may; widths are of WIDTH."""

    name: str
    text: str
    points: str
    most: str
    width: float
    track: float
    known: bool


@dataclass(frozen=True)
class Told:
    """One line of a list."""

    id: str
    suggestion_id: str
    address: str
    name: str
    kind: str
    place: str
    rank: int
    advice: str
    score: str
    value: float
    via: str | None
    via_address: str | None
    distance: str
    bars: Sequence[Bar]
    notes: Sequence[str]


def told(entry: Entry, weights: Mapping[str, float], reader: Reader = "facilitator") -> Told:
    """Return a line of a list; weights: those of the opportunity's kind."""
    one, card = entry.suggestion, entry.card
    bars, notes = bars_of(one.reasons, weights, reader)
    return Told(
        id=card.id,
        suggestion_id=entry.suggestion_id,
        address=address(card),
        name=name_of(card),
        kind=kind_in_words(card.kind) if isinstance(card, ActorCard) else OPPORTUNITY_KINDS[card.kind].capitalize(),
        place=place(card.commune, card.department),
        rank=one.rank,
        advice=score_in_words(one.score),
        score=number(one.score, 2),
        value=round(one.score, 3),
        via=entry.member.name if entry.member else None,
        via_address=address(entry.member) if entry.member else None,
        distance=distance(one.reasons),
        bars=bars,
        notes=notes,
    )


def bars_of(
    reasons: Sequence[Reason], weights: Mapping[str, float], reader: Reader = "facilitator"
) -> tuple[list[Bar], list[str]]:
    """Return reasons as bars, the strongest first, and those that add nothing to the score as notes."""
    longest = max((abs(weight) for weight in weights.values()), default=0) or 1
    bars, notes = [], []
    for reason in reasons:
        feature = reason.code.removesuffix("_unknown")
        if feature not in FEATURES:
            notes.append(sentence(reason, reader))
            continue
        bars.append(
            Bar(
                name=FEATURES[feature],
                text=sentence(reason, reader),
                points=number(reason.contribution, 1),
                most=number(max(weights[feature], 0), 1),
                width=round(WIDTH * min(max(reason.contribution, 0) / longest, 1), 1),
                track=round(WIDTH * max(weights[feature], 0) / longest, 1),
                known=reason.value is not None,
            )
        )
    return bars, notes


def address(card: ActorCard | OpportunityCard) -> str:
    """Return where a card's own page is."""
    if isinstance(card, ActorCard):
        return f"/acteurs/{card.id}"
    return f"/opportunites/{card.opportunity_id}" + (f"?lot={card.lot_id}" if card.lot_id else "")
