"""« Ma journée » in French."""

from datetime import date

from api.brokerage.answer_queries import AnswerRow
from api.brokerage.queries import CaseRow
from api.brokerage.wording import STATES
from api.catalogue.wording import STATUSES, place
from api.core.clock import PARIS, day_in_france
from api.core.french import NBSP, plural, weekday, when
from api.day.calendar_moves import Moved, Moves
from api.day.reading import Day, Period
from api.learning.wording import rating_in_words
from api.takeovers.calendar.lines import CalendarLine, Urgency
from api.takeovers.calendar.wording import DATES
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


def moves_in_words(moves: Moves, *, of_takeover: bool) -> list[str]:
    """Return what moved of an opportunity, a sentence each."""
    words = [STATUSES[moves.status.after]] if moves.status else []
    if moves.deadline:
        words.append(moved_in_words(moves.deadline, "offres" if of_takeover else "échéance"))
    if moves.transfer_on:
        words.append(moved_in_words(moves.transfer_on, "cession"))
    return words


def need_in_words(row: Opportunity, today: date) -> str:
    """Return where a need is, whose, and until when."""
    until = f"{when(row.deadline, today)}, {weekday(row.deadline)}" if row.deadline else ""
    facts = (row.buyer_name or "", place(row.commune_name, row.department), until)
    return " · ".join(fact for fact in facts if fact)


def answer_in_words(row: AnswerRow) -> str:
    """Return what was answered and for which actor: « Intéressé : Les Sécateurs ». No person is named."""
    actor_name = row.pair.actor.name if row.pair.actor else "une recherche enregistrée"
    return f"{rating_in_words(row.rating)}{NBSP}: {actor_name}"


def case_in_words(row: CaseRow, today: date) -> str:
    """Return whom a case is about, its state, and since when it is due."""
    actor_name = row.pair.actor.name if row.pair.actor else "une recherche enregistrée"
    due = when(row.case.remind_on, today) if row.case.remind_on else ""
    return " · ".join(fact for fact in (actor_name, STATES[row.case.state], due) if fact)


def news_in_words(day_read: Day) -> str:
    """Return « 3 nouveautés, 2 échéances cette semaine »; what waits, where there is neither."""
    counts = []
    if day_read.news:
        counts.append(plural(day_read.news, "nouveauté"))
    if day_read.due.count:
        counts.append(f"{plural(day_read.due.count, 'échéance')} cette semaine")
    return ", ".join(counts) or "ce qui attend"


def takeover_day_in_words(line: CalendarLine, today: date) -> str:
    """Return « fin de l’exclusivité : vendredi 4 décembre (dans 5 jours) »; of a missed day that it is past."""
    missed = ", dépassée" if line.urgency == Urgency.MISSED else ""
    return f"{DATES[line.kind]}{NBSP}: {weekday(line.day)} ({when(line.day, today)}{missed})"


def takeover_dates(opportunity: Opportunity, takeover: TakeoverCase, today: date) -> list[str]:
    """Return the coming dates of a takeover case: « offres avant vendredi 4 décembre (dans 5 jours) »."""
    dates = (("offres avant", opportunity.deadline), ("cession prévue", takeover.transfer_on))
    return [
        f"{words} {weekday(moment)} ({when(moment, today)})" for words, moment in dates if moment and moment >= today
    ]
