"""A suggestion as a page shows it: the candidate, its score in words and as a number, and the score's parts as bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.catalogue.wording import OPPORTUNITY_KINDS, kind_in_words, place
from api.core.french import number
from api.matching.advice_wording import SECTIONS, score_in_words
from api.matching.answer import ActorCard, Entry, OpportunityCard, Refused, name_of
from api.matching.fact_chips import FactChip, fact_chips
from api.matching.reasons import FEATURES, Reader, distance, sentence
from api.matching.role_wording import ROLE_NAMES
from matcher.scoring import WeightsByRole
from matcher.sections import Section, section_of
from matcher.types import Reason

WIDTH = 100


@dataclass(frozen=True)
class ScoreBar:
    """One feature of a score: its reason in words, its points and the most it can add; widths are in [0, WIDTH]."""

    name: str
    text: str
    points: str
    most: str
    width: float
    track: float
    known: bool


@dataclass(frozen=True)
class ExplainedEntry:
    """A suggestion in a list, with its explanation."""

    id: str
    suggestion_id: str
    address: str
    name: str
    kind: str
    place: str
    role: str  # in a takeover; "" in a market
    rank: int
    advice: str
    section: Section
    score: str
    value: float
    via: str | None
    via_address: str | None
    same_place: Sequence[tuple[str, str]]  # addresses and names
    distance: str
    chips: Sequence[FactChip]
    bars: Sequence[ScoreBar]


def explained_entry(entry: Entry, weights: WeightsByRole, reader: Reader = "facilitator") -> ExplainedEntry:
    """Return a suggestion with its explanation."""
    suggestion, card = entry.suggestion, entry.card
    return ExplainedEntry(
        id=card.id,
        suggestion_id=entry.suggestion_id,
        address=address(card),
        name=name_of(card),
        kind=_kind(card),
        place=place(card.commune, card.department),
        role=ROLE_NAMES[suggestion.role],
        rank=suggestion.rank,
        advice=score_in_words(suggestion.score, reader),
        section=section_of(suggestion.score),
        score=number(suggestion.score, 2),
        value=round(suggestion.score, 3),
        via=entry.member.name if entry.member else None,
        via_address=address(entry.member) if entry.member else None,
        same_place=[(address(card), card.name) for card in entry.same_place],
        distance=distance(suggestion.reasons),
        chips=fact_chips(suggestion.reasons, reader),
        bars=bars_of(suggestion.reasons, weights[suggestion.role].values, reader),
    )


def bars_of(reasons: Sequence[Reason], weights: Mapping[str, float], reader: Reader = "facilitator") -> list[ScoreBar]:
    """Return the scored reasons as bars, strongest first."""
    longest_weight = max((abs(weight) for weight in weights.values()), default=0) or 1
    bars = []
    for reason in reasons:
        feature_name = reason.code.removesuffix("_unknown")
        if feature_name not in FEATURES:
            continue
        bars.append(
            ScoreBar(
                name=FEATURES[feature_name],
                text=sentence(reason, reader),
                points=number(reason.contribution, 1),
                most=number(max(weights[feature_name], 0), 1),
                width=round(WIDTH * min(max(reason.contribution, 0) / longest_weight, 1), 1),
                track=round(WIDTH * max(weights[feature_name], 0) / longest_weight, 1),
                known=reason.value is not None,
            )
        )
    return bars


def address(card: ActorCard | OpportunityCard) -> str:
    """Return the address of a card's page."""
    if isinstance(card, ActorCard):
        return f"/acteurs/{card.id}"
    return f"/opportunites/{card.opportunity_id}" + (f"?lot={card.lot_id}" if card.lot_id else "")


@dataclass(frozen=True)
class ListSection:
    """A section of a list, as its heading names it. is_folded: its lines are a click away."""

    title: str
    entries: Sequence[ExplainedEntry]
    is_folded: bool


def sections_of(entries: Sequence[ExplainedEntry]) -> list[ListSection]:
    """Return the sections of a ranked list that hold something, the best first; what is unlikely is folded."""
    by_section = {section: [entry for entry in entries if entry.section == section] for section in Section}
    return [
        ListSection(SECTIONS[section], own_entries, section == Section.UNLIKELY)
        for section, own_entries in by_section.items()
        if own_entries
    ]


def excluded_lines(refused: Sequence[Refused]) -> list[dict[str, str]]:
    """Return who or what a condition excludes, with its page and the condition in words, the nearest first."""
    return [
        {
            "id": excluded.card.id,
            "address": address(excluded.card),
            "name": name_of(excluded.card),
            "kind": _kind(excluded.card),
            "why": sentence(excluded.reason),
        }
        for excluded in refused
    ]


def _kind(card: ActorCard | OpportunityCard) -> str:
    return kind_in_words(card.kind) if isinstance(card, ActorCard) else OPPORTUNITY_KINDS[card.kind].capitalize()
