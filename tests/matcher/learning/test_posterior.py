"""Tuning: with no rating the prior decides, with many the ratings do, and nobody decides alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.features import COUNTED, FEATURES
from matcher.learning.learning_curve import quality
from matcher.learning.observations import OBJECTS_TO, TARGETS, Objection, Observation, Outcome, latest
from matcher.learning.posterior import Posterior, learn
from matcher.learning.settings import Settings
from matcher.learning.simulation import Habits, make_case, ratings, true_weights
from matcher.scoring import (
    PRIOR,
    Calibration,
    Weights,
    WeightsByRole,
    contributions,
    logits,
    same_for_all_roles,
)
from matcher.types import Form, Role
from tests.support.proof_share import examples

few = settings(deadline=None, max_examples=examples(30))
DAY = date(2026, 3, 2)
SUPPLY, TAKE_OVER = Role.SUPPLY, Role.TAKE_OVER
SAME = same_for_all_roles(PRIOR)
NEUTRAL = tuple(PRIOR.neutral[name] for name in FEATURES)

cells = st.one_of(st.just(math.nan), st.floats(0, 1, width=32))
rows = st.lists(cells, min_size=len(FEATURES), max_size=len(FEATURES)).map(tuple)


@st.composite
def acts(draw: st.DrawFn) -> Observation:
    act: dict[str, object] = draw(
        st.one_of(
            st.builds(lambda grade: {"grade": grade}, st.integers(0, 3)),
            st.builds(lambda outcome: {"outcome": outcome}, st.sampled_from(Outcome)),
            st.builds(lambda objection: {"grade": 0, "objection": objection}, st.sampled_from(Objection)),
        )
    )
    role = draw(st.sampled_from(Role))
    counted = [value if name in COUNTED[role] else math.nan for name, value in zip(FEATURES, draw(rows), strict=True)]
    return Observation(
        query_id=f"q{draw(st.integers(0, 4))}",
        candidate_id=f"c{draw(st.integers(0, 4))}",
        rater_id=f"r{draw(st.integers(0, 3))}",
        role=role,
        day=DAY + timedelta(days=draw(st.integers(0, 9))),
        features=tuple(counted),
        rank=draw(st.one_of(st.none(), st.integers(1, 10))),
        propensity=draw(st.floats(0.01, 1)),
        **act,  # type: ignore[arg-type]
    )


def pair(number: int = 0, features: dict[str, float] | None = None, rater: str = "r", **act: object) -> Observation:
    """One act on a pair that is neutral but where `features` says otherwise; a different query by number."""
    row = tuple((features or {}).get(name, value) for name, value in zip(FEATURES, NEUTRAL, strict=True))
    return Observation(f"q{number}", "c", rater, act.pop("role", SUPPLY), DAY, row, **act)  # type: ignore[arg-type]


def moves(posterior: Posterior, role: Role = SUPPLY, prior: Weights = PRIOR) -> dict[str, float]:
    return {name: posterior.weights[role].values[name] - prior.values[name] for name in FEATURES}


def score(posterior: Posterior, one: Observation) -> float:
    weights = posterior.weights[one.role]
    return float(logits(contributions(np.array([one.features]), weights), weights)[0])


def distance(posterior: Posterior) -> float:
    return math.sqrt(sum(move**2 for move in moves(posterior).values()))


@pytest.mark.parametrize(
    "observations", [[], [pair(i, grade=0, objection=Objection.DUPLICATE, features={"words": 1.0}) for i in range(5)]]
)
def test_with_nothing_learned_the_weights_are_the_prior_bit_for_bit(observations: Sequence[Observation]) -> None:
    posterior = learn(observations, SAME)
    assert posterior.common == PRIOR
    assert all(posterior.weights[role].revision == PRIOR.revision for role in Role)
    assert posterior.information == 0
    belief = Settings()
    for name, sd in posterior.deviations().items():
        assert sd == pytest.approx(max(belief.relative_sd * PRIOR.values[name], belief.least_sd))


@few
@given(st.lists(acts(), max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_observations_changes_not_one_bit(observations: list[Observation], random: object) -> None:
    shuffled = list(observations)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = learn(observations, SAME), learn(shuffled, SAME)
    assert one.weights == other.weights
    assert one.reliability == other.reliability
    assert one.covariance.tobytes() == other.covariance.tobytes()


@few
@given(st.lists(acts(), max_size=25))
def test_weights_stay_finite_and_at_least_0_and_uncertainty_only_shrinks(observations: list[Observation]) -> None:
    posterior = learn(observations, SAME)
    start = learn([], SAME)
    for role in Role:
        weights = posterior.weights[role]
        assert math.isfinite(weights.bias)
        assert min(weights.values.values()) >= 0
        assert weights.neutral == PRIOR.neutral
        before, after = start.deviations(role), posterior.deviations(role)
        assert all(0 < after[name] <= before[name] + 1e-9 for name in FEATURES)
    assert all(0 <= value <= 1 for value in posterior.reliability.values())


@few
@given(st.lists(acts(), min_size=1, max_size=15))
def test_what_was_found_is_the_mode_no_small_step_is_more_probable(observations: list[Observation]) -> None:
    """The objective is written out again here, naively, for one round without the raters' part and objections."""
    plain = [replace(one, objection=None, rank=None, propensity=1.0) for one in observations]
    belief = Settings(rounds=0, rater_correlation=0.0)
    found = learn(plain, SAME, belief)
    told = latest(plain)

    def cost(common: Weights, weights: WeightsByRole) -> float:
        total = 0.0
        for one in told:
            mine = weights[one.role]
            z = mine.bias + float(np.nansum(contributions(np.array([one.features]), mine)))
            weight = 4.0 if one.outcome else 1.0
            total += weight * (math.log1p(math.exp(z)) - TARGETS[one.relevance] * z)
        for name in (None, *FEATURES):
            sd = belief.bias_sd if name is None else max(belief.relative_sd * PRIOR.values[name], belief.least_sd)
            centre = _at(common, name)
            total += 0.5 * ((centre - _at(PRIOR, name)) / sd) ** 2
            # A feature that counts nowhere in a role is not learned in it.
            counting = [role for role in weights if name is None or name in COUNTED[role]]
            total += sum(0.5 * ((_at(weights[role], name) - centre) / (belief.role_sd * sd)) ** 2 for role in counting)
        return total

    best = cost(found.common, found.weights)
    for name in FEATURES:
        for step in (-0.02, 0.02):
            near = _step(found.common, name, step)
            assert cost(near, found.weights) >= best - 1e-7
            for role in Role:
                if name not in COUNTED[role]:
                    continue
                if (moved := _step(found.weights[role], name, step)).values[name] >= 0:
                    assert cost(found.common, {**found.weights, role: moved}) >= best - 1e-7


