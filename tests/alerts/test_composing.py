"""A partner hears once of what is new, of what has changed since, and of nothing that is over."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update
from sqlmodel import select

from api.alerts.changes import change_since, new_baseline
from api.alerts.composing import AlertReport, compose_alerts
from api.alerts.due import why_not_due
from api.catalogue import record_changes
from api.core.clock import night_of
from api.learning.weights import activate, active_weights, stored_weights
from api.matching.advice_wording import advice_to_partner, score_in_words
from api.subscriptions.confirming import unsubscribe
from api.subscriptions.subscriptions import change, subscribe
from matcher.sections import section_of
from models.database import reading, writing
from models.tables import Impression, OutboxMessage, RankedList, Subscription, Suggestion, WeightsVersion
from tests.support.night_world import (
    NIGHT,
    OPTIONS,
    SIGNER,
    TITLES,
    TRADES,
    add_actor,
    add_need,
    announcements,
    follow,
    mails,
    moment,
    open_desk,
    row_counts,
    small,
)

pytestmark = pytest.mark.slow

CAMILLE, ALEX = "camille@exemple.invalid", "alex@exemple.invalid"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    return small(engine)


def night(engine: Engine, day: date = NIGHT, *, deliver: bool = True, **options: Any) -> AlertReport:
    """Compose a night's alerts, and take them for sent."""
    settings = OPTIONS.model_copy(update={name: options.pop(name) for name in list(options) if name in vars(OPTIONS)})
    report = compose_alerts(open_desk(engine), SIGNER, night=day, now=moment(day), options=settings, **options)
    if deliver:
        with writing(engine) as session:
            session.execute(update(OutboxMessage).values(status="sent"))
    return report


def events(engine: Engine, day: date) -> list[str]:
    return sorted(one.event.partition(":")[0] for one in announcements(engine) if one.night == day)


def day(number: int) -> date:
    return NIGHT + timedelta(days=number)


def test_an_opening_to_come_is_announced_to_nobody_and_once_it_is_open_it_is_new(engine: Engine) -> None:
    add_actor(engine, 1)
    follow(engine, CAMILLE, actor_id=add_actor(engine, 2))
    need = add_need(engine, 1, status="expected", published_on=day(60), deadline=None)
    assert night(engine).mails == 0
    assert announcements(engine) == []
    record_changes.change_opportunity(engine, need, {"status": "open", "published_on": day(1)})
    assert night(engine, day(1)).mails == 1
    record_changes.change_opportunity(engine, need, {"status": "expected", "published_on": day(90)})
    assert night(engine, day(2)).mails == 0


@pytest.fixture
def gardeners(engine: Engine) -> str:
    return add_actor(engine, 1)


def test_what_is_new_is_told_once_with_its_reasons_and_links(engine: Engine, gardeners: str) -> None:
    add_need(engine, 1)
    add_need(engine, 2, TITLES[1])
    follow(engine, CAMILLE, actor_id=gardeners)
    report = night(engine)
    assert (report.due, report.mails, report.announced, report.events) == (1, 1, 1, {"new": 1})
    (mail,) = mails(engine)
    assert mail.subject.startswith("1 nouveauté pour vous")
    for part in (TITLES[0], "Die (26)", "14 décembre 2026", "Pour Coopérative 1", "?choix=oui", "?choix=non", "/voir/"):
        assert part in mail.text
    assert re.search(r"^   (Même métier|Métier)\b.* · À ", mail.text, re.MULTILINE)
    assert TITLES[1] not in mail.text
    assert CAMILLE not in mail.text + mail.html + mail.subject + str(mail.headers)
    # The next night has nothing to say, and says why.
    again = night(engine, day(1))
    assert (again.mails, again.skipped) == (0, {"nothing_new": 1})
    assert len(mails(engine)) == 1


def test_a_rerun_of_the_same_night_writes_no_row(engine: Engine, gardeners: str) -> None:
    for number in range(4):
        add_need(engine, number)
    follow(engine, CAMILLE, actor_id=gardeners)
    follow(engine, ALEX, search="traiteur")
    night(engine)
    before = row_counts(engine)
    report = night(engine)
    assert (report.due, report.skipped, row_counts(engine)) == (0, {"served": 2}, before)


