"""Learned scorers: never tried where they learned, never below zero, exactly explained; noise is not kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluation.boosted_scorer import Boosted, boosted, fit_boosted, grow
from matcher.evaluation.cross_validation import (
    INNER_FOLDS,
    OUTER_FOLDS,
    choose,
    cross_validate,
    folds,
    judge,
    spread,
    steps,
)
from matcher.evaluation.datasets import Dataset
from matcher.evaluation.learned_scorers import Choices, Scorer
from matcher.evaluation.linear_scorer import Linear, fit_linear, linear
from matcher.evaluation.measured_queries import Measured, MeasuredQuery, inseparable, measure_all, sampled
from matcher.evaluation.measures import CLASS_HIT, per_query
from matcher.evaluation.runs import ids_of, rank_all
from matcher.features import FEATURES
from matcher.matching import Matcher
from matcher.scoring import PRIOR, same_for_all_roles
from matcher.types import ActorKind, FloatArray
from tests.support.builders import SIMILARITY_RANGE, TODAY, a_complete_actor, an_actor, an_opportunity, few, toy_encode

pytestmark = pytest.mark.slow

N = len(FEATURES)
SEMANTIC, SECTOR, NEARNESS = (list(FEATURES).index(name) for name in ("semantic", "sector", "nearness"))
# What the winners of the planted world are chosen by: not at all as the prior would.
PLANTED = {"semantic": 1.0, "words": 0.0, "spelling": 0.5, "sector": 6.0, "nearness": 8.0, "capacity": 0.0}

# A scorer learns from these values of features: unknown, or of any size.
rows_of_features = st.lists(
    st.lists(st.one_of(st.just(math.nan), st.floats(0, 1)), min_size=N, max_size=N), min_size=1, max_size=8
)


def world(
    truth: dict[str, float] | None = None, queries: int = 120, candidates: int = 60, seed: int = 1, unknown: float = 0.2
) -> Measured:
    """Return invented queries, two a group; who wins follows `truth` with Gumbel noise, or nothing at all."""
    rng = np.random.default_rng(seed)
    ids = tuple(f"a{number:03}" for number in range(candidates))
    weights = np.array([(truth or {}).get(name, 0.0) for name in FEATURES])
    neutral = np.array([PRIOR.neutral[name] for name in FEATURES])
    found, qrels = [], {}
    for number in range(queries):
        features = rng.random((candidates, N)).astype(np.float32)
        features[rng.random(features.shape) < unknown] = np.nan
        z = np.where(np.isnan(features), neutral, features) @ weights + rng.gumbel(size=candidates)
        winner = int(z.argmax())
        qrels[f"q{number:03}"] = {ids[winner]: 1}
        order = np.argsort(-Linear(PRIOR).score(features), kind="stable")
        won = order == winner
        chosen, stands_for = sampled(won, rng)
        found.append(
            MeasuredQuery(
                id=f"q{number:03}",
                group=number // 2,
                units=np.arange(candidates),
                features=features,
                sample=order[chosen],
                won=won[chosen],
                stands_for=stands_for,
            )
        )
    return Measured(tuple(found), ids, np.arange(candidates), qrels)


@cache
def choices() -> Choices:
    measured = world(PLANTED, queries=300)
    return measured.choices(range(len(measured.queries)))


@cache
def learned(name: str) -> Scorer:
    if name == "linear":
        return fit_linear(choices(), PRIOR, 1.0)
    return fit_boosted(choices(), PRIOR, rate=0.2, least_rows=100)


@cache
def grown() -> Any:
    return grow(choices(), rate=0.2, least_rows=100)


scorers = pytest.mark.parametrize("name", ["linear", "boosted"])

# What every scorer keeps.


@scorers
@few
@given(rows=rows_of_features)
def test_contributions_and_baseline_are_the_score(name: str, rows: list[list[float]]) -> None:
    features, scorer = np.array(rows), learned(name)
    parts = scorer.contributions(features)
    assert parts.shape == features.shape
    np.testing.assert_allclose(scorer.baseline + parts.sum(axis=1), scorer.score(features), rtol=0, atol=2e-9)


@scorers
@few
@given(rows=rows_of_features, column=st.integers(0, N - 1), sizes=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_score_never_falls_as_a_feature_grows(
    name: str, rows: list[list[float]], column: int, sizes: tuple[float, float]
) -> None:
    less, more = np.array(rows), np.array(rows)
    less[:, column], more[:, column] = sorted(sizes)
    assert (learned(name).score(more) >= learned(name).score(less)).all()


@scorers
def test_a_part_depends_on_its_own_feature_only(name: str) -> None:
    """Whatever the others are, known or not: there is no interaction that a sum would hide."""
    rng = np.random.default_rng(2)
    features = rng.random((50, N))
    features[:, SECTOR] = 0.4
    features[rng.random(features.shape) < 0.3] = np.nan
    features[:, NEARNESS] = 0.7
    assert np.ptp(learned(name).contributions(features)[:, NEARNESS]) < 1e-12
    apart = learned(name).score(features)
    features[:, NEARNESS] = 0.2
    assert np.ptp(apart - learned(name).score(features)) < 1e-8


@scorers
def test_a_feature_that_is_never_known_is_learned_around(name: str) -> None:
    """As `seeking` of past contracts: the prior's weight, or no tree."""
    blind = choices().features.copy()
    blind[:, SECTOR] = np.nan
    taught = replace(choices(), features=blind)
    scorer = fit_linear(taught, PRIOR, 1.0) if name == "linear" else fit_boosted(taught, PRIOR, 0.1, 100)
    assert np.isfinite(scorer.score(blind)).all()
    if isinstance(scorer, Linear):
        assert scorer.weights.values["sector"] == pytest.approx(PRIOR.values["sector"])
    else:
        assert not scorer.contributions(blind)[:, SECTOR].any()


