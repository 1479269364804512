"""Which days a form asks for with a move: those that it says have come, and those that are often known then."""

from collections.abc import Collection, Mapping, Sequence

from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.case_file.guards import evidence_of
from api.takeovers.stages.transitions import OWNER_TRACK, Move, Stage, Way

_OFTEN_KNOWN: Mapping[Stage, tuple[DateKind, ...]] = {
    Stage.BLIND_SHEET: (DateKind.AGREEMENT,),
    Stage.COMMITTED: (DateKind.AGREEMENT,),
    Stage.MET: (DateKind.MEETING,),
    Stage.INTENT: (DateKind.EXCLUSIVITY_ENDS,),
    Stage.PROTOCOL: (DateKind.CONDITIONS_BY,),
    Stage.FINANCED: (DateKind.FINANCING_GRANTED,),
    Stage.CALL: (DateKind.OFFERS_DUE,),
    Stage.FILED: (DateKind.HEARING,),
    Stage.HANDOVER: (DateKind.HANDOVER_ENDS,),
}
# Only of the owner's sale: the court's has no information of each employee.
_KNOWN_OF_OWNER: Mapping[Stage, tuple[DateKind, ...]] = {Stage.CLOSED: (DateKind.EMPLOYEES_INFORMED,)}


def days_asked(
    stage: Stage, move: Move, on_file: Collection[DateKind], elsewhere: Collection[DateKind] = ()
) -> Sequence[DateKind]:
    """Return the days that the form of a move from a stage asks for. on_file: those that were given already.

    elsewhere: those that another page of the case says; they are not asked for twice.
    """
    if move.way == Way.OUT:
        return (DateKind.RESUME_ON,) if move.to == Stage.WITHDRAWN else ()
    if move.way not in (Way.FORWARD, Way.SWITCH):
        return ()
    evidence = evidence_of(move)
    often_known = _OFTEN_KNOWN.get(move.to, ()) if move.way == Way.FORWARD else ()
    if stage in OWNER_TRACK:
        often_known += _KNOWN_OF_OWNER.get(move.to, ())
    wanted = [evidence] if evidence and evidence not in elsewhere else []
    return wanted + [kind for kind in often_known if kind not in on_file]
