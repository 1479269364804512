"""Days as they are counted in France, whatever the server's clock shows."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def day_in_france(moment: datetime) -> date:
    """Return the date in France at a moment (with its time zone)."""
    return moment.astimezone(PARIS).date()
