"""Actors beside each other, and the changes that would bring an actor into the list, as the house's pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.core.french import number
from api.matching.answer import name_of
from api.matching.compare import Side, Within
from api.matching.reasons import FEATURES, change_in_words
from api.web.components.bars import ScoreBar, bars_of


@dataclass(frozen=True)
class Nearly:
    """An actor just outside the list: the points it lacks, and the changes that would give them."""

    name: str
    rank: int
    missing: str
    ways: Sequence[str]


def nearly(within_reach: Within, takeover: bool) -> Nearly:
    """Return in words the points that an actor lacks to enter the list."""
    missing_points = f"{number(within_reach.missing, 1)} point{'s' if round(within_reach.missing, 1) >= 2 else ''}"
    return Nearly(
        name=name_of(within_reach.entry.card),
        rank=within_reach.entry.suggestion.rank,
        missing="moins de 0,1 point" if within_reach.missing < 0.05 else missing_points,
        ways=[change_in_words(change, takeover) for change in within_reach.changes],
    )


def side_by_side(sides: Sequence[Side], weights: Mapping[str, float]) -> list[tuple[str, list[ScoreBar | None]]]:
    """Return, feature by feature in a fixed order, the bar of each actor; None for an actor that is not eligible."""
    bars_by_name = [
        {score_bar.name: score_bar for score_bar in bars_of(side.suggestion.reasons, weights)}
        if side.suggestion
        else {}
        for side in sides
    ]
    return [
        (feature_name, [actor_bars.get(feature_name) for actor_bars in bars_by_name])
        for feature_name in FEATURES.values()
    ]
