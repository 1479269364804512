"""Actors beside each other, and what would bring one among the first, as the house's pages show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.core.french import number
from api.matching.answer import name_of
from api.matching.compare import Side, Within
from api.matching.reasons import FEATURES, change_in_words
from api.web.components.bars import Bar, bars_of


@dataclass(frozen=True)
class Nearly:
    """What would bring one among the first."""

    name: str
    rank: int
    missing: str
    ways: Sequence[str]


def nearly(within: Within, takeover: bool) -> Nearly:
    """Return what one lacks to be among the first, in words."""
    points = f"{number(within.missing, 1)} point{'s' if round(within.missing, 1) >= 2 else ''}"
    return Nearly(
        name=name_of(within.entry.card),
        rank=within.entry.suggestion.rank,
        missing="moins de 0,1 point" if within.missing < 0.05 else points,
        ways=[change_in_words(one, takeover) for one in within.changes],
    )


def side_by_side(sides: Sequence[Side], weights: Mapping[str, float]) -> list[tuple[str, list[Bar | None]]]:
    """Return, feature by feature in a fixed order, the bar of each actor; None for one that is excluded."""
    bars = [
        {bar.name: bar for bar in bars_of(side.suggestion.reasons, weights)[0]} if side.suggestion else {}
        for side in sides
    ]
    return [(name, [one.get(name) for one in bars]) for name in FEATURES.values()]
