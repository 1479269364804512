"""Transitions of a case, as pure functions: states, the table of transitions, the standing after each.

A cancelled case was opened by mistake: whatever counts cases leaves it out, and what was done in it before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from api.core.errors import ConflictError, InvalidError
from matcher.learning.observations import Objection

MOST_JOBS = 10_000


class State(StrEnum):
    PROPOSED = "proposed"
    CONTACTED = "contacted"
    INTERESTED = "interested"
    INTRODUCED = "introduced"
    WON = "won"
    LOST = "lost"
    REFUSED = "refused"
    CANCELLED = "cancelled"


OPEN = (State.PROPOSED, State.CONTACTED, State.INTERESTED, State.INTRODUCED)
CLOSED = (State.WON, State.LOST, State.REFUSED)

# Forward transitions. A case is won only after both sides met.
FORWARD: dict[State, tuple[State, ...]] = {
    State.PROPOSED: (State.CONTACTED, State.INTERESTED, State.LOST, State.REFUSED, State.CANCELLED),
    State.CONTACTED: (State.INTERESTED, State.INTRODUCED, State.LOST, State.REFUSED, State.CANCELLED),
    State.INTERESTED: (State.INTRODUCED, State.LOST, State.REFUSED, State.CANCELLED),
    State.INTRODUCED: (State.WON, State.LOST, State.REFUSED, State.CANCELLED),
    State.WON: (),
    State.LOST: (),
    State.REFUSED: (),
    State.CANCELLED: (),
}
# Backward transitions, to correct a mistake; the history keeps both steps.
BACK: dict[State, tuple[State, ...]] = {
    State.PROPOSED: (),
    State.CONTACTED: (State.PROPOSED,),
    State.INTERESTED: (State.CONTACTED, State.PROPOSED),
    State.INTRODUCED: (State.INTERESTED, State.CONTACTED),
    State.WON: (State.INTRODUCED,),
    State.LOST: tuple(reversed(OPEN)),
    State.REFUSED: tuple(reversed(OPEN)),
    State.CANCELLED: tuple(reversed(OPEN)),
}
TRANSITIONS: dict[State, tuple[State, ...]] = {state: FORWARD[state] + BACK[state] for state in State}


@dataclass(frozen=True)
class Standing:
    """State of a case with its reminder, outcome and facilitator: fields of `models.brokerage.BrokerageCase`."""

    facilitator_id: str | None
    state: State = State.PROPOSED
    remind_on: date | None = None
    reasons: tuple[str, ...] = ()
    jobs_created: int | None = None
    jobs_kept: int | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def apply_transition(standing: Standing, new_state: State, reasons: Sequence[Objection] = ()) -> Standing:
    """Return the standing after a transition; the outcome and, across open and closed, the reminder are cleared.

    Raises ConflictError for a transition not in the table, InvalidError for missing or misplaced reasons.
    """
    if new_state not in TRANSITIONS[standing.state]:
        raise ConflictError("Ce dossier ne peut pas passer à cet état depuis celui où il est.")
    if new_state == State.REFUSED and not reasons:
        raise InvalidError([("raisons", "dites pourquoi l’acteur a refusé : une raison au moins")])
    if reasons and new_state not in (State.REFUSED, State.LOST):
        raise InvalidError([("raisons", "des raisons n’accompagnent qu’un refus ou une perte")])
    return replace(
        standing,
        state=new_state,
        remind_on=standing.remind_on if new_state in OPEN and standing.is_open else None,
        reasons=tuple(sorted({reason.value for reason in reasons})),
        jobs_created=None,
        jobs_kept=None,
    )


def record_jobs(standing: Standing, jobs_created: int | None, jobs_kept: int | None) -> Standing:
    """Return the standing with the jobs of a won case; None is unknown. Raises InvalidError."""
    if standing.state != State.WON and (jobs_created, jobs_kept) != (None, None):
        raise InvalidError([("emplois", "ils ne se comptent que pour un dossier gagné")])
    for field_label, job_count in (("emplois créés", jobs_created), ("emplois maintenus", jobs_kept)):
        if job_count is not None and not 0 <= job_count <= MOST_JOBS:
            raise InvalidError([(field_label, "un nombre entier, de 0 à 10 000")])
    return replace(standing, jobs_created=jobs_created, jobs_kept=jobs_kept)


def set_reminder(standing: Standing, remind_on: date | None, *, today: date) -> Standing:
    """Return the standing with another reminder, None for none. Raises ConflictError if closed, InvalidError."""
    if remind_on is not None and not standing.is_open:
        raise ConflictError("Ce dossier est clos : il ne se relance plus.")
    if remind_on is not None and remind_on < today and remind_on != standing.remind_on:
        raise InvalidError([("relance", "choisissez aujourd’hui ou une date à venir")])
    if remind_on is not None and remind_on.year > today.year + 5:
        raise InvalidError([("relance", "choisissez une date dans les cinq ans")])
    return replace(standing, remind_on=remind_on)


def reassign(standing: Standing, facilitator_id: str) -> Standing:
    """Return the standing with another facilitator."""
    return replace(standing, facilitator_id=facilitator_id)