def _at(weights: Weights, name: str | None) -> float:
    """A weight, or the logit of a neutral pair."""
    if name is not None:
        return weights.values[name]
    return weights.bias + sum(weights.values[one] * weights.neutral[one] for one in FEATURES)


def _step(weights: Weights, name: str, step: float) -> Weights:
    """Move one weight; the logit of a neutral pair stays."""
    return Weights(
        weights.bias - step * weights.neutral[name],
        {**weights.values, name: weights.values[name] + step},
        weights.neutral,
    )


def test_what_is_learned_keeps_the_calibration_of_each_form() -> None:
    calibration = {form: Calibration(0.5 + place, -1.0) for place, form in enumerate(Form)}
    prior = replace(PRIOR, calibration=calibration)
    learned = learn([pair(number, grade=number % 4) for number in range(20)], dict.fromkeys(Role, prior))
    assert {own.calibration == calibration for own in (learned.common, *learned.weights.values())} == {True}
    assert learned.common.values != prior.values or learned.common.bias != prior.bias


def test_many_clean_ratings_go_over_half_the_way_to_the_true_weights() -> None:
    """On average over four worlds of other true weights."""
    habits = Habits(random_share=0.0, own_taste=0.0)
    missing = []
    for seed in range(11, 15):
        rng = np.random.default_rng(seed)
        truth = true_weights(rng, habits)
        active = dict.fromkeys(Role, PRIOR)
        cases = [make_case(f"t{i}", rng, truth, habits) for i in range(60)]
        told = ratings(3000, rng, truth, active, habits)
        before, best = quality(active, cases), quality(truth, cases)
        few, many = (quality(learn(told[:count], SAME).weights, cases) for count in (50, 3000))
        assert best - before > 0.03
        assert best > many > few
        missing.append((best - many) / (best - before))
    assert np.mean(missing) < 0.5


