"""Split of observations by query and by time: what to learn from, and what to judge by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from matcher.learning.observations import Observation


def split(
    observations: Sequence[Observation], held_out: float = 0.3
) -> tuple[tuple[Observation, ...], tuple[Observation, ...]]:
    """Return observations to learn from, and those held out: all of the share `held_out` of queries opened last.

    A query is dated by its first observation; queries of the same first day stay together. Later observations of
    earlier queries are in neither part: nothing is learned from what came after the judged queries began.
    """
    opened: dict[str, date] = {}
    for act in observations:
        opened[act.query_id] = min(act.day, opened.get(act.query_id, act.day))
    days = sorted(opened.values())
    n_held_out = round(len(days) * held_out)
    if not n_held_out:
        return tuple(observations), ()
    cut = days[len(days) - n_held_out]
    before = tuple(act for act in observations if opened[act.query_id] < cut and act.day < cut)
    after = tuple(act for act in observations if opened[act.query_id] >= cut)
    return before, after
