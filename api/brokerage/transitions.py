"""How a case of brokerage may move, as plain values: states, the one table of moves, and what holds after each."""

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


OPEN = (State.PROPOSED, State.CONTACTED, State.INTERESTED, State.INTRODUCED)
CLOSED = (State.WON, State.LOST, State.REFUSED)

# Where a case may go on to. Nothing is won without both sides having met.
FORWARD: dict[State, tuple[State, ...]] = {
    State.PROPOSED: (State.CONTACTED, State.INTERESTED, State.LOST, State.REFUSED),
    State.CONTACTED: (State.INTERESTED, State.INTRODUCED, State.LOST, State.REFUSED),
    State.INTERESTED: (State.INTRODUCED, State.LOST, State.REFUSED),
    State.INTRODUCED: (State.WON, State.LOST, State.REFUSED),
    State.WON: (),
    State.LOST: (),
    State.REFUSED: (),
}
# Where it may go back to, to mend a mistake; the history keeps both.
BACK: dict[State, tuple[State, ...]] = {
    State.PROPOSED: (),
    State.CONTACTED: (State.PROPOSED,),
    State.INTERESTED: (State.CONTACTED, State.PROPOSED),
    State.INTRODUCED: (State.INTERESTED, State.CONTACTED),
    State.WON: (State.INTRODUCED,),
    State.LOST: tuple(reversed(OPEN)),
    State.REFUSED: tuple(reversed(OPEN)),
}
MOVES: dict[State, tuple[State, ...]] = {state: FORWARD[state] + BACK[state] for state in State}


@dataclass(frozen=True)
class Standing:
    """How a case stands: fields as in `models.brokerage.BrokerageCase`."""

    facilitator_id: str | None
    state: State = State.PROPOSED
    remind_on: date | None = None
    reasons: tuple[str, ...] = ()
    jobs_created: int | None = None
    jobs_kept: int | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def moved(standing: Standing, to: State, reasons: Sequence[Objection] = ()) -> Standing:
    """Return how a case stands once moved; what only held in its former state (an outcome, a reminder) goes.

    Raises ConflictError for a move that is not in the table, InvalidError for reasons that are missing or misplaced.
    """
    if to not in MOVES[standing.state]:
        raise ConflictError("Ce dossier ne peut pas passer à cet état depuis celui où il est.")
    if to == State.REFUSED and not reasons:
        raise InvalidError([("raisons", "dites pourquoi l’acteur a refusé : une raison au moins")])
    if reasons and to not in (State.REFUSED, State.LOST):
        raise InvalidError([("raisons", "des raisons n’accompagnent qu’un refus ou une perte")])
    return replace(
        standing,
        state=to,
        remind_on=standing.remind_on if to in OPEN and standing.is_open else None,
        reasons=tuple(sorted({reason.value for reason in reasons})),
        jobs_created=None,
        jobs_kept=None,
    )


def counted(standing: Standing, jobs_created: int | None, jobs_kept: int | None) -> Standing:
    """Return the same with the jobs of a case that was won; None is not known. Raises InvalidError."""
    if standing.state != State.WON and (jobs_created, jobs_kept) != (None, None):
        raise InvalidError([("emplois", "ils ne se comptent que pour un dossier gagné")])
    for name, jobs in (("emplois créés", jobs_created), ("emplois maintenus", jobs_kept)):
        if jobs is not None and not 0 <= jobs <= MOST_JOBS:
            raise InvalidError([(name, "un nombre entier, de 0 à 10 000")])
    return replace(standing, jobs_created=jobs_created, jobs_kept=jobs_kept)


def reminded(standing: Standing, on: date | None, *, today: date) -> Standing:
    """Return the same with its next reminder, None for none. Raises ConflictError where closed, InvalidError."""
    if on is not None and not standing.is_open:
        raise ConflictError("Ce dossier est clos : il ne se relance plus.")
    if on is not None and on < today and on != standing.remind_on:
        raise InvalidError([("relance", "choisissez aujourd’hui ou une date à venir")])
    if on is not None and on.year > today.year + 5:
        raise InvalidError([("relance", "choisissez une date dans les cinq ans")])
    return replace(standing, remind_on=on)


def handed(standing: Standing, facilitator_id: str) -> Standing:
    """Return the same in somebody else's charge."""
    return replace(standing, facilitator_id=facilitator_id)
