"""Until when a letter of intent binds the owner: meanwhile nobody else is proposed, and no other letter is taken."""

from collections.abc import Mapping
from datetime import date

from api.core.settings import TakeoverSettings
from api.takeovers.calendar.computed_days import CalendarFacts, computed_days
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.calendar.lines import days_given, facts_of
from api.takeovers.case_file.history import StoredFile
from api.takeovers.stages.transitions import OWNER_TRACK


def running_until(
    given: Mapping[DateKind, date], facts: CalendarFacts, *, today: date, options: TakeoverSettings
) -> date | None:
    """Return the last day of an exclusivity that runs, as it was written or as the setting says; None if none does."""
    ends = given.get(DateKind.EXCLUSIVITY_ENDS)
    if ends is None and (computed := computed_days(given, facts, options).get(DateKind.EXCLUSIVITY_ENDS)):
        ends = computed.day
    signed = given.get(DateKind.INTENT_SIGNED)
    is_signed = signed is not None and signed <= today
    return ends if ends and is_signed and ends >= today else None


def exclusive_until(stored: StoredFile, *, today: date, options: TakeoverSettings) -> date | None:
    """Return until when a case's owner negotiates with one candidate alone; None where nothing binds it."""
    if stored.standing.stage not in OWNER_TRACK:
        return None
    dates = list(stored.dates.values())
    given = days_given(stored.opportunity, stored.takeover, dates)
    return running_until(given, facts_of(stored.row, stored.takeover, dates), today=today, options=options)
