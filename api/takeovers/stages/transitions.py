"""Stages of a takeover, as pure functions: the table of moves, and the standing of a file after each.

Two tracks lead to the sale: the owner's, and the court's where the company is insolvent. The order is the usual one;
what is hard stands in `api.takeovers.case_file.guards`. Sources: docs/takeovers.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from api.core.errors import ConflictError, InvalidError
from api.takeovers.stages.reasons import LOSSES, RETURNS, SETBACKS, WITHDRAWALS, Reason

INSOLVENCY = "insolvency"
MOST_JOBS = 10_000


class Stage(StrEnum):
    FIRST_CONTACT = "first_contact"
    MANDATE = "mandate"
    BLIND_SHEET = "blind_sheet"
    APPROACHED = "approached"
    COMMITTED = "committed"
    MET = "met"
    INTENT = "intent"
    AUDIT = "audit"
    PROTOCOL = "protocol"
    FINANCED = "financed"
    JUDGMENT = "judgment"
    ADMINISTRATOR = "administrator"
    CALL = "call"
    PREPARING = "preparing"
    FILED = "filed"
    HEARD = "heard"
    PLAN = "plan"
    POSSESSION = "possession"
    CLOSED = "closed"
    HANDOVER = "handover"
    DONE = "done"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


class Procedure(StrEnum):
    """What a court opened."""

    RECOVERY = "recovery"  # redressement judiciaire
    LIQUIDATION = "liquidation"


class Sells(StrEnum):
    """What is sold: the business itself (*fonds*), or the company's shares."""

    BUSINESS = "business"
    SHARES = "shares"


class Way(StrEnum):
    """How a file moves. FALLBACK: the trade itself goes back. CORRECTION: the last move was a mistake."""

    FORWARD = "forward"
    FALLBACK = "fallback"
    SWITCH = "switch"
    OUT = "out"
    CORRECTION = "correction"


OWNER_TRACK = (
    *(Stage.FIRST_CONTACT, Stage.MANDATE, Stage.BLIND_SHEET, Stage.APPROACHED, Stage.COMMITTED),
    *(Stage.MET, Stage.INTENT, Stage.AUDIT, Stage.PROTOCOL, Stage.FINANCED),
)
COURT_TRACK = (
    *(Stage.JUDGMENT, Stage.ADMINISTRATOR, Stage.CALL, Stage.PREPARING, Stage.FILED, Stage.HEARD, Stage.PLAN),
    Stage.POSSESSION,
)
AFTER_SALE = (Stage.CLOSED, Stage.HANDOVER)
OPEN = (*OWNER_TRACK, *COURT_TRACK, *AFTER_SALE)
WAYS_OUT = (Stage.LOST, Stage.WITHDRAWN)
ENDS = (Stage.DONE, *WAYS_OUT)

FORWARD: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.FIRST_CONTACT: (Stage.MANDATE,),
    # Where the buyer is known already (employees, family), there is no sheet.
    Stage.MANDATE: (Stage.BLIND_SHEET, Stage.COMMITTED),
    Stage.BLIND_SHEET: (Stage.APPROACHED,),
    Stage.APPROACHED: (Stage.COMMITTED,),
    Stage.COMMITTED: (Stage.MET,),
    Stage.MET: (Stage.INTENT, Stage.AUDIT, Stage.PROTOCOL),
    Stage.INTENT: (Stage.AUDIT, Stage.PROTOCOL),
    # Audits come before the protocol or after it.
    Stage.AUDIT: (Stage.PROTOCOL, Stage.FINANCED, Stage.CLOSED),
    Stage.PROTOCOL: (Stage.AUDIT, Stage.FINANCED, Stage.CLOSED),
    Stage.FINANCED: (Stage.CLOSED,),
    Stage.JUDGMENT: (Stage.ADMINISTRATOR, Stage.CALL),
    Stage.ADMINISTRATOR: (Stage.CALL, Stage.PREPARING),
    Stage.CALL: (Stage.PREPARING,),
    Stage.PREPARING: (Stage.FILED,),
    Stage.FILED: (Stage.HEARD,),
    Stage.HEARD: (Stage.PLAN,),
    Stage.PLAN: (Stage.POSSESSION, Stage.CLOSED),
    Stage.POSSESSION: (Stage.CLOSED,),
    Stage.CLOSED: (Stage.HANDOVER, Stage.DONE),
    Stage.HANDOVER: (Stage.DONE,),
    Stage.DONE: (),
    Stage.LOST: (),
    Stage.WITHDRAWN: (),
}
FALLBACK: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.BLIND_SHEET: (Stage.MANDATE,),
    Stage.APPROACHED: (Stage.BLIND_SHEET,),
    Stage.COMMITTED: (Stage.APPROACHED,),
    Stage.MET: (Stage.APPROACHED, Stage.BLIND_SHEET),
    Stage.INTENT: (Stage.MET, Stage.APPROACHED),
    Stage.AUDIT: (Stage.INTENT, Stage.MET, Stage.APPROACHED),
    Stage.PROTOCOL: (Stage.MET, Stage.APPROACHED),
    Stage.FINANCED: (Stage.MET, Stage.APPROACHED),
    Stage.HEARD: (Stage.CALL, Stage.FILED),
}
# From one track to the other: a procedure is opened, or closed while there is still something to sell.
SWITCH: Mapping[Stage, tuple[Stage, ...]] = {
    **dict.fromkeys(OWNER_TRACK, (Stage.JUDGMENT,)),
    **dict.fromkeys(COURT_TRACK[: COURT_TRACK.index(Stage.FILED) + 1], (Stage.MANDATE,)),
}


