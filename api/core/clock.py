"""Days as they are counted in France, whatever the server's clock shows."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from models.base import utc_now

# Returns the present moment, in UTC.
Clock = Callable[[], datetime]

PARIS = ZoneInfo("Europe/Paris")


def day_in_france(moment: datetime) -> date:
    """Return the date in France at a moment (with its time zone)."""
    return moment.astimezone(PARIS).date()


def night_of(now: datetime) -> date:
    """Return the night's day: the date in France, on which both nights that change the hour are one night each."""
    return day_in_france(now)


def today_in_france() -> date:
    """A deadline ends with the day in France, whatever the server's clock shows."""
    return day_in_france(utc_now())