def test_a_dry_run_computes_the_same_and_writes_nothing(engine: Engine, gardeners: str) -> None:
    add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=gardeners)
    open_desk(engine).snapshot()
    before = row_counts(engine)
    dry = night(engine, dry_run=True, deliver=False)
    assert row_counts(engine) == before
    assert vars(dry) == vars(night(engine))


def test_what_is_shown_is_recorded_as_ranked_and_only_that(engine: Engine, gardeners: str) -> None:
    for number in range(6):
        add_need(engine, number)
    follow(engine, CAMILLE, actor_id=gardeners, most=2)
    report = night(engine)
    assert report.waiting == {"most": 4}
    night(engine, day(1))
    with reading(engine) as session:
        rows = session.exec(select(Impression, RankedList).where(Impression.list_id == RankedList.id)).all()
    assert len(rows) == 4
    assert all(one.direction == "opportunities_for_actor" for _, one in rows)
    by_list: dict[str, list[int]] = {}
    for impression, ranked in rows:
        by_list.setdefault(ranked.id, []).append(impression.rank)
    # The second night shows the third and the fourth of the same list, and says so.
    assert sorted(sorted(ranks) for ranks in by_list.values()) == [[1, 2], [3, 4]]
    told = {one.impression_id for one in announcements(engine)}
    assert told == {impression.id for impression, _ in rows}


def test_what_is_left_out_waits_for_the_next_nights_best_first(engine: Engine, gardeners: str) -> None:
    for number in range(5):
        add_need(engine, number, published_on=NIGHT - timedelta(days=20 * number))
    follow(engine, CAMILLE, actor_id=gardeners, most=2)
    for number in range(4):
        night(engine, day(number))
    scores = [(one.night, -one.told["score"]) for one in announcements(engine)]
    ordered = sorted(scores)
    assert [one for _, one in ordered] == sorted(one for _, one in ordered)
    assert [len(events(engine, day(number))) for number in range(4)] == [2, 2, 1, 0]


def test_below_the_lowest_section_that_is_wanted_nothing_is_told(engine: Engine, gardeners: str) -> None:
    add_need(engine, 1)
    add_need(engine, 2, TITLES[3])
    follow(engine, CAMILLE, actor_id=gardeners, least="unlikely", most=20)
    follow(engine, ALEX, actor_id=gardeners, least="good_lead")
    night(engine)
    scores = {one.partner_id: [] for one in announcements(engine)}
    for one in announcements(engine):
        scores[one.partner_id].append(one.told["score"])
    (few, many) = sorted(scores.values(), key=len)
    assert len(many) == 2
    assert min(many) < 0.45 <= min(few)


@pytest.mark.parametrize(
    ("wishes", "reason"), [({"frequency": "paused"}, "paused"), ({"frequency": "weekly", "weekday": 2}, "not_today")]
)
def test_a_subscription_that_is_not_due_is_left_with_its_reason(
    engine: Engine, gardeners: str, wishes: dict[str, Any], reason: str
) -> None:
    """The night is a Tuesday."""
    add_need(engine, 1)
    # Confirmed the day before: its Wednesday is still to come.
    follow(engine, CAMILLE, actor_id=gardeners, on=NIGHT - timedelta(days=1), **wishes)
    assert night(engine).skipped == {reason: 1}
    assert mails(engine) == []


def test_nothing_is_sent_before_the_confirmation_nor_to_who_left(engine: Engine, gardeners: str) -> None:
    add_need(engine, 1)
    subscribe(engine, SIGNER, CAMILLE, actor_id=gardeners, now=moment(NIGHT), options=OPTIONS)
    assert night(engine).skipped == {"unconfirmed": 1}
    followed = follow(engine, ALEX, actor_id=gardeners)
    unsubscribe(engine, followed.partner_id, now=moment(NIGHT))
    assert night(engine).skipped == {"unconfirmed": 1, "unsubscribed": 1}
    assert mails(engine) == []


