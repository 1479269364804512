"""Baselines rank actors for opportunities and opportunities for actors."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from matcher.evaluation.baselines import BASELINES
from matcher.evaluation.runs import DEPTH, ids_of
from matcher.types import Candidate, Query
from tests.support.builders import CREST, DIE, PRIVAS, VALENCE, an_actor, an_opportunity, toy_encode

ACTORS = (
    an_actor("a1", activities=("espaces verts tonte",), naf=("81.30Z",), point=CREST, department="26"),
    an_actor("a2", activities=("menuiserie bois",), naf=("43.32A",), point=VALENCE, department="26"),
    an_actor("a3", activities=("boulangerie",), naf=("10.71C",), point=PRIVAS, department="07"),
)
NEEDS = (
    an_opportunity("o1", title="tonte espaces verts", cpv=("77310000",), naf=(), point=CREST, department="26"),
    an_opportunity("o2", title="menuiserie bois", cpv=("45421000",), naf=(), point=VALENCE, department="26"),
    an_opportunity("o3", title="boulangerie", cpv=(), naf=("10.71C",), point=DIE, department="26"),
)
TELLING = sorted(set(BASELINES) - {"hasard", "distance seule"})


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize(("queries", "candidates"), [(NEEDS, ACTORS), (ACTORS, NEEDS)])
def test_each_candidate_once_best_first_twice_the_same(
    name: str, queries: Sequence[Query], candidates: Sequence[Candidate]
) -> None:
    run = BASELINES[name](queries, candidates, toy_encode)
    assert set(run) == {query.id for query in queries}
    for listed in run.values():
        assert sorted(row for row, _ in listed) == sorted(row.id for row in candidates)
        scores = [score for _, score in listed]
        assert scores == sorted(scores, reverse=True)
    assert BASELINES[name](queries, candidates[::-1], toy_encode).keys() == run.keys()
    assert ids_of(BASELINES[name](queries, candidates[::-1], toy_encode)) == ids_of(run)


@pytest.mark.parametrize("name", TELLING)
def test_the_same_trade_comes_first_in_both_directions(name: str) -> None:
    for_needs = ids_of(BASELINES[name](NEEDS, ACTORS, toy_encode))
    for_actors = ids_of(BASELINES[name](ACTORS, NEEDS, toy_encode))
    assert [for_needs[f"o{i}"][0] for i in (1, 2, 3)] == ["a1", "a2", "a3"]
    assert [for_actors[f"a{i}"][0] for i in (1, 2, 3)] == ["o1", "o2", "o3"]


def test_the_nearest_comes_first_and_an_unknown_place_last() -> None:
    nowhere = an_actor("a0", point=None)
    run = ids_of(BASELINES["distance seule"](NEEDS[:1], (nowhere, *ACTORS), toy_encode))
    assert run["o1"][0] == "a1"
    assert run["o1"][-1] == "a0"


@pytest.mark.parametrize("name", BASELINES)
def test_a_list_has_at_most_its_depth_and_no_query_is_no_list(name: str) -> None:
    many = [an_actor(f"a{i:03}", activities=("espaces verts",)) for i in range(DEPTH + 9)]
    assert len(BASELINES[name](NEEDS[:1], many, toy_encode)["o1"]) == DEPTH
    assert BASELINES[name]((), many, toy_encode) == {}
