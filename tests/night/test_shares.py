"""Workers that share a night tell what one would tell, each thing once, whoever dies."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from api.alerts.sharing import tied_partners
from api.night.shares import NightShare, summed, whole
from models.alerts import Night, NightPart
from models.database import reading, writing
from tests.support.databases import copy_database
from tests.support.forked_programs import ForkedProgram
from tests.support.night_world import NIGHT, moment
from tests.support.proof_share import examples

LEASE_S = 60


@pytest.mark.slow
def test_four_workers_of_which_some_are_killed_lose_nothing(empty_database: Path, tmp_path: Path) -> None:
    """At most one duplicate a kill, under the same Message-ID, and the announcements that one living worker makes."""
    for name in ("killed", "plain"):
        copy_database(empty_database, tmp_path / name)
    done = ForkedProgram("tests.support.night_crew", 3, "--folder", tmp_path).ended()
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert json.loads(done.stdout)["kills"] == 3


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = moment(NIGHT)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def a_share(engine: Engine, clock: Clock) -> NightShare:
    with writing(engine) as session:
        if session.get(Night, NIGHT) is None:
            session.add(Night(day=NIGHT, started_at=clock.now))
    return NightShare(engine, NIGHT, lambda: clock.now, LEASE_S)


def test_each_part_is_done_once_and_what_they_counted_is_added_up(engine: Engine, clock: Clock) -> None:
    share = a_share(engine, clock)
    done: list[list[str]] = []

    def work(ids: Sequence[str]) -> dict[str, object]:
        done.append(list(ids))
        return {"mails": len(ids), "skipped": {"paused": 1}, "reason": "none"}

    for _ in range(2):
        results = share.work_off("match", lambda _session: [["a", "b"], ["c"]], work)
        assert summed(results) == {"mails": 3, "skipped": {"paused": 2}, "reason": "none"}
    assert done == [["a", "b"], ["c"]]


def test_what_a_dead_worker_held_is_taken_over_once_its_lease_has_ended(engine: Engine, clock: Clock) -> None:
    share = a_share(engine, clock)
    done: list[list[str]] = []
    held = {"lease_owner": "dead", "leased_until": clock.now + timedelta(seconds=LEASE_S)}
    with writing(engine) as session:
        session.add(NightPart(night=NIGHT, stage="match", number=0, subjects=["a"], **held))
        session.add(NightPart(night=NIGHT, stage="match", number=1, subjects=["b"]))

    def work(ids: Sequence[str]) -> dict[str, object]:
        done.append(list(ids))
        clock.now += timedelta(seconds=LEASE_S)
        return {}

    share.work_off("match", whole, work)
    assert done == [["b"], ["a"]]


def test_a_worker_that_lost_its_lease_does_not_write_over_who_took_over(engine: Engine, clock: Clock) -> None:
    first, second = a_share(engine, clock), a_share(engine, clock)

    def slow(_ids: Sequence[str]) -> dict[str, object]:
        clock.now += timedelta(seconds=2 * LEASE_S)
        second.work_off("match", whole, lambda _ids: {"by": "second"})
        return {"by": "first"}

    assert first.work_off("match", whole, slow) == [{"by": "second"}]


def test_a_part_whose_work_failed_is_free_at_once(engine: Engine, clock: Clock) -> None:
    def fail(_ids: Sequence[str]) -> dict[str, object]:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        a_share(engine, clock).work_off("purge", whole, fail)
    assert a_share(engine, clock).work_off("purge", whole, lambda _ids: {"done": 1}) == [{"done": 1}]


def test_a_stage_that_was_noted_is_not_planned_again(engine: Engine, clock: Clock) -> None:
    share = a_share(engine, clock)
    with writing(engine) as session:
        session.get_one(Night, NIGHT).stages = {"purge": {}}
    assert share.work_off("purge", whole, lambda _ids: {"done": 1}) == []
    with reading(engine) as session:
        assert session.exec(select(NightPart)).all() == []


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("12345678")), max_size=20))
@settings(max_examples=examples(100), deadline=None)
def test_partners_in_different_groups_follow_nothing_in_common(follows: list[tuple[str, str]]) -> None:
    """And within a group nobody stands apart: whoever is not alone in it follows what another of it follows."""
    groups = tied_partners(follows)
    followed_by = {who: {what for one, what in follows if one == who} for who, _ in follows}
    of_groups = [set[str]().union(*(followed_by[who] for who in group)) for group in groups]
    assert sorted(who for group in groups for who in group) == sorted(followed_by)
    assert sum(map(len, of_groups)) == len(set[str]().union(*of_groups))
    for group in groups:
        for who in group:
            others = set[str]().union(*(followed_by[one] for one in group if one != who))
            assert len(group) == 1 or others & followed_by[who]