# The linear one.


def test_planted_weights_are_found_in_their_order_and_none_is_below_zero() -> None:
    scorer = learned("linear")
    assert isinstance(scorer, Linear)
    values = scorer.weights.values
    assert values["nearness"] > values["sector"] > max(values[name] for name in ("semantic", "words", "spelling"))
    assert values["nearness"] == pytest.approx(8, rel=0.25)
    assert values["sector"] == pytest.approx(6, rel=0.25)
    assert min(values.values()) >= 0
    assert scorer.weights.bias == PRIOR.bias


def test_what_speaks_against_winning_gets_no_weight_rather_than_a_negative_one() -> None:
    against = fit_linear(replace(choices(), features=1 - choices().features), PRIOR, 1.0).weights.values
    assert against["nearness"] == against["sector"] == 0
    assert min(against.values()) >= 0


def test_a_huge_pull_leaves_the_prior() -> None:
    values = fit_linear(choices(), PRIOR, 1e12).weights.values
    for name in FEATURES:
        assert values[name] == pytest.approx(PRIOR.values[name], abs=1e-6)


def test_where_nobody_was_preferred_the_prior_stays() -> None:
    everybody = replace(choices(), won=np.ones_like(choices().won))
    nobody = replace(choices(), won=np.zeros_like(choices().won))
    assert fit_linear(everybody, PRIOR, 1.0).weights == fit_linear(nobody, PRIOR, 1.0).weights == PRIOR


def test_a_drawn_loser_speaks_for_those_who_were_not() -> None:
    """A row that stands for three is worth that row three times."""
    few_rows = choices()
    inside = few_rows.query < 20
    once = Choices(
        *(column[inside] for column in (few_rows.features, few_rows.won, few_rows.query)), np.ones(inside.sum())
    )
    times = np.where(once.won, 1, 3)
    thrice = Choices(
        *(np.repeat(column, times, axis=0) for column in (once.features, once.won, once.query, once.stands_for))
    )
    weighted = replace(once, stands_for=times.astype(np.float64))
    for name in FEATURES:
        one, other = (fit_linear(taught, PRIOR, 1.0).weights.values[name] for taught in (weighted, thrice))
        assert one == pytest.approx(other, abs=2e-3)


# The boosted one.


@few
@given(rows=rows_of_features)
def test_functions_of_one_feature_are_all_that_the_trees_hold(rows: list[list[float]]) -> None:
    """Added up from each feature's trees alone, the score is scikit-learn's own; at thresholds and beyond too."""
    model = grown()
    scorer = Boosted.read(model, np.array([PRIOR.neutral[name] for name in FEATURES]))
    edges = scorer.functions[NEARNESS].edges
    features = np.array(rows)
    features = np.concatenate([features, np.repeat(features[:1], len(edges), axis=0)])
    features[len(rows) :, NEARNESS] = edges
    np.testing.assert_allclose(scorer.score(features), model.decision_function(features), rtol=0, atol=2e-9)


def test_a_neutral_pair_is_explained_by_nothing() -> None:
    neutral = np.array([[PRIOR.neutral[name] for name in FEATURES]])
    scorer = learned("boosted")
    assert not scorer.contributions(neutral).any()
    assert scorer.score(neutral) == pytest.approx(scorer.baseline)


def test_what_all_candidates_of_a_query_share_teaches_nothing_by_itself() -> None:
    """Though it tells the query with many winners from the others."""
    taught = choices()
    loud = taught.query % 3 == 0
    features = np.full_like(taught.features, np.nan)
    features[:, NEARNESS] = np.where(loud, 0.9, 0.1)
    won = taught.won | (loud & (np.arange(len(loud)) % 5 == 0))
    scorer = fit_boosted(replace(taught, features=features, won=won), PRIOR, 0.1, 100)
    assert np.ptp(scorer.functions[NEARNESS].levels) < 1e-9


