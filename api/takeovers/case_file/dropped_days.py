"""Days that no longer hold once a takeover goes back: those of the candidate, or of the hearing, that are over."""

from collections.abc import Mapping, Sequence

from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import COURT_TRACK, OWNER_TRACK, Move, Stage, Way

# The stage that a day is the evidence of, or belongs to.
_STAGES: Mapping[DateKind, Stage] = {
    DateKind.SHEET_APPROVED: Stage.APPROACHED,
    DateKind.COMMITMENT: Stage.COMMITTED,
    DateKind.MEETING: Stage.MET,
    DateKind.INTENT_SIGNED: Stage.INTENT,
    DateKind.INTENT_LAPSES: Stage.INTENT,
    DateKind.EXCLUSIVITY_ENDS: Stage.INTENT,
    DateKind.AUDITED: Stage.AUDIT,
    DateKind.PROTOCOL: Stage.PROTOCOL,
    DateKind.CONDITIONS_BY: Stage.PROTOCOL,
    DateKind.FINANCING_GRANTED: Stage.FINANCED,
    DateKind.OFFERS_DUE: Stage.CALL,
    DateKind.OFFER_FILED: Stage.FILED,
    DateKind.HEARING: Stage.HEARD,
}
# The letter of intent binds the owner until its exclusivity ends, whatever else goes back.
_OF_LETTER = (DateKind.INTENT_SIGNED, DateKind.INTENT_LAPSES, DateKind.EXCLUSIVITY_ENDS)
_LETTER_ENDS = (Reason.EXCLUSIVITY_ENDED, Reason.CANDIDATE_WITHDREW)


def days_left_behind(move: Move, reasons: Sequence[Reason]) -> frozenset[DateKind]:
    """Return the days that a move takes off the calendar; the history keeps them."""
    if move.way != Way.FALLBACK:
        return frozenset()
    track = COURT_TRACK if move.to in COURT_TRACK else OWNER_TRACK
    # New deadlines are set where offers are called again.
    later = track[track.index(move.to) + (move.to != Stage.CALL) :]
    behind = {kind for kind, stage in _STAGES.items() if stage in later}
    return frozenset(behind if set(reasons) & set(_LETTER_ENDS) else behind - set(_OF_LETTER))
