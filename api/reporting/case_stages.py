"""Stages of brokerage cases in a year, axis by axis: how many came so far, and how long they stayed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from api.brokerage.transitions import BACK, OPEN, State
from api.catalogue.wording import AXES
from api.reporting.facts import CountedStep, begun_at
from api.reporting.stays import Move, StageTable, Stay, stage_figures, stays_of

ORDER = (*OPEN, State.WON)
# The same, by the texts in the tables.
_BACK = {state.value: {former.value for former in formers} for state, formers in BACK.items()}


def case_stages(
    cases: Iterable[tuple[int, Sequence[CountedStep]]], since: datetime, until: datetime
) -> list[StageTable]:
    """Return the table of each axis that has cases. cases: the axis and the steps of each."""
    stays_by_axis: dict[int, list[list[Stay]]] = {}
    for axis, steps in cases:
        known = [step for step in steps if step.at < until]
        if known and known[-1].to_state != State.CANCELLED:
            stays_by_axis.setdefault(axis, []).append(_stays(known))
    tables = (
        StageTable(f"{axis}. {AXES[axis]}", stage_figures(stays, ORDER, {State.WON}, since, until))
        for axis, stays in sorted(stays_by_axis.items())
    )
    return [table for table in tables if table.cases]


def _stays(steps: Sequence[CountedStep]) -> list[Stay]:
    """Return the stays of a case; a case that was cancelled begins when it was opened anew."""
    opening, *others = steps[begun_at(steps) :]
    moves = (Move(step.at, step.to_state, _goes_back(step)) for step in others)
    return stays_of(Stay(opening.to_state, opening.at), moves)


def _goes_back(step: CountedStep) -> bool:
    return step.from_state is not None and step.to_state in _BACK[step.from_state]