def test_planted_trades_are_found_by_the_trees_too() -> None:
    scorer = learned("boosted")
    assert isinstance(scorer, Boosted)
    rise = [np.ptp(function.levels) for function in scorer.functions]
    assert rise[NEARNESS] > rise[SECTOR] > rise[SEMANTIC]


# What is learned from.


@few
@given(st.integers(0, 6), st.integers(0, 400), st.integers(0, 9))
def test_a_sample_holds_every_winner_and_stands_for_all(winners: int, others: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    won = rng.permutation(np.arange(winners + others) < winners)
    chosen, stands_for = sampled(won, rng)
    assert len(set(chosen.tolist())) == len(chosen) <= winners + 200
    assert won[chosen].sum() == winners
    assert stands_for[won[chosen]].tolist() == [1.0] * winners
    assert stands_for.sum() == pytest.approx(winners + others)
    best = np.flatnonzero(~won)[:150]
    assert set(best.tolist()) <= set(chosen.tolist())


def a_dataset(order: Sequence[int] = range(30)) -> Dataset:
    """Return thirty contracts of gardeners and cleaners; a candidate with members among those who might win."""
    trades = ("entretien espaces verts", "nettoyage locaux bureaux", "menuiserie bois fenêtres")
    codes = ("81.30Z", "81.21Z", "43.32A")
    actors = [
        a_complete_actor(
            f"a{i:02}", name=f"Société {i}", activities=(trades[i % 3],), naf=(codes[i % 3],), seeks=frozenset()
        )
        for i in range(24)
    ]
    member = an_actor("m1", activities=("nettoyage vitres",), naf=("81.22Z",))
    actors.append(an_actor("a99", kind=ActorKind.NETWORK, activities=("réseau",), members=(member,)))
    queries = [
        an_opportunity(f"o{i:02}", title=f"{trades[i % 3]} lot {i}", published_on=TODAY - timedelta(days=i))
        for i in order
    ]
    qrels = {query.id: {f"a{int(query.id[1:]) * 7 % 24:02}": 1} for query in queries}
    return Dataset(
        "petit", tuple(queries), tuple(actors), qrels, {q.id: f"b{int(q.id[1:]) // 2}" for q in queries}, TODAY
    )


def test_the_prior_is_ranked_as_the_product_ranks() -> None:
    """By score, ties by id, a network through its best member."""
    data = a_dataset()
    measured = measure_all(data, toy_encode, PRIOR, SIMILARITY_RANGE)
    product = ids_of(rank_all(Matcher(same_for_all_roles(PRIOR), SIMILARITY_RANGE), data, toy_encode))
    assert {query.id: measured.rank(query, Linear(PRIOR)) for query in measured.queries} == product


def test_the_order_of_the_queries_changes_nothing_and_twice_is_the_same() -> None:
    straight, again, shuffled = (
        measure_all(a_dataset(order), toy_encode, PRIOR, SIMILARITY_RANGE)
        for order in (range(30), range(30), np.random.default_rng(3).permutation(30).tolist())
    )
    for other in (again, shuffled):
        for one, same in zip(straight.queries, other.queries, strict=True):
            assert (one.id, one.group) == (same.id, same.group)
            np.testing.assert_array_equal(one.sample, same.sample)
            np.testing.assert_array_equal(one.features, same.features)
    for learner in (linear(PRIOR), small_boosted()):
        first, second = (cross_validate(measured, learner) for measured in (straight, shuffled))
        assert first.run == second.run
        assert first.settings == second.settings


# Never tried where it learned.


@few
@given(st.lists(st.integers(0, 12), min_size=30, max_size=60), st.sampled_from((INNER_FOLDS, OUTER_FOLDS)))
def test_no_group_is_on_both_sides_and_each_query_is_tried_once(groups: list[int], n: int) -> None:
    if len(set(groups)) < n:
        with pytest.raises(ValueError, match="groups"):
            folds(groups, n)
        return
    tried: list[int] = []
    for train, test in folds(groups, n):
        assert not {groups[i] for i in train} & {groups[i] for i in test}
        assert sorted([*train, *test]) == list(range(len(groups)))
        tried += test.tolist()
    assert sorted(tried) == list(range(len(groups)))


def test_queries_of_a_buyer_or_a_department_are_inseparable() -> None:
    places = {"a": "26", "b": "26", "c": "07", "d": "07", "e": None, "f": None, "g": "38"}
    buyers = {"a": "Crest", "b": "b", "c": "Crest", "d": "d", "e": "Die", "f": "Die", "g": "g"}
    queries = tuple(an_opportunity(name, department=place) for name, place in places.items())
    data = Dataset("petit", queries, (), {}, buyers, TODAY)
    assert inseparable(data) == {"a": 0, "b": 0, "c": 0, "d": 0, "e": 1, "f": 1, "g": 2}
    assert inseparable(replace(data, opportunities=queries[::-1])) == inseparable(data)


@dataclass(frozen=True)
class Suspicious:
    """It remembers the groups that it saw, which the test writes into a feature, and complains to see one again."""

    seen: frozenset[float]
    baseline: float = 0.0

    def contributions(self, features: FloatArray) -> FloatArray:
        return features

    def score(self, features: FloatArray) -> FloatArray:
        assert not self.seen & set(features[:, 0].tolist())
        return features[:, 1]


def test_no_scorer_outer_or_inner_ranks_a_query_whose_group_it_saw() -> None:
    measured = world(PLANTED, queries=40, candidates=20, unknown=0)
    for query in measured.queries:
        query.features[:, 0] = query.group / 64
    fitted: list[frozenset[float]] = []

    def fit(taught: Choices) -> Scorer:
        fitted.append(frozenset(taught.features[:, 0].tolist()))
        return Suspicious(fitted[-1])

    learner: dict[str, Callable[[Choices], Scorer]] = {"one": fit, "other": fit}
    told: list[None] = []
    trial = cross_validate(measured, learner, lambda: told.append(None))
    assert set(trial.run) == {query.id for query in measured.queries}
    # As good: the first, which is the most cautious.
    assert trial.settings == ("one",) * OUTER_FOLDS
    assert len(fitted) == len(told) == steps(learner)


def test_the_setting_that_ranks_best_is_chosen() -> None:
    measured = world(PLANTED, queries=60)
    learner = {pull: linear(PRIOR)[pull] for pull in ("λ=1000", "λ=1")}
    assert choose(measured, np.arange(60), learner) == "λ=1"


# The verdict.


def small_boosted() -> dict[str, Callable[[Choices], Scorer]]:
    """A learner for worlds in which a thousand rows are a sixth of all."""
    return {"η=0.1": boosted(PRIOR, least_rows=100)["η=0.1"]}


def verdict_in(measured: Measured, learner: dict[str, Callable[[Choices], Scorer]]) -> bool:
    prior = {query.id: measured.rank(query, Linear(PRIOR)) for query in measured.queries}
    trial = cross_validate(measured, learner)
    return judge(per_query(measured.qrels, trial.run), per_query(measured.qrels, prior)).kept


@pytest.mark.parametrize("learner", [lambda: dict(linear(PRIOR)), small_boosted], ids=["linear", "boosted"])
def test_noise_is_seldom_kept(learner: Callable[[], dict[str, Callable[[Choices], Scorer]]]) -> None:
    """A verdict at the level of 5 % is wrong now and then, and in neither of these two worlds."""
    worlds = (world(None, queries=40, candidates=30, seed=seed) for seed in range(1, 3))
    assert not any(verdict_in(noise, learner()) for noise in worlds)


def test_what_the_prior_gets_wrong_is_learned_and_kept() -> None:
    measured = world(PLANTED, queries=80, candidates=40)
    assert verdict_in(measured, dict(linear(PRIOR)))
    assert verdict_in(measured, small_boosted())


def test_a_challenger_that_loses_the_trades_is_not_kept() -> None:
    low, high = np.zeros(40), np.ones(40)
    values = {"nDCG@10": high, CLASS_HIT: low}
    assert not judge(values, {"nDCG@10": low, CLASS_HIT: high}).kept
    assert judge(values, {"nDCG@10": low, CLASS_HIT: low}).kept
    assert judge({"nDCG@10": high}, {"nDCG@10": low}).kept
    assert not judge({"nDCG@10": low, CLASS_HIT: high}, {"nDCG@10": low, CLASS_HIT: low}).kept
    # A loss of trades that may be chance is borne.
    one_lost = high.copy()
    one_lost[0] = 0
    assert judge({"nDCG@10": high, CLASS_HIT: one_lost}, {"nDCG@10": low, CLASS_HIT: high}).kept


def test_the_spread_of_weights_is_over_outer_folds() -> None:
    trial = cross_validate(world(PLANTED, queries=40), {"λ=10": linear(PRIOR)["λ=10"]})
    found = spread(trial)
    values = [scorer.weights.values["nearness"] for scorer in trial.scorers if isinstance(scorer, Linear)]
    assert len(values) == OUTER_FOLDS
    assert found["nearness"] == (pytest.approx(np.mean(values)), pytest.approx(np.std(values)))
    assert spread(replace(trial, scorers=(learned("boosted"),) * OUTER_FOLDS)) == {}


def test_settings_go_from_the_most_cautious() -> None:
    assert next(iter(linear(PRIOR))) == "λ=1000"
    assert next(iter(boosted(PRIOR))) == "η=0.03"
