"""Facts counted by the yearly report, and the milestones of a case that they come from."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple, Protocol

from api.brokerage.transitions import CLOSED, State
from api.core.clock import day_in_france
from api.reporting.figures import Figures, Subject

TAKEN, INTRODUCED = Figures(taken=1), Figures(introduced=1)


class Fact(NamedTuple):
    """An event, and what it adds to the figures of its year."""

    day: date
    subject: Subject
    adds: Figures


class CountedStep(Protocol):
    """What is counted of a step of a case; the fields of `models.brokerage.BrokerageStep`."""

    @property
    def at(self) -> datetime: ...
    @property
    def from_state(self) -> str | None: ...
    @property
    def to_state(self) -> str: ...
    @property
    def reasons(self) -> Sequence[str]: ...
    @property
    def jobs_created(self) -> int | None: ...
    @property
    def jobs_kept(self) -> int | None: ...


class Milestones(NamedTuple):
    """Days on which a case was opened, introduced and closed; None if it was not, or if that was undone."""

    opened_on: date
    introduced_on: date | None
    closed_on: date | None
    last: CountedStep


def milestones(steps: Sequence[CountedStep]) -> Milestones:
    """Return the milestones of a case. A transition that was undone does not count, nor what a cancellation ended."""
    introduced: datetime | None = None
    closed: datetime | None = None
    steps = steps[begun_at(steps) :]
    for step in steps:
        if step.to_state == step.from_state:
            continue
        closed = step.at if step.to_state in CLOSED else None
        if step.to_state == State.INTRODUCED:
            introduced = introduced or step.at
        elif step.to_state not in CLOSED:
            introduced = None
    return Milestones(
        day_in_france(steps[0].at),
        introduced and day_in_france(introduced),
        closed and day_in_france(closed),
        steps[-1],
    )


def begun_at(steps: Sequence[CountedStep]) -> int:
    """Return the position of the step that opened a case, anew if it was cancelled before."""
    for position in range(len(steps) - 1, 0, -1):
        if steps[position].from_state == State.CANCELLED and steps[position].to_state != State.CANCELLED:
            return position
    return 0


def case_facts(steps: Sequence[CountedStep], subject: Subject) -> list[Fact]:
    """Return what a case adds to the report: nothing if it is cancelled."""
    if steps[-1].to_state == State.CANCELLED:
        return []
    case_milestones = milestones(steps)
    last_step = case_milestones.last
    facts = [Fact(case_milestones.opened_on, subject, TAKEN)]
    if case_milestones.introduced_on:
        facts.append(Fact(case_milestones.introduced_on, subject, INTRODUCED))
    if case_milestones.closed_on:
        closing_figures = _closing(
            last_step.to_state, last_step.jobs_created, last_step.jobs_kept, tuple(sorted(last_step.reasons))
        )
        facts.append(Fact(case_milestones.closed_on, subject, closing_figures))
    return facts


# Most cases close alike.
@lru_cache(1_000)
def _closing(state: str, created: int | None, kept: int | None, reasons: tuple[str, ...]) -> Figures:
    return Figures(
        won=int(state == State.WON),
        lost=int(state == State.LOST),
        refused=int(state == State.REFUSED),
        jobs_created=created or 0,
        jobs_kept=kept or 0,
        jobs_unknown=int(state == State.WON and None in (created, kept)),
        reasons=dict.fromkeys(reasons, 1),
    )