def weekly(weekday: int, served: date | None, confirmed: date) -> Subscription:
    return Subscription(
        id="s",
        partner_id="p",
        frequency="weekly",
        weekday=weekday,
        served_on=served,
        confirmed_at=datetime.combine(confirmed, datetime.min.time()).astimezone(),
    )


def test_a_weekly_one_is_served_once_a_week_and_its_missed_day_at_the_next_night() -> None:
    """Monday is 0. The machine is off on the second Monday, and on again on Wednesday."""
    monday = date(2026, 11, 23)
    served: date | None = None
    nights = []
    for number in range(22):
        tonight = monday + timedelta(days=number)
        if tonight in (monday + timedelta(days=7), monday + timedelta(days=8)):
            continue
        if why_not_due(weekly(0, served, monday - timedelta(days=3)), "active", tonight, ()) is None:
            served = tonight
            nights.append(number)
    assert nights == [0, 9, 14, 21]


def test_a_weekly_one_confirmed_on_its_own_day_waits_a_week() -> None:
    monday = date(2026, 11, 23)
    asked = weekly(0, None, monday)
    due = [n for n in range(1, 8) if why_not_due(asked, "active", monday + timedelta(days=n), ()) is None]
    assert due == [7]


def test_both_nights_that_change_the_hour_are_one_night_each() -> None:
    """In France on 29 March 2026 the clock jumps over 02:30, on 25 October it shows it twice."""
    for day_of_change in (date(2026, 3, 29), date(2026, 10, 25)):
        rings = [moment(day_of_change + timedelta(days=number)) for number in (-1, 0, 1)]
        assert [night_of(one) for one in rings] == [day_of_change + timedelta(days=number) for number in (-1, 0, 1)]
        hours = [(after - before).total_seconds() / 3600 for before, after in pairwise(rings)]
        assert hours == ([23, 24] if day_of_change.month == 3 else [25, 24])
        # Whenever the work is done that day, it is the same night.
        start = moment(day_of_change) - timedelta(hours=3)
        assert {night_of(start + timedelta(minutes=10 * step)) for step in range(100)} == {day_of_change}


def test_a_partner_whose_mail_has_not_left_gets_no_second_one(engine: Engine, gardeners: str) -> None:
    add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=gardeners)
    night(engine, deliver=False)
    add_need(engine, 2)
    assert night(engine, day(1), deliver=False).skipped == {"undelivered": 1}
    assert len(mails(engine)) == 1
    with writing(engine) as session:
        session.execute(update(OutboxMessage).values(status="sent"))
    assert night(engine, day(2)).announced == 1


def test_a_rectification_is_told_with_what_changed_and_once(engine: Engine, gardeners: str) -> None:
    need = add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=gardeners)
    night(engine)
    later = (NIGHT + timedelta(days=30)).isoformat()
    record_changes.change_opportunity(engine, need, {"deadline": later, "amount_eur": 140_000})
    assert night(engine, day(1)).events == {"rectified": 1}
    text = mails(engine)[-1].text
    assert "RECTIFIÉ" in text
    assert "24 décembre 2026 (avant : 14 décembre 2026)" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "140 k€ (avant : 90 k€)" in text.replace("\N{NO-BREAK SPACE}", " ")
    # What changes nothing that was told is no news; nor is the same state again.
    record_changes.change_opportunity(engine, need, {"url": "https://exemple.invalid/avis"})
    assert night(engine, day(2)).mails == 0


def test_a_cancellation_is_told_once_to_who_had_heard_of_it_and_nothing_after_it(
    engine: Engine, gardeners: str
) -> None:
    need = add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=gardeners)
    night(engine)
    record_changes.change_opportunity(engine, need, {"status": "cancelled"})
    follow(engine, ALEX, actor_id=gardeners)
    report = night(engine, day(1))
    assert (report.events, report.mails) == ({"cancelled": 1}, 1)
    assert "ANNULÉ" in mails(engine)[-1].text
    assert night(engine, day(2)).mails == 0


