"""« Ma journée » in French."""

from datetime import date

from api.catalogue.wording import STATUSES
from api.core.clock import PARIS, day_in_france
from api.core.french import NBSP, weekday, when
from api.day.calendar_moves import CalendarMove, Moved
from api.day.reading import Period
from models.opportunities import Opportunity, TakeoverCase


def period_in_words(period: Period) -> str:
    """Return since when things are new: « depuis votre dernière visite, hier à 17 h 40 »."""
    since_day = day_in_france(period.since)
    if not period.is_visit:
        return f"depuis {weekday(since_day)}"
    near = when(since_day, period.today)
    since = near if (period.today - since_day).days < 2 else weekday(since_day)
    moment = period.since.astimezone(PARIS)
    return f"depuis votre dernière visite, {since} à {moment.hour}{NBSP}h{NBSP}{moment.minute:02}"


def moved_in_words(moved: Moved, subject: str) -> str:
    """Return how a day moved: « remise des offres : vendredi 4 décembre, au lieu de mardi 1er décembre »."""
    if moved.after is None:
        return f"{subject}{NBSP}: plus de date, c’était {weekday(moved.before)}"
    former = f", au lieu de {weekday(moved.before)}" if moved.before else ""
    return f"{subject}{NBSP}: {weekday(moved.after)}{former}"


def move_in_words(move: CalendarMove) -> list[str]:
    """Return what moved of an opportunity, a sentence each."""
    is_takeover = move.is_takeover
    words = [STATUSES[move.status.after]] if move.status else []
    if move.deadline:
        words.append(moved_in_words(move.deadline, "offres" if is_takeover else "échéance"))
    if move.transfer_on:
        words.append(moved_in_words(move.transfer_on, "cession"))
    return words


def takeover_dates(opportunity: Opportunity, takeover: TakeoverCase, today: date) -> list[str]:
    """Return the coming dates of a takeover case: « offres avant vendredi 4 décembre (dans 5 jours) »."""
    dates = (("offres avant", opportunity.deadline), ("cession prévue", takeover.transfer_on))
    return [
        f"{words} {weekday(moment)} ({when(moment, today)})" for words, moment in dates if moment and moment >= today
    ]