@pytest.mark.parametrize("act", [{"grade": 3}, {"grade": 0}, {"outcome": Outcome.WON}])
def test_the_more_say_the_same_the_further_from_the_prior_and_the_surer(act: dict[str, object]) -> None:
    found = [
        learn([pair(i, {"words": 0.6}, rater=f"r{i}", **dict(act)) for i in range(count)], SAME)
        for count in (0, 1, 4, 16, 64)
    ]
    away = [distance(posterior) for posterior in found]
    spread = [posterior.deviations()["words"] for posterior in found]
    assert away == sorted(away)
    assert away[-1] > away[1] > 0
    assert spread == sorted(spread, reverse=True)
    assert spread[-1] < spread[0]


@few
@given(rows, st.integers(0, 3), st.sampled_from(sorted(FEATURES)))
def test_an_unknown_feature_learns_nothing(row: tuple[float, ...], grade: int, unknown: str) -> None:
    features = tuple(math.nan if name == unknown else value for name, value in zip(FEATURES, row, strict=True))
    posterior = learn([Observation("q", "c", "r", SUPPLY, DAY, features, grade=grade)], SAME)
    assert moves(posterior)[unknown] == 0
    assert all(math.isfinite(move) for move in moves(posterior).values())


def test_a_good_grade_raises_what_the_pair_has_and_lowers_none() -> None:
    found = moves(learn([pair(features={"words": 0.8}, grade=3)], SAME))
    assert found["words"] > 0
    assert all(found[name] == pytest.approx(0) for name in FEATURES if name != "words")


def test_an_outcome_moves_more_than_a_rating_of_the_same_worth() -> None:
    for grade, outcome in ((3, Outcome.WON), (1, Outcome.LOST)):
        told, ended = (
            learn([pair(features={"words": 0.5, "semantic": 0.9}, **act)], SAME)
            for act in ({"grade": grade}, {"outcome": outcome})
        )
        assert distance(ended) > distance(told) > 0


SHORT = {
    Objection.TOO_FAR: {"nearness": 0.02},
    Objection.OTHER_TRADE: {"sector": 0.0, "semantic": 0.1},
    Objection.NO_CAPACITY: {"capacity": 0.05},
    Objection.WRONG_SIZE: {"capacity": 0.05},
    Objection.TOO_SHORT: {"freshness": 0.02},
    Objection.NOT_INTERESTED: {"seeking": 0.0},
}
GOOD = {
    "semantic": 0.8,
    "words": 0.3,
    "sector": 0.7,
    "nearness": 0.6,
    "capacity": 0.9,
    "freshness": 0.8,
    "seeking": 1.0,
}


OTHER_PRIOR = replace(PRIOR, bias=-5.0, values=dict.fromkeys(FEATURES, 1.5))


@pytest.mark.parametrize("prior", [PRIOR, OTHER_PRIOR], ids=["the prior", "all alike"])
@pytest.mark.parametrize("objection", SHORT)
def test_an_objection_raises_the_weight_that_it_names_most(objection: Objection, prior: Weights) -> None:
    """In units of how sure we were of each weight."""
    start = learn([], same_for_all_roles(prior)).deviations(SUPPLY)
    features = {**GOOD, **SHORT[objection]}
    no = moves(learn([pair(features=features, grade=0, objection=objection)], same_for_all_roles(prior)), prior=prior)
    named = OBJECTS_TO[objection]
    steps = {name: no[name] / start[name] for name in FEATURES}
    assert max(steps[name] for name in named) == max(steps.values()) > 0
    others = [name for name in FEATURES if name not in named]
    assert max(steps[name] for name in named) > max(abs(steps[name]) for name in others)