def test_what_is_closed_or_past_is_never_told(engine: Engine, gardeners: str) -> None:
    follow(engine, CAMILLE, actor_id=gardeners)
    closing, passing = add_need(engine, 1), add_need(engine, 2, deadline=day(2))
    add_need(engine, 3, status="closed")
    add_need(engine, 4, deadline=NIGHT - timedelta(days=1))
    assert night(engine).announced == 2
    record_changes.change_opportunity(engine, closing, {"status": "closed"})
    assert night(engine, day(1)).mails == 0
    # The deadline is over when this is known to be cancelled.
    record_changes.change_opportunity(engine, passing, {"status": "cancelled"})
    assert night(engine, day(3)).mails == 0


def test_a_score_that_moves_to_another_advice_is_told_as_better_or_worse(engine: Engine) -> None:
    actor = add_actor(engine, 1, seeks=["markets"])
    add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=actor)
    night(engine)
    before = announcements(engine)[0].told
    record_changes.change_actor(engine, actor, {"seeks": ["acquisitions"], "activities": ["tonte"]})
    assert night(engine, day(1)).events == {"worse": 1}
    record_changes.change_actor(engine, actor, {"seeks": ["markets"], "activities": [TRADES[0]]})
    assert night(engine, day(2)).events == {"better": 1}
    told = [one.told for one in announcements(engine)]
    assert [one["level"] for one in told][::2] == [before["level"]] * 2
    assert all(one["level"] == score_in_words(one["score"]) for one in told)
    # Back and forth again: both states were told.
    record_changes.change_actor(engine, actor, {"seeks": ["acquisitions"], "activities": ["tonte"]})
    assert night(engine, day(3)).mails == 0


def other_weights(engine: Engine, name: str, bias: float) -> None:
    """Let weights rank that move every score alike."""
    values = {role: replace(own, bias=own.bias + bias) for role, own in active_weights(engine)[1].items()}
    with writing(engine) as session:
        session.add(WeightsVersion(id=name, status="candidate", values=stored_weights(values)))
    activate(engine, name)


@pytest.mark.parametrize(("start", "change"), [(0.0, -7.5), (-7.3, 4.5)])
def test_other_weights_announce_nothing_and_a_change_of_the_record_after_them_once(
    engine: Engine, start: float, change: float
) -> None:
    actor = add_actor(engine, 1, seeks=["markets"])
    add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=actor)
    other_weights(engine, "first", start)
    night(engine)
    told = announcements(engine)[0].told
    other_weights(engine, "second", change)
    assert [night(engine, day(number)).mails for number in (1, 2)] == [0, 0]
    baseline = announcements(engine)[0].told["baseline"]
    assert section_of(baseline["score"]) != section_of(told["score"])
    # Those of before are back: nor is that a change.
    activate(engine, "first")
    assert [night(engine, day(number)).mails for number in (3, 4)] == [0, 0]
    record_changes.change_actor(engine, actor, {"seeks": ["acquisitions"], "activities": ["tonte"]})
    assert [night(engine, day(number)).events for number in (5, 6)] == [{"worse": 1}, {}]
    before = advice_to_partner(told["level"])
    assert f"Avant : « {before} »" in mails(engine)[-1].text.replace("\N{NO-BREAK SPACE}", " ")


def test_what_was_announced_before_scorings_had_a_name_is_not_announced_again(engine: Engine, gardeners: str) -> None:
    """As after an update: the stored state says which weights, and not which code."""
    add_need(engine, 1)
    follow(engine, CAMILLE, actor_id=gardeners)
    night(engine)
    (announcement,) = announcements(engine)
    former = {**announcement.told, "score": 0.21, "level": "à étudier", "weights": "prior"}
    del former["scoring"]
    with writing(engine) as session:
        announcement.told = former
        session.merge(announcement)
    assert [night(engine, day(number)).mails for number in (1, 2)] == [0, 0]


scorings = st.sampled_from(("a", "b"))
scores = st.sampled_from((0.1, 0.21, 0.3, 0.44, 0.46, 0.6, 0.71, 0.9))


