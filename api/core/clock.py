"""Moments, and days in France."""

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
    """Return the date in France, which identifies a night, also when the clocks change."""
    return day_in_france(now)


def today_in_france() -> date:
    """Return today's date in France: deadlines end with that day, whatever the server's time zone."""
    return day_in_france(utc_now())
