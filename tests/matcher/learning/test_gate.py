"""The gate: nothing is activated that is not better, on what it was not learned from, for everybody."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.features import FEATURES
from matcher.learning.gate import GatePolicy, Obstacle, Verdict, gate
from matcher.learning.holdout import split
from matcher.learning.judged_queries import ndcg
from matcher.learning.observations import Observation
from matcher.scoring import PRIOR, Weights, WeightsByRole
from matcher.types import Role
from tests.support.proof_share import examples

few = settings(deadline=None, max_examples=examples(50))
DAY = date(2026, 3, 2)


def alone(feature: str) -> WeightsByRole:
    """Weights that look at one feature only."""
    values = {name: float(name == feature) for name in FEATURES}
    return dict.fromkeys(Role, Weights(0.0, values, PRIOR.neutral))


def judged(queries: int, seed: int = 0, rater: str = "r", **change: object) -> list[Observation]:
    """Queries of six candidates each; a grade follows `words`, and `semantic` says nothing of it."""
    rng = np.random.default_rng(seed)
    rows = []
    for query in range(queries):
        for candidate in range(6):
            features = dict(zip(FEATURES, rng.random(len(FEATURES)), strict=True))
            row = Observation(
                f"q{seed}-{query}",
                f"c{candidate}",
                rater,
                Role.SUPPLY,
                DAY + timedelta(days=query),
                tuple(features.values()),
                grade=min(3, int(features["words"] * 4)),
                groups=(f"actor_kind:{'scop' if candidate % 2 else 'ei'}",),
            )
            rows.append(replace(row, **change))  # type: ignore[arg-type]
    return rows


def decide(candidate: str, active: str, held_out: Sequence[Observation], **options: object) -> Verdict:
    return gate(alone(candidate), alone(active), held_out, np.random.default_rng(0), **options)  # type: ignore[arg-type]


def test_a_better_candidate_passes_and_the_verdict_says_by_how_much() -> None:
    verdict = decide("words", "semantic", judged(40))
    assert verdict.passed
    assert verdict.candidate == pytest.approx(1, abs=0.02)
    assert verdict.difference == pytest.approx(verdict.candidate - verdict.active)
    assert 0 < verdict.low < verdict.difference
    assert (verdict.queries, verdict.losses) == (40, 0)
    assert {effect.group for effect in verdict.groups} == {"actor_kind:ei", "actor_kind:scop"}


def test_a_worse_candidate_is_refused() -> None:
    verdict = decide("semantic", "words", judged(40))
    assert not verdict.passed
    assert verdict.difference < 0
    assert Obstacle.NOT_SURELY_BETTER in verdict.obstacles


def test_the_same_weights_are_no_progress() -> None:
    verdict = decide("words", "words", judged(40))
    assert verdict.obstacles == (Obstacle.NOT_SURELY_BETTER,)
    assert (verdict.difference, verdict.low, verdict.wins, verdict.losses) == (0, 0, 0, 0)


def test_what_is_no_better_passes_about_as_seldom_as_is_stated() -> None:
    """Both look at features that say nothing of the grades: at a confidence of 90 %, one in ten passes."""
    passed = [decide("spelling", "semantic", judged(30, seed)).low > 0 for seed in range(150)]
    assert 0.03 < np.mean(passed) < 0.19


def test_better_on_the_whole_but_not_surely_is_not_enough() -> None:
    verdicts = [decide("spelling", "semantic", judged(30, seed)) for seed in range(40)]
    doubtful = [one for one in verdicts if one.difference > 0 > one.low]
    assert len(doubtful) > 5
    assert all(Obstacle.NOT_SURELY_BETTER in one.obstacles for one in doubtful)


def test_few_queries_decide_nothing_and_none_is_undefined_not_zero() -> None:
    few_queries = decide("words", "semantic", judged(GatePolicy().least_queries - 1))
    assert few_queries.obstacles == (Obstacle.TOO_FEW_QUERIES,)
    for held_out in ([], judged(40, grade=2)):
        nothing = decide("words", "semantic", held_out)
        assert math.isnan(nothing.difference)
        assert math.isnan(nothing.low)
        assert set(nothing.obstacles) == {Obstacle.TOO_FEW_QUERIES, Obstacle.NOT_SURELY_BETTER}


def test_a_gain_of_all_does_not_pay_for_the_loss_of_some() -> None:
    """For `ei` the grade follows `semantic`: the candidate gives that up to be better for everyone else."""
    rows = []
    for one in judged(120):
        small = one.groups == ("actor_kind:ei",) and one.candidate_id == "c0"
        told = dict(zip(FEATURES, one.features, strict=True))
        grade = min(3, int(told["semantic"] * 4)) if small else one.grade
        rows.append(replace(one, grade=grade, groups=("actor_kind:ea",) if small else one.groups))
    verdict = decide("words", "semantic", rows)
    assert verdict.low > 0
    assert verdict.obstacles == (Obstacle.GROUP_WORSE,)
    assert [effect.group for effect in verdict.groups if effect.worse] == ["actor_kind:ea"]
    assert decide("words", "semantic", rows, policy=GatePolicy(group_loss=1.0)).passed


def test_a_group_seen_too_seldom_is_not_judged() -> None:
    rows = [replace(one, groups=("rare",) if one.query_id == "q0-0" else ()) for one in judged(40)]
    assert decide("words", "semantic", rows).groups == ()


def test_raters_who_are_not_reliable_have_no_say() -> None:
    lies = [replace(one, grade=3 - (one.grade or 0), rater_id="liar") for one in judged(40)]
    both = judged(40) + lies
    assert not decide("words", "semantic", lies).passed
    assert not decide("words", "semantic", both).passed
    believed = decide("words", "semantic", both, reliability={"liar": 0.0})
    assert believed == decide("words", "semantic", judged(40))
    assert decide("words", "semantic", lies, reliability={"liar": 0.0}).queries == 0


def test_the_verdict_is_the_same_each_time_in_any_order_and_can_be_stored() -> None:
    rows = judged(30)
    verdict = decide("words", "semantic", rows)
    assert verdict == decide("words", "semantic", rows[::-1])
    assert json.loads(json.dumps(asdict(verdict)))["queries"] == 30


@few
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=15))
def test_ndcg_is_that_of_trec_eval(rows: list[tuple[int, int]]) -> None:
    gains = np.array([gain for gain, _ in rows], np.float64)
    # Distinct scores, for trec_eval breaks ties in its own way.
    scores = np.array([score + i / 100 for i, (_, score) in enumerate(rows)], np.float64)
    mine = ndcg(gains, scores)
    if gains.max() == 0:
        assert math.isnan(mine)
        return
    qrels = {"q": {f"c{i}": int(gain) for i, gain in enumerate(gains)}}
    run = {"q": {f"c{i}": float(score) for i, score in enumerate(scores)}}
    measure = ir_measures.nDCG @ 10
    assert mine == pytest.approx(ir_measures.calc_aggregate([measure], qrels, run)[measure])


@few
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 20)), max_size=40),
    st.floats(0, 0.9),
)
def test_no_query_is_on_both_sides_and_nothing_learned_is_later_than_what_judges(
    acts: list[tuple[int, int]], share: float
) -> None:
    base = judged(1)[0]
    rows = [replace(base, query_id=f"q{query}", day=DAY + timedelta(days=day)) for query, day in acts]
    before, after = split(rows, share)
    assert not {one.query_id for one in before} & {one.query_id for one in after}
    if before and after:
        assert max(one.day for one in before) < min(one.day for one in after)
    for query in {one.query_id for one in after}:
        assert [one for one in after if one.query_id == query] == [one for one in rows if one.query_id == query]
    assert set(before) | set(after) <= set(rows)


def test_about_the_share_asked_for_is_held_out() -> None:
    before, after = split(judged(50), 0.3)
    assert (len(before), len(after)) == (35 * 6, 15 * 6)