def test_too_far_said_often_puts_the_far_below_the_near() -> None:
    far, near = {**GOOD, "nearness": 0.02}, {**GOOD, "nearness": 0.9}
    posterior = learn([pair(i, far, rater=f"r{i % 4}", grade=0, objection=Objection.TOO_FAR) for i in range(12)], SAME)
    start = learn([], SAME)
    gap = score(posterior, pair(features=near, grade=0)) - score(posterior, pair(features=far, grade=0))
    before = score(start, pair(features=near, grade=0)) - score(start, pair(features=far, grade=0))
    assert gap > before + 0.3


def test_an_objection_to_what_is_unknown_is_only_the_part_of_a_no_that_it_is() -> None:
    features = {**GOOD, "nearness": math.nan, "local_reach": math.nan}
    no = [pair(features=features, grade=0, objection=Objection.TOO_FAR)]
    found = moves(learn(no, SAME))
    assert (found["nearness"], found["local_reach"]) == (0, 0)
    assert found == moves(learn(no, SAME, Settings(objection_weight=0.0)))
    assert 0 > found["semantic"] > moves(learn([pair(features=features, grade=0)], SAME))["semantic"]


def test_a_role_without_ratings_follows_the_common_weights_and_one_with_many_goes_its_own_way() -> None:
    told = [pair(i, {"words": 0.7}, rater=f"r{i % 5}", grade=3, role=SUPPLY) for i in range(60)]
    told += [pair(100 + i, {"words": 0.7}, rater=f"r{i % 5}", grade=0, role=TAKE_OVER) for i in range(60)]
    both = learn(told, SAME)
    assert both.weights[SUPPLY].values["words"] > both.weights[TAKE_OVER].values["words"]
    alone = learn(told[:60], SAME)
    assert alone.weights[TAKE_OVER].values["words"] == pytest.approx(alone.common.values["words"], abs=1e-6)
    assert 0 < moves(alone, TAKE_OVER)["words"] < moves(alone, SUPPLY)["words"]
    assert alone.deviations(TAKE_OVER)["words"] > alone.deviations(SUPPLY)["words"]


def test_what_had_little_chance_to_be_seen_counts_more_but_adds_no_information() -> None:
    def told(rank: int, propensity: float) -> list[Observation]:
        good = [pair(i, {"words": 0.7}, rater=f"r{i}", grade=3, rank=1) for i in range(6)]
        bad = [pair(50 + i, {"words": 0.7}, rater=f"r{i}", grade=0, rank=rank, propensity=propensity) for i in range(6)]
        return good + bad

    even, deep, rare, beyond = (learn(told(*where), SAME) for where in ((1, 1.0), (2, 1.0), (1, 0.5), (10, 0.01)))
    asked = pair(features={"words": 0.7}, grade=0)
    assert score(deep, asked) == pytest.approx(score(rare, asked))
    assert score(beyond, asked) < score(deep, asked) < score(even, asked)
    assert beyond.information < deep.information < even.information <= 12


def test_of_one_rater_s_grades_of_a_pair_only_the_last_counts_so_repeating_gains_nothing() -> None:
    first, last = pair(grade=0), replace(pair(grade=3), day=DAY + timedelta(days=1))
    assert latest([last, first]) == [last]
    assert learn([first, last] * 20, SAME).weights == learn([last], SAME).weights
    won = pair(outcome=Outcome.WON)
    assert set(latest([first, won])) == {first, won}


