"""How long cases stay at each stage, as pure functions: the stays of a case, and the figures of a period."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import NamedTuple

DAY_S = 86_400


class Move(NamedTuple):
    """An act that led a case to a stage. is_correction: what it goes back on had not happened."""

    at: datetime
    to: str
    is_correction: bool = False
    reasons: Sequence[str] = ()


class Stay(NamedTuple):
    """A time at a stage. since: None where it is not known when it began; until: None where it goes on."""

    stage: str
    since: datetime | None
    until: datetime | None = None
    reasons: Sequence[str] = ()

    @property
    def days(self) -> float | None:
        """How long it took; None where that is not known, or not over."""
        if self.since is None or self.until is None:
            return None
        return (self.until - self.since).total_seconds() / DAY_S

    def ended(self, until: datetime | None) -> "Stay":
        """Return it with another end."""
        return Stay(self.stage, self.since, until, self.reasons)


@dataclass(frozen=True)
class StageFigures:
    """A stage in a period. reached: cases that came so far, or further; standing: those there at its end.

    left: stays that ended in the period, of a known length; median_days: theirs, None where there are none.
    """

    stage: str
    reached: int
    standing: int
    left: int
    median_days: float | None


@dataclass(frozen=True)
class StageTable:
    """The stages of a kind of cases, in their usual order. name: for its readers."""

    name: str
    stages: Sequence[StageFigures]

    @property
    def cases(self) -> int:
        """Cases that were followed in the period."""
        return self.stages[0].reached if self.stages else 0


def stays_of(first: Stay, moves: Iterable[Move]) -> list[Stay]:
    """Return the stays of a case, the present one last.

    A correction takes back what came after its stage, or, of a case that never was there, the last stay alone.
    """
    stays = [first]
    for move in moves:
        if move.is_correction and len(stays) > 1:
            earlier = [number for number, stay in enumerate(stays) if stay.stage == move.to]
            del stays[earlier[-1] + 1 if earlier else -1 :]
            stays[-1] = stays[-1].ended(None)
        if stays[-1].stage != move.to:
            stays[-1] = stays[-1].ended(move.at)
            stays.append(Stay(move.to, move.at, reasons=move.reasons))
    return stays


def stage_figures(
    cases: Iterable[Sequence[Stay]], order: Sequence[str], ends: Collection[str], since: datetime, until: datetime
) -> list[StageFigures]:
    """Return the figures of the stages of `order` between two moments, of the cases followed meanwhile.

    ends: the stages of `order` that nothing follows: a case that came there earlier is followed no more. No move of
    the cases is later than `until`.
    """
    position = {stage: number for number, stage in enumerate(order)}
    reached, standing = [0] * len(order), dict.fromkeys(order, 0)
    lengths: dict[str, list[float]] = {stage: [] for stage in order}
    for stays in cases:
        known = [stay for stay in stays if stay.stage in position]
        if not any(_is_within(stay, ends, since) for stay in known):
            continue
        furthest = max(position[stay.stage] for stay in known)
        reached[furthest] += 1
        if stays[-1].stage in position:
            standing[stays[-1].stage] += 1
        for stay in known:
            if stay.until is not None and since <= stay.until < until and (days := stay.days) is not None:
                lengths[stay.stage].append(days)
    return [
        StageFigures(
            stage,
            sum(reached[number:]),
            standing[stage],
            len(lengths[stage]),
            median(lengths[stage]) if lengths[stage] else None,
        )
        for number, stage in enumerate(order)
    ]


def _is_within(stay: Stay, ends: Collection[str], since: datetime) -> bool:
    if stay.stage in ends:
        return stay.since is None or stay.since >= since
    return stay.until is None or stay.until >= since
