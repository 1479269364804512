"""The days of a takeover's calendar: which there are, on which track, what each is, and what settles it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.takeovers.stages.transitions import AFTER_SALE, COURT_TRACK, OPEN, OWNER_TRACK, WAYS_OUT, Stage


class DateKind(StrEnum):
    """The owner's track, both, the court's; of each, what somebody says before what is computed."""

    AGREEMENT = "agreement"  # of the owner, to be told of
    SHEET_APPROVED = "sheet_approved"
    COMMITMENT = "commitment"  # to secrecy, signed by a candidate
    MEETING = "meeting"
    INTENT_SIGNED = "intent_signed"
    INTENT_LAPSES = "intent_lapses"
    AUDITED = "audited"
    PROTOCOL = "protocol"
    CONDITIONS_BY = "conditions_by"
    FINANCING_GRANTED = "financing_granted"
    EMPLOYEES_INFORMED = "employees_informed"  # the last of them
    EMPLOYEES_RENOUNCED = "employees_renounced"  # the last of them
    EMPLOYEES_EXEMPT = "employees_exempt"
    COUNCIL_INFORMED = "council_informed"
    COUNCIL_OPINION = "council_opinion"
    PREEMPTION_DECLARED = "preemption_declared"
    BODACC_PUBLISHED = "bodacc_published"
    EXCLUSIVITY_ENDS = "exclusivity_ends"
    INFORM_EMPLOYEES_BY = "inform_employees_by"
    EARLIEST_SALE = "earliest_sale"
    INFORMATION_OUTDATED = "information_outdated"
    COUNCIL_OPINION_DUE = "council_opinion_due"
    PREEMPTION_ENDS = "preemption_ends"

    CLOSING = "closing"
    PUBLISH_BY = "publish_by"
    OPPOSITION_ENDS = "opposition_ends"
    HANDOVER_ENDS = "handover_ends"
    RESUME_ON = "resume_on"  # to be seen again

    JUDGMENT = "judgment"  # that opened the procedure
    OFFERS_DUE = "offers_due"
    OFFER_FILED = "offer_filed"
    HEARING = "hearing"
    PLAN = "plan"  # the judgment that chose a buyer
    POSSESSION = "possession"
    OFFER_TO_ADMINISTRATOR_BY = "offer_to_administrator_by"
    OTHER_OFFERS_BY = "other_offers_by"
    IMPROVEMENT_BY = "improvement_by"
    COURT_OPINION_BY = "court_opinion_by"  # of the employees' council
    FINANCING_REVIEW = "financing_review"
    ACTIVITY_ENDS = "activity_ends"
    OBSERVATION_ENDS = "observation_ends"
    DISMISSALS_BY = "dismissals_by"


class Nature(StrEnum):
    """FACT: it took place, or is planned. DEADLINE: missed once it is past and nothing settled it. FROM: it opens."""

    FACT = "fact"
    DEADLINE = "deadline"
    FROM = "from"


@dataclass(frozen=True)
class KindRule:
    """settled_by: days of these kinds, once past, settle a deadline. watched: the stages in which it is called to mind.

    of_court: reminders go by `court_remind_days`. done: the stages that say that it took place, once its day is there.
    """

    nature: Nature
    watched: Collection[Stage] = ()
    settled_by: Collection[DateKind] = ()
    of_court: bool = False
    done: Collection[Stage] = ()


def _fact(*watched: Stage, of_court: bool = False, done: Collection[Stage] = ()) -> KindRule:
    return KindRule(Nature.FACT, watched, of_court=of_court, done=done)


def _onward(stage: Stage) -> Collection[Stage]:
    """Return a stage and those that follow it before the sale."""
    track = COURT_TRACK if stage in COURT_TRACK else OWNER_TRACK
    return track[track.index(stage) :]


def _deadline(
    watched: Collection[Stage], *settled_by: DateKind, of_court: bool = False, nature: Nature = Nature.DEADLINE
) -> KindRule:
    return KindRule(nature, watched, settled_by, of_court)


_INFORMED = (DateKind.EMPLOYEES_INFORMED, DateKind.EMPLOYEES_RENOUNCED, DateKind.EMPLOYEES_EXEMPT)
_BEFORE_HEARING = COURT_TRACK[: COURT_TRACK.index(Stage.HEARD)]
_SOUGHT = tuple(stage for stage in OWNER_TRACK if stage not in (Stage.PROTOCOL, Stage.FINANCED))

RULES: Mapping[DateKind, KindRule] = {
    DateKind.AGREEMENT: _fact(),
    DateKind.SHEET_APPROVED: _fact(),
    DateKind.COMMITMENT: _fact(),
    DateKind.MEETING: _fact(*OWNER_TRACK, done=_onward(Stage.MET)),
    DateKind.INTENT_SIGNED: _fact(*OWNER_TRACK, done=_onward(Stage.INTENT)),
    DateKind.INTENT_LAPSES: _deadline(_SOUGHT, DateKind.PROTOCOL),
    DateKind.AUDITED: _fact(*OWNER_TRACK),
    DateKind.PROTOCOL: _fact(*OWNER_TRACK, done=_onward(Stage.PROTOCOL)),
    DateKind.CONDITIONS_BY: _deadline(OWNER_TRACK, DateKind.CLOSING),
    DateKind.FINANCING_GRANTED: _fact(*OWNER_TRACK, done=_onward(Stage.FINANCED)),
    DateKind.EMPLOYEES_INFORMED: _fact(*OWNER_TRACK),
    DateKind.EMPLOYEES_RENOUNCED: _fact(),
    DateKind.EMPLOYEES_EXEMPT: _fact(),
    DateKind.COUNCIL_INFORMED: _fact(*OWNER_TRACK),
    DateKind.COUNCIL_OPINION: _fact(*OWNER_TRACK),
    DateKind.PREEMPTION_DECLARED: _fact(*OWNER_TRACK),
    DateKind.BODACC_PUBLISHED: _fact(),
    DateKind.EXCLUSIVITY_ENDS: _deadline(_SOUGHT, DateKind.PROTOCOL),
    DateKind.INFORM_EMPLOYEES_BY: _deadline(OWNER_TRACK, *_INFORMED, DateKind.COUNCIL_INFORMED),
    DateKind.EARLIEST_SALE: _deadline(OWNER_TRACK, nature=Nature.FROM),
    DateKind.INFORMATION_OUTDATED: _deadline(OWNER_TRACK),
    DateKind.COUNCIL_OPINION_DUE: _deadline(OWNER_TRACK, DateKind.COUNCIL_OPINION),
    DateKind.PREEMPTION_ENDS: _deadline(OWNER_TRACK, nature=Nature.FROM),
    DateKind.CLOSING: _fact(*OPEN, done=AFTER_SALE),
    DateKind.PUBLISH_BY: _deadline(AFTER_SALE, DateKind.BODACC_PUBLISHED),
    DateKind.OPPOSITION_ENDS: _deadline(AFTER_SALE, nature=Nature.FROM),
    DateKind.HANDOVER_ENDS: _deadline((Stage.HANDOVER,)),
    DateKind.RESUME_ON: _deadline((*OPEN, *WAYS_OUT)),
    DateKind.JUDGMENT: _fact(),
    DateKind.OFFERS_DUE: _deadline(_BEFORE_HEARING, DateKind.OFFER_FILED, of_court=True),
    DateKind.OFFER_FILED: _fact(),
    DateKind.HEARING: _fact(*COURT_TRACK, of_court=True, done=_onward(Stage.HEARD)),
    DateKind.PLAN: _fact(*COURT_TRACK, of_court=True, done=_onward(Stage.PLAN)),
    DateKind.POSSESSION: _fact(*COURT_TRACK, of_court=True, done=_onward(Stage.POSSESSION)),
    DateKind.OFFER_TO_ADMINISTRATOR_BY: _deadline(_BEFORE_HEARING, DateKind.OFFER_FILED, of_court=True),
    DateKind.OTHER_OFFERS_BY: _deadline(_BEFORE_HEARING, nature=Nature.FROM, of_court=True),
    DateKind.IMPROVEMENT_BY: _deadline(_BEFORE_HEARING, nature=Nature.FROM, of_court=True),
    DateKind.COURT_OPINION_BY: _deadline(_BEFORE_HEARING, DateKind.COUNCIL_OPINION, of_court=True),
    DateKind.FINANCING_REVIEW: _deadline(_BEFORE_HEARING, nature=Nature.FROM, of_court=True),
    DateKind.ACTIVITY_ENDS: _deadline(COURT_TRACK, DateKind.PLAN, of_court=True),
    DateKind.OBSERVATION_ENDS: _deadline(COURT_TRACK, DateKind.PLAN, of_court=True),
    DateKind.DISMISSALS_BY: _deadline(COURT_TRACK, nature=Nature.FROM, of_court=True),
}
# Days that nothing computes: somebody says them, or nobody knows.
COMPUTED = (
    *(DateKind.EXCLUSIVITY_ENDS, DateKind.INFORM_EMPLOYEES_BY, DateKind.EARLIEST_SALE, DateKind.INFORMATION_OUTDATED),
    *(DateKind.COUNCIL_OPINION_DUE, DateKind.PREEMPTION_ENDS, DateKind.PUBLISH_BY, DateKind.OPPOSITION_ENDS),
    *(DateKind.HANDOVER_ENDS, DateKind.OFFER_TO_ADMINISTRATOR_BY, DateKind.OTHER_OFFERS_BY, DateKind.IMPROVEMENT_BY),
    *(DateKind.COURT_OPINION_BY, DateKind.FINANCING_REVIEW, DateKind.ACTIVITY_ENDS, DateKind.OBSERVATION_ENDS),
    DateKind.DISMISSALS_BY,
)
_KINDS = tuple(DateKind)
_CLOSING, _JUDGMENT = _KINDS.index(DateKind.CLOSING), _KINDS.index(DateKind.JUDGMENT)
OF_OWNER, OF_BOTH, OF_COURT = _KINDS[:_CLOSING], _KINDS[_CLOSING:_JUDGMENT], _KINDS[_JUDGMENT:]
