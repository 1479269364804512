"""The calendar of a takeover as a file for any agenda (iCalendar, RFC 5545): whole days, with reminders.

An agenda may lie anywhere: what is confidential is named in none of its lines.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from api.core.french import NBSP
from api.core.settings import TakeoverSettings
from api.takeovers.calendar.date_kinds import RULES
from api.takeovers.calendar.lines import CalendarLine, Urgency
from api.takeovers.calendar.wording import DATES

_LINE_BYTES = 75
_DAY = "%Y%m%d"


def calendar_file(
    lines: Sequence[CalendarLine], *, mark: str, title: str, url: str, now: datetime, options: TakeoverSettings
) -> bytes:
    """Return the days to come of a case as a file.

    mark: what the case is called in it, which says nothing to others. title: of a public case, or empty. url: where to
    read more.
    """
    events = [
        part for line in lines if line.urgency != Urgency.PAST and line.days_left >= 0
        for part in _event(line, mark, title, url, now, options)
    ]  # fmt: skip
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Pole Sud//Reprises//FR", "METHOD:PUBLISH"]
    return "".join(f"{folded}\r\n" for folded in map(_folded, [*head, *events, "END:VCALENDAR"])).encode()


def _event(
    line: CalendarLine, mark: str, title: str, url: str, now: datetime, options: TakeoverSettings
) -> Iterator[str]:
    subject = f"Reprise{NBSP}: {DATES[line.kind]}" + (f" – {title}" if title else "")
    yield "BEGIN:VEVENT"
    yield f"UID:{line.kind.value}-{mark}"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{line.day.strftime(_DAY)}"
    yield f"DTEND;VALUE=DATE:{(line.day + timedelta(days=1)).strftime(_DAY)}"
    yield f"SUMMARY:{_escaped(subject)}"
    yield f"URL:{url}"
    yield "TRANSP:TRANSPARENT"
    leads = options.court_remind_days if RULES[line.kind].of_court else options.takeover_remind_days
    yield from _alarms(leads, subject)
    yield "END:VEVENT"


def _alarms(leads: Iterable[int], subject: str) -> Iterator[str]:
    for days in leads:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_escaped(subject)}", f"TRIGGER:-P{days}D")
        yield "END:VALARM"


def _escaped(text: str) -> str:
    """Return a text as a value (3.3.11): signs of the format escaped, and no line of its own."""
    flat = " ".join(text.split("\n")).replace("\r", "")
    return flat.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    """Return a line in parts of at most 75 bytes (3.1), without cutting a character."""
    parts: list[str] = []
    part = ""
    for character in line:
        # Each part but the first begins with a blank.
        if len((part + character).encode()) > _LINE_BYTES - bool(parts):
            parts.append(part)
            part = ""
        part += character
    return "\r\n ".join([*parts, part])
