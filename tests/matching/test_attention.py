"""Attention is shared within a stated loss, the same all day long, with its chances noted, and never felt outside."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from api.accounts.audience import Audience
from api.core import clock
from api.core.errors import ForbiddenError
from api.core.settings import HOME_DEPARTMENTS
from api.matching import answer as matching_answer
from api.matching import suggest
from api.matching.attention import MEMORY, attention
from api.matching.desk import Desk
from api.matching.impressions import note_shown
from matcher.embedding import Encoder
from matcher.exposure import MOST_LOSS, POOL
from models.database import open_database, reading, writing
from models.tables import Impression, Partner, Rating
from models.unit_of_work import unit_of_work
from tests.support.databases import copy_database, url_of
from tests.support.reads import read_once
from tests.support.world import Doors, demo_opportunity

pytestmark = pytest.mark.slow

FACILITATOR = Audience(confidential=True)
SUBJECTS = [demo_opportunity(name) for name in ("m001", "m003", "m005", "r001")]
K = 8


@pytest.fixture
def shown(world_database: Path, tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(url_of(copy_database(world_database, tmp_path / "world.db")))
    yield engine
    engine.dispose()


def lists(
    desk: Desk, subject: str, day: date, *, share: bool, k: int = K, audience: Audience = FACILITATOR
) -> list[matching_answer.Answer]:
    """Rank as a page does: what it shows is recorded."""
    snapshot = desk.snapshot()
    with unit_of_work(desk.engine) as unit:
        found = suggest.actors_for_opportunity(unit.session, snapshot, subject, audience, k=k, share=share, today=day)
        note_shown(unit, snapshot, found, audience, day=day)
    return found


def gain(answer: matching_answer.Answer) -> float:
    return sum(entry.suggestion.score / math.log2(entry.suggestion.rank + 1) for entry in answer.entries)


@pytest.mark.slow
def test_a_shared_list_loses_no_more_than_is_stated_and_takes_from_the_first_of_the_plain_one(
    shown: Engine, encoder: Encoder
) -> None:
    desk, day = Desk(shown, encoder, HOME_DEPARTMENTS), clock.today_in_france()
    moved = 0
    for subject in SUBJECTS:
        for plain, shared in zip(
            lists(desk, subject, day, share=False, k=POOL * K), lists(desk, subject, day, share=True), strict=True
        ):
            scores = {entry.card.id: entry.suggestion.score for entry in plain.entries}
            assert {entry.card.id: entry.suggestion.score for entry in shared.entries}.items() <= scores.items()
            short = [entry for entry in plain.entries if entry.suggestion.rank <= K]
            best = sum(entry.suggestion.score / math.log2(entry.suggestion.rank + 1) for entry in short)
            assert gain(shared) >= (1 - MOST_LOSS) * best - 1e-9
            moved += [entry.card.id for entry in short] != [entry.card.id for entry in shared.entries]
    assert moved


def test_a_list_stays_the_same_all_day_and_chance_starts_anew_with_the_day(shown: Engine, encoder: Encoder) -> None:
    desk, day = Desk(shown, encoder, HOME_DEPARTMENTS), clock.today_in_france()

    def order(when: date) -> list[list[str]]:
        return [
            [entry.card.id for entry in answer.entries]
            for subject in SUBJECTS
            for answer in lists(desk, subject, when, share=True)
        ]

    today = order(day)
    assert today == order(day)
    assert any(order(day + timedelta(days=more)) != today for more in (1, 2, 3))


def test_how_likely_each_was_to_be_shown_is_noted(shown: Engine, encoder: Encoder) -> None:
    desk, day = Desk(shown, encoder, HOME_DEPARTMENTS), clock.today_in_france()
    (answer,) = lists(desk, SUBJECTS[0], day, share=True)
    chances = {entry.suggestion_id: entry.suggestion.propensity for entry in answer.entries}
    assert all(0 < chance <= 1 for chance in chances.values())
    assert any(chance < 1 for chance in chances.values())
    with reading(shown) as session:
        rows = session.exec(select(Impression)).all()
    assert {row.suggestion_id: row.propensity for row in rows} == chances


def test_what_was_shown_and_answered_before_the_day_counts_and_the_day_itself_does_not(
    shown: Engine, encoder: Encoder
) -> None:
    """A list counts once for each viewer and day; any answer is one, a no too. Long ago is forgotten."""
    desk, day = Desk(shown, encoder, HOME_DEPARTMENTS), clock.today_in_france()
    for k in (130, 5):
        lists(desk, SUBJECTS[0], day, share=False, k=k)
    lists(desk, SUBJECTS[0], day, share=False, audience=Audience(confidential=True, account_id="other"))
    first = lists(desk, SUBJECTS[0], day, share=False, k=1)[0].entries[0]
    with writing(shown) as session:
        session.add(Partner(id="p", email="camille@exemple.invalid", status="active"))
        session.flush()
        session.add(Rating(id="r", partner_id="p", suggestion_id=first.suggestion_id, interest=0))

    def told(when: date) -> tuple[int, int]:
        found = read_once(shown, attention, desk.snapshot(), when)
        return found.shown.get(first.card.id, 0), found.answered.get(first.card.id, 0)

    assert told(day) == (0, 0)
    assert told(day + timedelta(days=1)) == (2, 1)
    assert told(day + MEMORY + timedelta(days=2)) == (0, 0)


def test_an_outsider_cannot_ask_for_it(doors: Doors) -> None:
    """Who was shown for confidential cases sinks: it would be felt."""
    desk = doors.app.state.desk
    question = {"opportunity_id": SUBJECTS[0], "share": True}
    assert doors.client.post("/api/matches", json=question).status_code == 403
    assert doors.client.post("/api/matches", json={"text": "tonte de pelouse", "share": True}).status_code == 403
    with pytest.raises(ForbiddenError):
        read_once(
            doors.engine,
            suggest.actors_for_text,
            desk.snapshot(),
            desk.encoder,
            "tonte",
            Audience(),
            k=3,
            share=True,
            today=clock.today_in_france(),
        )
    assert doors.facilitator.post("/api/matches", json=question).status_code == 200
    both = {"actor_id": "a", "share": True}
    assert doors.facilitator.post("/api/matches", json=both).status_code == 422