def test_nobody_s_answers_are_worth_more_than_the_bound() -> None:
    told = [pair(i, {"words": 0.5}, grade=3) for i in range(2000)]
    found = learn(told, SAME, Settings(rater_correlation=0.05))
    assert 19 < found.information < 20


def test_a_hostile_rater_is_found_out_and_hardly_moves_anything_though_he_says_as_much_as_all_others() -> None:
    habits = Habits()
    kept, sunk = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        truth = true_weights(rng, habits)
        active = dict.fromkeys(Role, PRIOR)
        cases = [make_case(f"t{i}", rng, truth, habits) for i in range(60)]
        told = ratings(300, rng, truth, active, habits)
        lies = ratings(300, rng, truth, active, habits, hostile=True)
        among = learn(told + lies, SAME)
        assert among.reliability["hostile"] < 0.1
        assert np.mean([value for rater, value in among.reliability.items() if rater != "hostile"]) > 0.6
        clean = quality(learn(told, SAME).weights, cases)
        kept.append(quality(among.weights, cases) - clean)
        trusting = Settings(rounds=0, rater_correlation=0.0)
        sunk.append(quality(learn(told + lies, SAME, trusting).weights, cases) - clean)
    assert min(kept) > -0.02
    assert np.mean(sunk) < -0.05


def test_a_hostile_rater_alone_leaves_the_ranking_about_as_good_as_the_prior() -> None:
    habits = Habits()
    rng = np.random.default_rng(5)
    truth = dict.fromkeys(Role, PRIOR)
    cases = [make_case(f"t{i}", rng, truth, habits) for i in range(60)]
    lies = ratings(400, rng, truth, truth, habits, hostile=True)
    assert quality(learn(lies, SAME).weights, cases) > quality(truth, cases) - 0.03


def test_who_talks_the_most_is_not_his_own_witness() -> None:
    """Ten say that words matter; one, on other pairs, says the opposite twenty times as often as each of them."""

    def told(rater: str, numbers: range, upside_down: bool) -> list[Observation]:
        values = [(i % 10) / 10 for i in numbers]
        grades = [min(3, int(value * 4)) for value in values]
        return [
            pair(i, {"words": value, "semantic": value}, rater=rater, grade=3 - grade if upside_down else grade)
            for i, value, grade in zip(numbers, values, grades, strict=True)
        ]

    rows = [one for rater in range(10) for one in told(f"r{rater}", range(rater * 10, rater * 10 + 10), False)]
    rows += told("loud", range(1000, 1200), True)
    # Believed in full, he would outweigh them: the consensus that he is measured by must be theirs.
    found = learn(rows, SAME, Settings(rater_correlation=0.0))
    assert found.reliability["loud"] == 0
    assert min(value for rater, value in found.reliability.items() if rater != "loud") > 0.6


def test_a_strict_rater_who_orders_as_the_others_is_reliable() -> None:
    told = []
    for i in range(120):
        value = (i % 10) / 10
        grade = min(3, int(value * 4))
        rater = f"r{i // 10 % 4}"
        strict = rater == "r0"
        told.append(pair(i, {"words": value, "semantic": value}, rater=rater, grade=max(0, grade - strict)))
    assert learn(told, SAME).reliability["r0"] > 0.7


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"grade": 3, "outcome": Outcome.WON},
        {"grade": 4},
        {"grade": -1},
        {"grade": 1, "objection": Objection.TOO_FAR},
        {"outcome": Outcome.LOST, "objection": Objection.TOO_FAR},
        {"grade": 1, "propensity": 0.0},
        {"grade": 1, "rank": 0},
        {"grade": 1, "features": {"words": 1.5}},
    ],
)
def test_an_act_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        pair(**wrong)  # type: ignore[arg-type]


def test_every_objection_is_accounted_for_and_parts_do_not_overlap() -> None:
    assert set(OBJECTS_TO) == set(Objection)
    parts = {part for part in OBJECTS_TO.values() if part}
    names = [name for part in parts for name in part]
    assert sorted(names) == sorted(set(names))
    assert set(names) <= set(FEATURES)
