"""The calendar of a takeover: days that somebody gave, and those that follow from them by rule.

Pure functions. A given day beats a computed one. Each rule stands, with its source, in docs/takeovers.md.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from api.core.french import NBSP, day, plural
from api.core.settings import TakeoverSettings
from api.takeovers.calendar import working_days
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.stages.transitions import Procedure, Sells


@dataclass(frozen=True)
class CalendarFacts:
    """What the rules need to know of a case. headcount: None where not known. of_court: it is on the court's track."""

    of_court: bool = False
    headcount: int | None = None
    procedure: Procedure | None = None
    sells: Sells | None = None


@dataclass(frozen=True)
class ComputedDay:
    """A day that follows from others, and how, in French."""

    day: date
    basis: str


Given = Mapping[DateKind, date]


@dataclass(frozen=True)
class _Known:
    given: Given
    facts: CalendarFacts
    options: TakeoverSettings


_Rule = Callable[[_Known], ComputedDay | None]


def computed_days(given: Given, facts: CalendarFacts, options: TakeoverSettings) -> dict[DateKind, ComputedDay]:
    """Return the days that follow from those that were given; a day beyond the calendar is left out."""
    return dict(_computed(_Known(given, facts, options)))


def day_of_sale(given: Given, options: TakeoverSettings) -> date | None:
    """Return the day that counts as that of the sale: by the setting the protocol's or the closing's, or the other."""
    anchors = (DateKind.PROTOCOL, DateKind.CLOSING)
    if options.employee_notice_anchor == "closing":
        anchors = (DateKind.CLOSING, DateKind.PROTOCOL)
    return next((given[kind] for kind in anchors if kind in given), None)


def months_of_notice(sale: date, options: TakeoverSettings) -> int:
    """Return how many months before a sale on this day employees are informed."""
    if sale < options.employee_notice_changed_on:
        return options.employee_notice_months_before
    return options.employee_notice_months


def earliest_sale(informed: date, options: TakeoverSettings) -> date:
    """Return the first day of a sale after the last employee was informed, whichever law holds on that day."""
    now, before = (
        _after(informed, months) for months in (options.employee_notice_months, options.employee_notice_months_before)
    )
    if now >= options.employee_notice_changed_on:
        return now
    return min(before, options.employee_notice_changed_on)


def is_each_employee_informed(facts: CalendarFacts, options: TakeoverSettings) -> bool | None:
    """Return whether the law on the information of each employee is about a case; None: it is to be verified."""
    if facts.of_court or facts.headcount == 0:
        return False
    if facts.headcount is None or facts.headcount < options.employee_notice_headcount:
        return True
    return False if facts.headcount < options.employee_notice_ceiling else None


def _computed(known: _Known) -> Iterator[tuple[DateKind, ComputedDay]]:
    for kind, rule in _RULES.items():
        try:
            computed = rule(known)
        except (OverflowError, ValueError):
            continue
        if computed:
            yield kind, computed


def _after(start: date, months: int) -> date:
    """Return the same day of a later month, or its last day where there is none. Raises ValueError, OverflowError."""
    later: date = start + relativedelta(months=months)
    return later


def _months(months: int) -> str:
    return "un mois" if months == 1 else f"{months}{NBSP}mois"


def _inform_employees_by(known: _Known) -> ComputedDay | None:
    sale = day_of_sale(known.given, known.options)
    if sale is None or not is_each_employee_informed(known.facts, known.options):
        return None
    months = months_of_notice(sale, known.options)
    return ComputedDay(_after(sale, -months), f"{_months(months)} avant la vente, prévue le {day(sale.isoformat())}")


def _earliest_sale(known: _Known) -> ComputedDay | None:
    if known.facts.of_court:
        return None
    if renounced := known.given.get(DateKind.EMPLOYEES_RENOUNCED):
        return ComputedDay(renounced, "le dernier salarié a dit ne pas faire d’offre")
    if informed := known.given.get(DateKind.EMPLOYEES_INFORMED):
        sale = earliest_sale(informed, known.options)
        return ComputedDay(sale, f"après l’information du dernier salarié, le {day(informed.isoformat())}")
    return None


def _information_outdated(known: _Known) -> ComputedDay | None:
    sale = _earliest_sale(known)
    if sale is None or DateKind.EMPLOYEES_INFORMED not in known.given:
        return None
    months = known.options.employee_notice_valid_months
    first = known.given.get(DateKind.EARLIEST_SALE, sale.day)
    return ComputedDay(_after(first, months), f"{_months(months)} après le premier jour possible de la vente")


def _council_opinion_due(known: _Known) -> ComputedDay | None:
    informed = known.given.get(DateKind.COUNCIL_INFORMED)
    if informed is None or known.facts.of_court:
        return None
    with_expert = day(_after(informed, known.options.council_opinion_expert_months).isoformat())
    months = _months(known.options.council_opinion_months)
    return ComputedDay(
        _after(informed, known.options.council_opinion_months),
        f"{months} après son information{NBSP}; avec un expert{NBSP}: le {with_expert}",
    )


