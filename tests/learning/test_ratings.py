"""A rating is the one current word of a partner on a suggestion, over a history that loses nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from api.core.errors import InvalidError, NotFoundError
from api.learning.ratings import list_ratings, rate
from matcher.learning.observations import Objection
from models.base import identifier
from models.database import open_database, reading, writing
from models.tables import (
    Actor,
    Announcement,
    Impression,
    OutboxMessage,
    Partner,
    RankedList,
    Rating,
    Suggestion,
    WeightsVersion,
)
from tests.support.databases import copy_database, url_of
from tests.support.proof_share import examples
from tests.support.reads import read_once
from tests.support.world import ABSENT

NOW = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
PARTNERS, SUGGESTIONS = ("p0", "p1"), ("s0", "s1", "s2")


def fill(engine: Engine) -> None:
    """Two partners and three suggestions; s0 was shown twice, and announced to p0 as it was shown first."""
    with writing(engine) as session:
        rows = [
            *(Partner(id=one, email=f"{one}@exemple.invalid", status="active") for one in PARTNERS),
            Actor(id="a", natural_key="a", content_hash="a", source="test", name="A", kind="scop"),
            WeightsVersion(id="w", status="active", values={}),
        ]
        session.add_all(rows)
        session.flush()
        session.add_all(Suggestion(id=one, actor_id="a", subject=f"text:{one}") for one in SUGGESTIONS)
        for number in (1, 2):
            session.add(
                RankedList(
                    id=f"l{number}",
                    direction="actors_for_text",
                    subject="text:s0",
                    weights_id="w",
                    encoder_revision="e",
                    created_at=NOW + timedelta(hours=number),
                )
            )
        session.flush()
        session.add_all(
            Impression(id=f"i{number}", list_id=f"l{number}", suggestion_id="s0", rank=1, score=0.5, breakdown={})
            for number in (1, 2)
        )
        message = OutboxMessage(
            id="m", partner_id="p0", night=NOW.date(), purpose="alert", message_id="<m>", subject="", text="", html=""
        )
        session.add(message)
        session.flush()
        session.add(
            Announcement(
                id=identifier("announcements", "p0", "s0"),
                partner_id="p0",
                suggestion_id="s0",
                actor_id="a",
                message_id="m",
                impression_id="i1",
                event="new",
                night=date(2026, 11, 25),
            )
        )


@pytest.fixture(scope="module")
def filled(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = copy_database(empty_database, tmp_path_factory.mktemp("rate") / "rate.db")
    engine = open_database(url_of(path))
    fill(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def clean(filled: Engine) -> Engine:
    forget(filled)
    return filled


def forget(engine: Engine) -> None:
    with writing(engine) as session:
        for row in session.exec(select(Rating)).all():
            session.delete(row)


def rows(engine: Engine, partner: str = "p0", suggestion: str = "s0") -> list[Rating]:
    return [one for one in read_once(engine, list_ratings, suggestion, history=True) if one.partner_id == partner]


def content(rating: Rating) -> dict[str, Any]:
    return rating.model_dump(include={"interest", "reasons", "comment", "answered", "retained"})


maybe = st.sampled_from((None, True, False))
acts = st.fixed_dictionaries(
    {
        "partner_id": st.sampled_from(PARTNERS),
        "suggestion_id": st.sampled_from(SUGGESTIONS),
        "interest": st.sampled_from((None, 0, 0, 1, 2, 3)),
        "reasons": st.lists(st.sampled_from(Objection), max_size=2),
        "comment": st.sampled_from(("", " déjà vu ", "trop loin")),
        "answered": maybe,
        "retained": maybe,
    }
)


@pytest.mark.slow
@given(st.lists(st.tuples(acts, st.integers(-5, 60)), max_size=12))
@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_sequence_of_acts_leaves_one_current_word_and_its_whole_history(
    filled: Engine, sequence: list[tuple[dict[str, Any], int]]
) -> None:
    """Even when clocks go back; what is refused leaves no trace; each act said again adds nothing."""
    forget(filled)
    said: dict[tuple[str, str], list[dict[str, Any]]] = {}
    moment = NOW
    for act, seconds in sequence:
        moment += timedelta(seconds=seconds)
        try:
            first = rate(filled, **act, now=moment)
        except InvalidError:
            continue
        again = rate(filled, **act, now=moment + timedelta(seconds=1))
        assert (again.id, content(again)) == (first.id, content(first))
        told = said.setdefault((act["partner_id"], act["suggestion_id"]), [])
        if not told or told[-1] != content(first):
            told.append(content(first))
        if act["interest"] is not None:
            assert content(first)["interest"] == act["interest"]
            assert content(first)["comment"] == act["comment"].strip()
        for fact in ("answered", "retained"):
            if act[fact] is not None:
                assert content(first)[fact] == act[fact]
    for partner in PARTNERS:
        for suggestion in SUGGESTIONS:
            kept = rows(filled, partner, suggestion)
            assert [content(one) for one in kept] == said.get((partner, suggestion), [])
            assert [one.superseded_at for one in kept] == [one.created_at for one in kept[1:]] + [None] * bool(kept)


def test_an_outcome_keeps_the_interest_said_before(clean: Engine) -> None:
    rate(clean, "p0", "s0", interest=0, reasons=[Objection.TOO_FAR, Objection.DUPLICATE], comment="loin", now=NOW)
    last = rate(clean, "p0", "s0", answered=True, now=NOW + timedelta(days=9))
    assert content(last) == {
        "interest": 0,
        "reasons": ["duplicate", "too_far"],
        "comment": "loin",
        "answered": True,
        "retained": None,
    }
    assert content(rate(clean, "p0", "s0", retained=False, now=NOW + timedelta(days=20)))["interest"] == 0
    later = content(rate(clean, "p0", "s0", interest=3, now=NOW + timedelta(days=21)))
    assert later == {"interest": 3, "reasons": [], "comment": "", "answered": True, "retained": False}


def test_who_was_retained_did_answer_and_who_did_not_answer_was_not(clean: Engine) -> None:
    assert rate(clean, "p0", "s1", retained=True, now=NOW).answered is True
    changed = rate(clean, "p0", "s1", answered=False, now=NOW)
    assert (changed.answered, changed.retained) == (False, None)


def test_it_is_seen_in_what_was_announced_to_that_partner_else_in_what_was_shown_last(clean: Engine) -> None:
    assert rate(clean, "p0", "s0", interest=2, now=NOW).impression_id == "i1"
    assert rate(clean, "p1", "s0", interest=2, now=NOW).impression_id == "i2"
    assert rate(clean, "p1", "s1", interest=2, now=NOW).impression_id is None


@pytest.mark.parametrize(
    ("act", "field"),
    [
        ({}, "interest"),
        ({"comment": "rien d’autre"}, "interest"),
        ({"interest": 4}, "interest"),
        ({"interest": -1}, "interest"),
        ({"interest": 2, "reasons": [Objection.TOO_FAR]}, "reasons"),
        ({"answered": True, "reasons": [Objection.TOO_FAR]}, "reasons"),
        ({"interest": 0, "comment": "x" * 2001}, "comment"),
        ({"answered": False, "retained": True}, "retained"),
    ],
)
def test_what_contradicts_itself_is_refused_and_leaves_no_row(clean: Engine, act: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        rate(clean, "p0", "s0", **act, now=NOW)
    assert [name for name, _ in refused.value.fields] == [field]
    assert rows(clean) == []


@pytest.mark.parametrize(("partner", "suggestion"), [(ABSENT, "s0"), ("p0", ABSENT)])
def test_nobody_rates_what_is_unknown(clean: Engine, partner: str, suggestion: str) -> None:
    with pytest.raises(NotFoundError):
        rate(clean, partner, suggestion, interest=1, now=NOW)


def test_writers_at_once_leave_one_current_word_and_lose_none(clean: Engine) -> None:
    """Eight threads speak for one partner on one suggestion, each time differently."""

    def speak(number: int) -> None:
        for turn in range(15):
            rate(clean, "p0", "s0", interest=1, comment=f"{number}.{turn}", now=NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(speak, range(8)))
    kept = rows(clean)
    assert len(kept) == 8 * 15
    assert sorted(one.comment for one in kept) == sorted(f"{n}.{turn}" for n in range(8) for turn in range(15))
    assert [one.id for one in kept if one.superseded_at is None] == [kept[-1].id]


def test_the_table_itself_refuses_a_second_current_word(clean: Engine) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), writing(clean) as session:
        session.add_all(Rating(id=one, partner_id="p0", suggestion_id="s0", interest=1) for one in ("r1", "r2"))
    with reading(clean) as session:
        assert not session.exec(select(Rating)).all()