@given(st.lists(st.tuples(scorings, scores), min_size=1, max_size=12))
def test_every_move_that_is_announced_is_one_of_its_scoring_and_leads_away_from_what_was_told(
    nights: list[tuple[str, float]],
) -> None:
    def state(scoring: str, score: float) -> dict[str, Any]:
        facts = {"title": "t", "deadline": None, "amount": None, "blind": False}
        return facts | {"level": score_in_words(score), "score": score, "scoring": scoring}

    known, last = state("a", 0.5), ("a", 0.5)
    for scoring, score in nights:
        event = change_since(known, (), state(scoring, score), cancelled=False)
        if event:
            assert scoring == last[0]
            assert section_of(score) != section_of(known["score"])
            assert (score > known["score"]) == (event.event == "better")
            known = dict(event.known_to_partner)
        elif baseline := new_baseline(known, state(scoring, score)):
            known = known | {"baseline": baseline}
        last = (scoring, score)


def test_changes_come_first_in_a_mail_that_has_little_room(engine: Engine, gardeners: str) -> None:
    needs = [add_need(engine, number) for number in range(2)]
    follow(engine, CAMILLE, actor_id=gardeners, most=2)
    night(engine)
    record_changes.change_opportunity(engine, needs[0], {"amount_eur": 95_000})
    record_changes.change_opportunity(engine, needs[1], {"status": "cancelled"})
    add_need(engine, 3)
    assert night(engine, day(1)).events == {"cancelled": 1, "rectified": 1}
    assert night(engine, day(2)).events == {"new": 1}


def test_an_actor_is_not_solicited_more_than_its_share_a_week_whoever_follows_it(
    engine: Engine, gardeners: str
) -> None:
    for number in range(4):
        add_need(engine, number)
    for partner in range(3):
        follow(engine, f"p{partner}@exemple.invalid", actor_id=gardeners)
    told = [night(engine, day(number), weekly_per_actor=5).announced for number in range(9)]
    assert told == [5, 0, 0, 0, 0, 0, 0, 5, 0]
    for first in range(3):
        week = [one for one in announcements(engine) if day(first) <= one.night < day(first + 7)]
        assert len(week) <= 5


def test_a_partner_is_not_written_about_more_than_their_share_a_week(engine: Engine) -> None:
    for number, trade in enumerate(TRADES):
        actor = add_actor(engine, number, trade)
        add_need(engine, number, TITLES[number])
        follow(engine, CAMILLE, actor_id=actor)
    report = night(engine, weekly_per_partner=3)
    assert (report.announced, report.waiting["weekly_per_partner"]) == (3, report.matched - 3)
    assert night(engine, day(6), weekly_per_partner=3).announced == 0
    assert night(engine, day(7), weekly_per_partner=3).announced == report.matched - 3


def test_a_search_finds_by_its_words_within_its_departments_whatever_is_reserved(engine: Engine) -> None:
    add_need(engine, 1, TITLES[1])
    add_need(engine, 2, TITLES[1], commune_code="07010")
    add_need(engine, 3, TITLES[1], reserved=["siae"])
    add_need(engine, 4, TITLES[3])
    follow(engine, CAMILLE, search="menuiserie bois, fenêtres", departments=["26"])
    assert night(engine).announced == 2
    text = mails(engine)[0].text
    assert "Pour la recherche «" in text
    assert f"{TITLES[1]} (1)" in text
    assert f"{TITLES[1]} (3)" in text
    with reading(engine) as session:
        rows = session.exec(select(Suggestion)).all()
        lists = session.exec(select(RankedList)).all()
    assert {(row.actor_id, row.subscription_id is None) for row in rows} == {(None, False)}
    assert [row.direction for row in lists] == ["opportunities_for_search"]
    assert night(engine, day(1)).mails == 0


def test_a_changed_frequency_counts_from_the_next_night(engine: Engine, gardeners: str) -> None:
    add_need(engine, 1)
    followed = follow(engine, CAMILLE, actor_id=gardeners, frequency="paused")
    assert night(engine).mails == 0
    change(engine, followed.id, {"frequency": "nightly"})
    assert night(engine, day(1)).mails == 1
    with reading(engine) as session:
        assert session.get_one(Subscription, followed.id).served_on == day(1)