@dataclass(frozen=True)
class Move:
    way: Way
    to: Stage


@dataclass(frozen=True)
class Standing:
    """State of a file: fields of `models.takeovers.TakeoverFile`.

    trail: the stages that led here, the last left at the end, without what was corrected.
    """

    stage: Stage
    trail: tuple[Stage, ...] = ()
    facilitator_id: str | None = None
    procedure: Procedure | None = None
    sells: Sells | None = None
    jobs_kept: int | None = None

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN


def first_stage(cause: str) -> Stage:
    """Return the stage of a case that nobody has moved. cause: `api.catalogue.schemas.TakeoverCause`."""
    return Stage.JUDGMENT if cause == INSOLVENCY else Stage.FIRST_CONTACT


def moves_from(standing: Standing) -> Sequence[Move]:
    """Return every move that the table has for a file, forward ones first."""
    stage = standing.stage
    ways_out = WAYS_OUT if standing.is_open else ()
    return [
        *(Move(Way.FORWARD, to) for to in FORWARD[stage]),
        *(Move(Way.FALLBACK, to) for to in FALLBACK.get(stage, ())),
        *(Move(Way.SWITCH, to) for to in SWITCH.get(stage, ())),
        *(Move(Way.OUT, to) for to in ways_out),
        *(Move(Way.CORRECTION, to) for to in standing.trail[-1:]),
    ]


def reasons_of(move: Move) -> Sequence[Reason]:
    """Return the reasons of which a move takes one or several; empty where it takes none."""
    if move.way == Way.OUT:
        return LOSSES if move.to == Stage.LOST else WITHDRAWALS
    if move.way == Way.FALLBACK:
        return SETBACKS
    return RETURNS if move == Move(Way.SWITCH, Stage.MANDATE) else ()


def apply_move(standing: Standing, move: Move, reasons: Sequence[Reason] = ()) -> Standing:
    """Return the standing after a move. A correction goes back on the trail; all else makes it longer.

    Raises ConflictError for a move that the table has not, InvalidError for missing or misplaced reasons.
    """
    if move not in moves_from(standing):
        raise ConflictError("Cette reprise ne peut pas passer à cette étape depuis celle où elle est.")
    expected = reasons_of(move)
    if expected and not reasons:
        raise InvalidError([("raisons", "dites pourquoi : une raison au moins")])
    if set(reasons) - set(expected):
        raise InvalidError([("raisons", "cette étape ne prend pas ces raisons")])
    trail = standing.trail[:-1] if move.way == Way.CORRECTION else (*standing.trail, standing.stage)
    return replace(standing, stage=move.to, trail=trail)


def record_jobs(standing: Standing, jobs_kept: int | None) -> Standing:
    """Return the standing with the jobs that the takeover kept; None is unknown. Raises InvalidError."""
    if jobs_kept is not None and not 0 <= jobs_kept <= MOST_JOBS:
        raise InvalidError([("emplois maintenus", "un nombre entier, de 0 à 10 000")])
    return replace(standing, jobs_kept=jobs_kept)
