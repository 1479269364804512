"""Whom lines reach is what ranking every actor for each establishment apart would tell."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from api.alerts import line_reach
from api.alerts.lead_tally import HighestTally, Tally, highest_of
from api.alerts.line_parts import is_within, parts_of_lines
from api.alerts.line_reach import MOST_COMPARED, reached_actors
from api.core.clock import today_in_france
from api.core.settings import HOME_DEPARTMENTS
from api.matching.desk import Desk
from api.matching.snapshot import Snapshot
from api.partner_view.building import DeskView
from api.takeovers.reach.line_reach import MOST_REACHED
from matcher import types as match
from matcher.embedding import Encoder
from matcher.index import OpportunityIndex
from matcher.sections import FLOORS, Section
from matcher.types import BoolArray
from models.database import open_database
from tests.support.builders import few
from tests.support.databases import url_of
from tests.support.night_world import TIES


@pytest.fixture(scope="module")
def desk(world_database: Path, encoder: Encoder) -> Iterator[Desk]:
    engine = open_database(url_of(world_database))
    yield Desk(engine, encoder, HOME_DEPARTMENTS)
    engine.dispose()


@pytest.mark.slow
def test_the_lines_of_the_invented_world_reach_whom_they_reached_before_batches_and_bounds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Fewer establishments a line, so that the test stays short.
    monkeypatch.setattr(line_reach, "MOST_COMPARED", 4)
    snapshot = desk.snapshot()
    public = DeskView.of(desk, snapshot, today_in_france(), TIES).public
    told_lines = line_reach.ToldLines(snapshot, public, desk.vectors.rows)
    # Workers find it part by part; below, all at once.
    parts = [told_lines.reached(partial(is_within, part)) for part in parts_of_lines(Session())]
    reach = {line: actor_ids for part in parts for line, actor_ids in part.items()}
    bounded = replace(snapshot, matcher=replace(snapshot.matcher, exhaustive_units=0))
    assert reached_actors(bounded, public, desk.vectors.rows) == reach
    told = {
        public.cards[case].title: replace(public.opportunities[case], id="line", open=True) for case in public.teasers
    }
    assert len(reach) > 1
    assert any(reach.values())
    for line, establishments in line_reach.establishments_of(snapshot, told).items():
        apart = [(one.id, scores_apart(desk, snapshot, line_reach.as_case(one))) for one in establishments]
        assert reach[line] == (
            best_apart(apart) if apart else list(scores_apart(desk, snapshot, told[line]))[:MOST_REACHED]
        )


def scores_apart(desk: Desk, snapshot: Snapshot, case: match.Opportunity) -> Mapping[str, float]:
    index = OpportunityIndex.build([case], desk.vectors.rows)
    compared = snapshot.matcher.compare_actors(
        index, snapshot.actors, today=today_in_france(), among=snapshot.public_actors
    )
    return compared.scores()


def best_apart(scores: list[tuple[str, Mapping[str, float]]]) -> list[str]:
    leads: dict[str, int] = defaultdict(int)
    sums: dict[str, float] = defaultdict(float)
    for establishment_id, by_actor in scores:
        for actor_id, score in by_actor.items():
            if actor_id != establishment_id:
                leads[actor_id] += score >= FLOORS[Section.GOOD_LEAD]
                sums[actor_id] += score
    return sorted(sums, key=lambda actor_id: (-leads[actor_id], -sums[actor_id], actor_id))[:MOST_REACHED]


@pytest.mark.slow
def test_the_first_establishments_that_fit_a_line_stand_for_it(desk: Desk) -> None:
    """No more than MOST_COMPARED, and those that come first in an order that no record decides."""
    snapshot = desk.snapshot()
    public = DeskView.of(desk, snapshot, today_in_france(), TIES).public
    lines = {public.cards[case].title for case in public.teasers}
    standing = line_reach.establishments_of(snapshot, lines)
    assert all(len(actors) <= MOST_COMPARED for actors in standing.values())
    for actors in standing.values():
        places = [line_reach.shuffled(actor.id) for actor in actors]
        assert places == sorted(places)


@few
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.1, 0.45, 0.5, 0.75, 0.9])), max_size=6), max_size=5
    )
)
def test_a_tally_orders_by_good_leads_then_by_sums_then_by_place(rounds: list[list[tuple[int, float]]]) -> None:
    tally, apart = Tally(6), []
    for establishment, scores in enumerate(rounds):
        by_actor = dict(scores)
        tally.add(np.array(list(by_actor), np.int64), np.array(list(by_actor.values())), besides=establishment)
        apart.append((str(establishment), {str(actor): score for actor, score in by_actor.items()}))
    assert [str(actor) for actor in tally.first(MOST_REACHED)] == best_apart(apart)


@few
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.05, 0.5, 3.0]))
def test_bounds_leave_out_nobody_whom_a_line_reaches(seed: int, width: float) -> None:
    """However wide they are; who has none is scored."""
    rng = np.random.default_rng(seed)
    count, establishments = int(rng.integers(20, 400)), int(rng.integers(1, 20))
    logits = rng.choice([-3.0, -0.3, -0.2, 0.5], (establishments, count)).astype(np.float32)
    logits += rng.choice([0, 0.01, 0.5], logits.shape).astype(np.float32)
    eligible = rng.random(logits.shape) < 0.8
    highest = np.where(eligible, logits + rng.random(logits.shape).astype(np.float32) * width, -np.inf)
    highest[:, rng.random(count) < 0.05] = np.inf
    tally, bounded = Tally(count), HighestTally(count)

    def score(into: Tally, chosen: BoolArray) -> None:
        for own, (row, those) in enumerate(zip(logits, eligible, strict=True)):
            actors = np.flatnonzero(those & chosen)
            into.add(actors, np.asarray(1 / (1 + np.exp(-row[actors])), np.float32), besides=own)

    for own, row in enumerate(highest.astype(np.float32)):
        bounded.add(highest_of(row), besides=own)
    reached = bounded.first(MOST_REACHED, score)
    score(tally, np.ones(count, np.bool_))
    assert reached == tally.first(MOST_REACHED)
