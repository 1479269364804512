"""Working days in France (*jours ouvrés*): Monday to Friday, without public holidays of the whole country."""

from collections.abc import Container
from datetime import date, timedelta
from functools import cache

_DAY = timedelta(days=1)


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays()


def on_or_after(day: date) -> date:
    """Return the day itself if it is a working day, or else the next one."""
    while not is_working_day(day):
        day += _DAY
    return day


def before(day: date, count: int) -> date:
    """Return the working day that lies so many working days before a day, which is not counted. count: 1 or more."""
    while count:
        day -= _DAY
        count -= is_working_day(day)
    return day


@cache
def _holidays() -> Container[date]:
    # Here: the package loads every country, in a twelfth of the time that a command takes to start.
    from holidays.countries.france import France

    days: Container[date] = France()  # type: ignore[no-untyped-call]
    return days