def _other_offers_by(known: _Known) -> ComputedDay | None:
    hearing = known.given.get(DateKind.HEARING)
    if hearing is None:
        return None
    days = known.options.court_prepared_offer_days
    return ComputedDay(
        hearing - timedelta(days=days),
        f"{plural(days, 'jour')} avant l’audience, seulement si une cession préparée dispense d’appeler des offres",
    )


def _improvement_by(known: _Known) -> ComputedDay | None:
    """The working day before the last one: how courts count the day and the hour was not verified."""
    hearing = known.given.get(DateKind.HEARING)
    if hearing is None:
        return None
    last = working_days.before(hearing, known.options.court_improvement_working_days)
    return ComputedDay(
        working_days.before(last, 1),
        f"la veille, par prudence, du {day(last.isoformat())}, "
        f"{plural(known.options.court_improvement_working_days, 'jour ouvré', 'jours ouvrés')} avant l’audience"
        f"{NBSP}; heure limite{NBSP}: demander à l’étude",
    )


def _court_opinion_by(known: _Known) -> ComputedDay | None:
    if (hearing := known.given.get(DateKind.HEARING)) is None or known.facts.headcount == 0:
        return None
    return ComputedDay(working_days.before(hearing, 1), "dernier jour ouvré avant l’audience")


def _publish_by(known: _Known) -> ComputedDay | None:
    if (
        (closing := known.given.get(DateKind.CLOSING)) is None
        or known.facts.of_court
        or known.facts.sells != Sells.BUSINESS
    ):
        return None
    days = known.options.fonds_publication_days
    return ComputedDay(closing + timedelta(days=days), f"{plural(days, 'jour')} après la signature")


def _opposition_ends(known: _Known) -> ComputedDay | None:
    if (published := known.given.get(DateKind.BODACC_PUBLISHED)) is None or known.facts.of_court:
        return None
    days = known.options.fonds_opposition_days
    last = working_days.on_or_after(published + timedelta(days=days))
    return ComputedDay(last, f"{plural(days, 'jour')} après la parution au BODACC, reportés au jour ouvré suivant")


def _days_after(kind: DateKind, option: str, words: str) -> _Rule:
    def rule(known: _Known) -> ComputedDay | None:
        days: int = getattr(known.options, option)
        start = known.given.get(kind)
        return ComputedDay(start + timedelta(days=days), f"{plural(days, 'jour')} {words}") if start else None

    return rule


def _months_after(kind: DateKind, option: str, words: str, procedure: Procedure | None = None) -> _Rule:
    def rule(known: _Known) -> ComputedDay | None:
        months: int = getattr(known.options, option)
        if (start := known.given.get(kind)) is None or procedure not in (None, known.facts.procedure):
            return None
        return ComputedDay(_after(start, months), f"{_months(months)} {words}")

    return rule


def _offer_to_administrator_by(known: _Known) -> ComputedDay | None:
    if (hearing := known.given.get(DateKind.HEARING)) is None or known.facts.procedure != Procedure.RECOVERY:
        return None
    days = known.options.court_offer_days
    return ComputedDay(hearing - timedelta(days=days), f"{plural(days, 'jour')} avant l’audience")


_RULES: Mapping[DateKind, _Rule] = {
    DateKind.INFORM_EMPLOYEES_BY: _inform_employees_by,
    DateKind.EARLIEST_SALE: _earliest_sale,
    DateKind.INFORMATION_OUTDATED: _information_outdated,
    DateKind.COUNCIL_OPINION_DUE: _council_opinion_due,
    DateKind.EXCLUSIVITY_ENDS: _days_after(
        DateKind.INTENT_SIGNED, "exclusivity_days", "après la signature de la lettre, si elle ne dit rien d’autre"
    ),
    DateKind.PREEMPTION_ENDS: _months_after(
        DateKind.PREEMPTION_DECLARED, "preemption_months", "de silence de la commune après la déclaration"
    ),
    DateKind.PUBLISH_BY: _publish_by,
    DateKind.OPPOSITION_ENDS: _opposition_ends,
    DateKind.HANDOVER_ENDS: _months_after(
        DateKind.CLOSING, "handover_months", "après la cession, si rien d’autre n’est convenu"
    ),
    DateKind.OFFER_TO_ADMINISTRATOR_BY: _offer_to_administrator_by,
    DateKind.OTHER_OFFERS_BY: _other_offers_by,
    DateKind.IMPROVEMENT_BY: _improvement_by,
    DateKind.COURT_OPINION_BY: _court_opinion_by,
    DateKind.FINANCING_REVIEW: _months_after(
        DateKind.JUDGMENT, "court_financing_months", "après le jugement", Procedure.RECOVERY
    ),
    DateKind.OBSERVATION_ENDS: _months_after(
        DateKind.JUDGMENT, "court_observation_months", "après le jugement, renouvelable", Procedure.RECOVERY
    ),
    DateKind.ACTIVITY_ENDS: _months_after(
        DateKind.JUDGMENT, "court_activity_months", "après le jugement, renouvelable une fois", Procedure.LIQUIDATION
    ),
    DateKind.DISMISSALS_BY: _months_after(DateKind.PLAN, "court_dismissal_months", "après le jugement du plan"),
}
