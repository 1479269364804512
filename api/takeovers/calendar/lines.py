"""The calendar of one case as lines: what was given, what its own record says, what follows; and what is to be done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from api.core.settings import TakeoverSettings
from api.takeovers.calendar.computed_days import CalendarFacts, ComputedDay, computed_days
from api.takeovers.calendar.date_kinds import RULES, DateKind, Nature
from api.takeovers.stages.transitions import COURT_TRACK, INSOLVENCY, Procedure, Sells, Stage
from models.opportunities import Opportunity, TakeoverCase
from models.takeovers import TakeoverDate, TakeoverFile


class Urgency(StrEnum):
    """MISSED: a deadline that is past, which nothing settled. SOON, NEAR: since the first reminder, the second."""

    MISSED = "missed"
    NEAR = "near"
    SOON = "soon"
    LATER = "later"
    PAST = "past"


@dataclass(frozen=True)
class CalendarLine:
    """A day of a case. given: the row of it, None where it is computed or stands in the case's own record.

    computed: what the rules say, of a given day too. days_left: below 0 where it is past.
    """

    kind: DateKind
    day: date
    urgency: Urgency
    days_left: int
    given: TakeoverDate | None = None
    computed: ComputedDay | None = None

    @property
    def of_record(self) -> bool:
        """Whether the case's own record says it: its deadline for offers, the day of its transfer."""
        return self.given is None and self.computed is None

    @property
    def is_called_to_mind(self) -> bool:
        return self.urgency in (Urgency.MISSED, Urgency.NEAR, Urgency.SOON)


def is_of_court(stage: Stage, cause: str, dates: Iterable[str]) -> bool:
    """Return whether a court leads the sale, also after the sale."""
    return stage in COURT_TRACK or (cause == INSOLVENCY and DateKind.AGREEMENT not in set(dates))


def facts_of(file: TakeoverFile, takeover: TakeoverCase, dates: Sequence[TakeoverDate]) -> CalendarFacts:
    return CalendarFacts(
        of_court=is_of_court(Stage(file.stage), takeover.cause, [row.kind for row in dates]),
        headcount=takeover.headcount,
        procedure=Procedure(file.procedure) if file.procedure else None,
        sells=Sells(file.sells) if file.sells else None,
    )


def days_given(opportunity: Opportunity, takeover: TakeoverCase, dates: Iterable[TakeoverDate]) -> dict[DateKind, date]:
    """Return the days that are known of a case: those that were given, and before them those of its record."""
    recorded = {DateKind.OFFERS_DUE: opportunity.deadline, DateKind.CLOSING: takeover.transfer_on}
    return {kind: day for kind, day in recorded.items() if day} | {DateKind(row.kind): row.day for row in dates}


def calendar_lines(
    file: TakeoverFile,
    opportunity: Opportunity,
    takeover: TakeoverCase,
    dates: Sequence[TakeoverDate],
    *,
    today: date,
    options: TakeoverSettings,
) -> list[CalendarLine]:
    """Return the calendar of a case, by day."""
    given = days_given(opportunity, takeover, dates)
    computed = computed_days(given, facts_of(file, takeover, dates), options)
    rows = {DateKind(row.kind): row for row in dates}
    days = {kind: result.day for kind, result in computed.items()} | given
    lines = [
        CalendarLine(
            kind,
            day,
            urgency_of(kind, day, Stage(file.stage), given, today=today, options=options),
            (day - today).days,
            rows.get(kind),
            computed.get(kind),
        )
        for kind, day in days.items()
    ]
    order = list(DateKind)
    return sorted(lines, key=lambda line: (line.day, order.index(line.kind)))


def urgency_of(
    kind: DateKind,
    day: date,
    stage: Stage,
    given: Mapping[DateKind, date],
    *,
    today: date,
    options: TakeoverSettings,
) -> Urgency:
    """Return how near a day is to somebody who has to act; what the stage has left behind is past."""
    rule = RULES[kind]
    is_settled = any(given[other] <= today for other in rule.settled_by if other in given)
    # Of the day itself: a planned one and one that was just noted look the same, but for the stage.
    is_settled |= stage in rule.done and day == today
    left = (day - today).days
    if stage not in rule.watched or is_settled:
        return Urgency.PAST if left < 0 else Urgency.LATER
    if left < 0:
        return Urgency.MISSED if rule.nature == Nature.DEADLINE else Urgency.PAST
    leads = options.court_remind_days if rule.of_court else options.takeover_remind_days
    if not leads or left > leads[0]:
        return Urgency.LATER
    return Urgency.NEAR if len(leads) > 1 and left <= leads[1] else Urgency.SOON
