"""An impression is something shown: once a viewer, question, weights and day; and a pasted text is forgotten wholly."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from api.accounts import api_keys
from api.accounts.audience import Audience
from api.catalogue import record_changes
from api.catalogue.schemas import ActorIn
from api.core.clock import today_in_france
from api.core.settings import HOME_DEPARTMENTS
from api.matching import suggest
from api.matching.desk import Desk
from api.matching.impressions import note_shown
from matcher.embedding import Encoder
from models.database import open_database, reading
from models.suggestions import Impression, RankedList, Suggestion
from models.unit_of_work import unit_of_work
from tests.support.databases import copy_database, stored_bytes, url_of
from tests.support.signed_in import signed_in
from tests.support.world import CLIENT_BASE, Doors, demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

OPENING, CASE = demo_opportunity("m001"), demo_opportunity("r002")
GARDENERS = demo_actor("a001", "00017926700026")
PAGES = (f"/opportunites/{OPENING}", f"/opportunites/{CASE}?closes=oui", f"/acteurs/{GARDENERS}")
AHEAD = (
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Moz": "Prefetch"},
)


@pytest.fixture(scope="module")
def facilitator(doors: Doors) -> TestClient:
    return signed_in(doors, "facilitator")


@pytest.fixture
def desk(world_database: Path, encoder: Encoder, tmp_path: Path) -> Iterator[Desk]:
    engine = open_database(url_of(copy_database(world_database, tmp_path / "world.db")))
    yield Desk(engine, encoder, HOME_DEPARTMENTS)
    engine.dispose()


def rows(doors: Doors) -> tuple[int, int, int]:
    with reading(doors.engine) as session:
        lists, lines, pairs = (len(session.exec(select(one)).all()) for one in (RankedList, Impression, Suggestion))
    return lists, lines, pairs


@pytest.mark.parametrize("headers", AHEAD, ids=str)
def test_what_a_browser_fetches_ahead_was_shown_to_nobody(
    doors: Doors, facilitator: TestClient, headers: dict[str, str]
) -> None:
    before = rows(doors)
    for path in PAGES:
        assert facilitator.get(path, headers=headers).status_code == 200
    assert rows(doors) == before


def test_asking_for_the_head_shows_nothing(doors: Doors, facilitator: TestClient) -> None:
    before = rows(doors)
    for path in PAGES:
        facilitator.head(path)
    assert rows(doors) == before


@pytest.mark.parametrize("path", PAGES)
def test_a_refresh_shows_nothing_new(doors: Doors, facilitator: TestClient, path: str) -> None:
    before = rows(doors)
    assert facilitator.get(path).status_code == 200
    after = rows(doors)
    assert after > before
    for headers in ({}, {"Cache-Control": "max-age=0"}, {"Cache-Control": "no-cache"}):
        assert facilitator.get(path, headers=headers).status_code == 200
    assert rows(doors) == after


def test_another_viewer_is_shown_it_too(doors: Doors, facilitator: TestClient) -> None:
    path = f"/opportunites/{demo_opportunity('m003')}"
    facilitator.get(path)
    lists, lines, _ = rows(doors)
    signed_in(doors, "facilitator", "autre@exemple.invalid").get(path)
    assert (rows(doors)[0] > lists, rows(doors)[1] > lines) == (True, True)


def test_a_key_that_asks_again_is_shown_the_same(doors: Doors) -> None:
    question = {"opportunity_id": OPENING, "k": 4}
    doors.ask(question)
    before = rows(doors)
    doors.ask(question)
    assert rows(doors) == before
    secret = api_keys.replace_key(doors.engine, "un autre logiciel", api_keys.CLIENT)
    other = TestClient(doors.app, base_url=CLIENT_BASE, headers={"X-API-Key": secret})
    doors.ask(question, door=other)
    assert rows(doors)[0] > before[0]


def show(desk: Desk, day_later: int = 0, k: int = 5, **named: bool) -> None:
    today, snapshot, viewer = today_in_france(), desk.snapshot(), Audience(confidential=True, account_id="viewer")
    day = today + timedelta(days=day_later)
    with unit_of_work(desk.engine) as unit:
        found = suggest.actors_for_opportunity(
            unit.session, snapshot, OPENING, viewer, k=k, even_closed=True, today=today, **named
        )
        note_shown(unit, snapshot, found, viewer, day=day)


def lists(desk: Desk) -> dict[str, list[int]]:
    """List → the ranks in it."""
    with reading(desk.engine) as session:
        found: dict[str, list[int]] = {one.id: [] for one in session.exec(select(RankedList))}
        for line in session.exec(select(Impression).order_by("rank")):
            found[line.list_id].append(line.rank)
    return found


def test_a_longer_list_adds_its_further_lines_and_a_shorter_one_nothing(desk: Desk) -> None:
    for k in (5, 5, 9, 3, 9):
        show(desk, k=k)
    assert sorted(lists(desk).values()) == [list(range(1, 10))]


def test_another_day_other_weights_or_a_changed_record_are_shown_anew(desk: Desk) -> None:
    show(desk)
    show(desk, day_later=1)
    assert len(lists(desk)) == 2
    with reading(desk.engine) as session:
        first = session.exec(select(Impression, Suggestion).join(Suggestion).order_by("rank")).first()  # type: ignore[arg-type]
    assert first is not None
    assert first[1].actor_id
    record_changes.change_actor(desk.engine, first[1].actor_id, {"activities": ["tout autre chose"], "naf": []})
    for _ in range(2):
        show(desk)
    assert len(lists(desk)) == 3


def test_a_pasted_text_leaves_none_of_its_words(desk: Desk) -> None:
    """Neither those that nobody else has, nor those that it shares with an actor: they are quoted as reasons."""
    engine = desk.engine
    shared, own = ["zingraviole", "mortecharde"], ["Quenouvrier", "ferblantiniste"]
    activities = [f"réparation de {word}" for word in shared]
    actor = ActorIn(source_id="z", name="Atelier", kind="scop", activities=activities)
    made, snapshot = record_changes.create_actor(engine, actor), desk.snapshot()
    before = {word: count_of(word, engine) for word in (*shared, *own)}
    text = f"Madame {own[0]}, {own[1]}, cherche une réparation de {shared[0]} et de {shared[1]}"
    viewer = Audience(confidential=True, account_id="viewer")
    with unit_of_work(engine) as unit:
        (answer,) = suggest.actors_for_text(
            unit.session, snapshot, desk.encoder, text, viewer, k=10, today=today_in_france()
        )
        note_shown(unit, snapshot, [answer], viewer, day=today_in_france())
    (entry,) = [one for one in answer.entries if one.card.id == made]
    quoted = " ".join(str(reason.figures.get("shared", "")) for reason in entry.suggestion.reasons)
    assert all(word in quoted for word in shared), "the reader is told which words are shared"
    with reading(engine) as session:
        stored = repr(
            [one.model_dump() for table in (RankedList, Suggestion, Impression) for one in session.exec(select(table))]
        )
    assert entry.suggestion_id in stored
    assert [word for word in (*shared, *own) if word in stored] == []
    assert {word: count_of(word, engine) for word in (*shared, *own)} == before


def count_of(word: str, engine: Engine) -> int:
    """Return how often a word stands in a database, and in its journal."""
    return len(re.findall(word.encode(), stored_bytes(engine), re.IGNORECASE))
