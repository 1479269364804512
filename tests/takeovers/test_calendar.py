"""Days that follow from others: ends of months, working days, the two laws on the information of employees."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.core.settings import TakeoverSettings
from api.takeovers.calendar import working_days
from api.takeovers.calendar.computed_days import (
    CalendarFacts,
    computed_days,
    earliest_sale,
    is_each_employee_informed,
    months_of_notice,
)
from api.takeovers.calendar.date_kinds import COMPUTED, OF_BOTH, OF_COURT, OF_OWNER, RULES, DateKind, Nature
from api.takeovers.calendar.lines import Urgency, urgency_of
from api.takeovers.calendar.rules_of_law import ARTICLES
from api.takeovers.calendar.wording import DATES
from api.takeovers.case_file.form_days import days_asked
from api.takeovers.stages.transitions import Move, Procedure, Sells, Stage, Way
from api.takeovers.stages.wording import REASONS, STAGES
from tests.support.options import OPTIONS

DAYS = st.dates(date(2026, 1, 1), date(2040, 12, 31))
PLAIN = CalendarFacts(headcount=8)


def computed(kind: DateKind, facts: CalendarFacts = PLAIN, **given_days: date) -> date | None:
    known = {DateKind(name): day for name, day in given_days.items()}
    result = computed_days(known, facts, OPTIONS).get(kind)
    return result.day if result else None


@pytest.mark.parametrize(
    ("sale", "by"),
    [
        (date(2026, 7, 25), date(2026, 5, 25)),  # the law of before: two months
        (date(2026, 7, 26), date(2026, 6, 26)),
        (date(2027, 3, 31), date(2027, 2, 28)),  # February has no 31st
        (date(2028, 3, 30), date(2028, 2, 29)),
    ],
)
def test_employees_are_informed_one_month_before_the_sale_and_two_under_the_former_law(sale: date, by: date) -> None:
    assert computed(DateKind.INFORM_EMPLOYEES_BY, protocol=sale) == by


@given(DAYS, DAYS)
def test_the_protocol_counts_as_the_sale_unless_the_setting_says_the_closing(protocol: date, closing: date) -> None:
    by_closing = OPTIONS.model_copy(update={"employee_notice_anchor": "closing"})
    known = {DateKind.PROTOCOL: protocol, DateKind.CLOSING: closing}
    for options, sale in ((OPTIONS, protocol), (by_closing, closing)):
        alone = computed_days({DateKind.PROTOCOL: sale}, PLAIN, options)[DateKind.INFORM_EMPLOYEES_BY]
        assert computed_days(known, PLAIN, options)[DateKind.INFORM_EMPLOYEES_BY] == alone


@given(DAYS)
def test_the_earliest_sale_respects_the_notice_to_the_end_of_a_month(informed: date) -> None:
    sale = earliest_sale(informed, OPTIONS)
    assert timedelta(days=28) <= sale - informed <= timedelta(days=62)
    # A month that is shorter than the one before takes up to three days.
    latest = computed(DateKind.INFORM_EMPLOYEES_BY, protocol=sale)
    assert latest is not None
    assert informed - timedelta(days=3) <= latest or sale == OPTIONS.employee_notice_changed_on
    # One day earlier, the law that holds on that day would not be respected.
    day_before = sale - timedelta(days=1)
    assert months_of_notice(day_before, OPTIONS) > 1 or informed + timedelta(days=28) >= day_before - timedelta(days=3)


@given(DAYS, st.sampled_from((Procedure.RECOVERY, Procedure.LIQUIDATION, None)))
def test_a_day_before_a_hearing_lies_on_a_working_day_where_working_days_count(
    hearing: date, procedure: Procedure | None
) -> None:
    facts = CalendarFacts(of_court=True, headcount=12, procedure=procedure)
    opinion = computed(DateKind.COURT_OPINION_BY, facts, hearing=hearing)
    improvement = computed(DateKind.IMPROVEMENT_BY, facts, hearing=hearing)
    assert opinion
    assert improvement
    assert improvement < opinion < hearing
    assert working_days.is_working_day(opinion)
    assert working_days.is_working_day(improvement)
    between = [improvement + timedelta(days=n) for n in range(1, (hearing - improvement).days)]
    assert sum(map(working_days.is_working_day, between)) == OPTIONS.court_improvement_working_days
    assert (computed(DateKind.OFFER_TO_ADMINISTRATOR_BY, facts, hearing=hearing) is not None) == (
        procedure == Procedure.RECOVERY
    )


def test_an_improvement_before_a_hearing_in_may_counts_no_holiday() -> None:
    facts = CalendarFacts(of_court=True)
    # Friday 8 May 2026 is a holiday: two working days before Monday 11 are Wednesday 6; the day before is shown.
    assert computed(DateKind.IMPROVEMENT_BY, facts, hearing=date(2026, 5, 11)) == date(2026, 5, 5)
    assert computed(DateKind.COURT_OPINION_BY, facts, hearing=date(2026, 5, 11)) == date(2026, 5, 7)


@given(DAYS)
def test_oppositions_end_on_a_working_day(published: date) -> None:
    ends = computed(DateKind.OPPOSITION_ENDS, bodacc_published=published)
    assert ends
    assert working_days.is_working_day(ends)
    assert 10 <= (ends - published).days <= 15


@given(DAYS, st.sampled_from(Sells) | st.none())
def test_only_the_sale_of_a_business_is_published(closing: date, sells: Sells | None) -> None:
    day = computed(DateKind.PUBLISH_BY, CalendarFacts(sells=sells), closing=closing)
    assert day == (closing + timedelta(days=15) if sells == Sells.BUSINESS else None)


def test_the_law_is_about_each_employee_below_fifty_and_to_be_verified_from_250() -> None:
    answers = {headcount: is_each_employee_informed(CalendarFacts(headcount=headcount), OPTIONS) for headcount in
               (0, 1, 49, 50, 249, 250, None)}  # fmt: skip
    assert answers == {0: False, 1: True, 49: True, 50: False, 249: False, 250: None, None: True}
    assert is_each_employee_informed(CalendarFacts(of_court=True, headcount=8), OPTIONS) is False


@given(st.dictionaries(st.sampled_from(DateKind), st.dates()), st.booleans(), st.integers(0, 300) | st.none())
def test_no_day_of_any_year_breaks_the_calendar(
    known: dict[DateKind, date], court: bool, headcount: int | None
) -> None:
    facts = CalendarFacts(court, headcount, Procedure.RECOVERY, Sells.BUSINESS)
    assert set(computed_days(known, facts, OPTIONS)) <= set(COMPUTED)


@given(st.sampled_from(DateKind), DAYS, DAYS, st.sampled_from(Stage))
def test_a_deadline_is_missed_until_something_settles_it_and_nothing_else_is(
    kind: DateKind, day: date, today: date, stage: Stage
) -> None:
    urgency = urgency_of(kind, day, stage, {kind: day}, today=today, options=OPTIONS)
    rule = RULES[kind]
    assert (urgency == Urgency.MISSED) == (day < today and rule.nature == Nature.DEADLINE and stage in rule.watched)
    for other in rule.settled_by:
        settled = urgency_of(kind, day, stage, {kind: day, other: today}, today=today, options=OPTIONS)
        assert settled in (Urgency.PAST, Urgency.LATER)


@given(DAYS)
def test_reminders_come_from_the_first_lead_on_and_of_a_court_later(day: date) -> None:
    def at(kind: DateKind, stage: Stage, before: int) -> Urgency:
        return urgency_of(kind, day, stage, {kind: day}, today=day - timedelta(days=before), options=OPTIONS)

    owner = [at(DateKind.PROTOCOL, Stage.MET, before) for before in (31, 30, 8, 7, 0)]
    assert owner == [Urgency.LATER, Urgency.SOON, Urgency.SOON, Urgency.NEAR, Urgency.NEAR]
    court = [at(DateKind.HEARING, Stage.FILED, before) for before in (8, 7, 4, 3, 0)]
    assert court == [Urgency.LATER, Urgency.SOON, Urgency.SOON, Urgency.NEAR, Urgency.NEAR]


def test_what_the_stage_says_took_place_today_is_not_called_to_mind() -> None:
    today = date(2026, 11, 29)
    for kind, before, after in (
        (DateKind.MEETING, Stage.COMMITTED, Stage.MET),
        (DateKind.PROTOCOL, Stage.AUDIT, Stage.FINANCED),
        (DateKind.HEARING, Stage.FILED, Stage.HEARD),
        (DateKind.CLOSING, Stage.FINANCED, Stage.CLOSED),
    ):
        urgencies = [
            urgency_of(kind, today, stage, {kind: today}, today=today, options=OPTIONS) for stage in (before, after)
        ]
        assert urgencies == [Urgency.NEAR, Urgency.LATER], kind


def test_a_court_s_sale_does_not_ask_who_was_informed() -> None:
    closing = Move(Way.FORWARD, Stage.CLOSED)
    assert DateKind.EMPLOYEES_INFORMED in days_asked(Stage.FINANCED, closing, ())
    assert set(days_asked(Stage.POSSESSION, closing, ())) == {DateKind.CLOSING}


def test_every_day_and_stage_has_its_words_and_every_computed_day_its_source() -> None:
    assert set(DATES) == set(DateKind) == set(RULES) == {*OF_OWNER, *OF_BOTH, *OF_COURT}
    assert set(STAGES) == set(Stage)
    assert len(set(REASONS.values())) == len(REASONS)
    assert set(COMPUTED) <= set(ARTICLES)


def test_a_changed_setting_changes_only_what_follows_from_it() -> None:
    longer: TakeoverSettings = OPTIONS.model_copy(update={"exclusivity_days": 90})
    known = {DateKind.INTENT_SIGNED: date(2026, 12, 1), DateKind.PROTOCOL: date(2027, 3, 1)}
    usual, changed = (computed_days(known, PLAIN, options) for options in (OPTIONS, longer))
    assert {kind for kind in usual if usual[kind] != changed[kind]} == {DateKind.EXCLUSIVITY_ENDS}
