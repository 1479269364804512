"""The simulation: what it claims to simulate is so, and its curve is the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace

import numpy as np

from matcher.features import FEATURES
from matcher.learning.learning_curve import learning_curve, quality
from matcher.learning.observations import Observation
from matcher.learning.simulation import HOSTILE, Habits, make_case, random_features, ratings, true_weights
from matcher.scoring import PRIOR
from matcher.types import Role

ACTIVE = dict.fromkeys(Role, PRIOR)
CLEAN = Habits(random_share=0.0, own_taste=0.0)


def test_features_are_features() -> None:
    rows = random_features(np.random.default_rng(0), 500)
    assert rows.shape == (500, len(FEATURES))
    assert ((rows >= 0) & (rows <= 1)).all()


def test_true_weights_score_best_and_perfect_knowledge_is_perfect() -> None:
    rng = np.random.default_rng(1)
    truth = true_weights(rng, CLEAN)
    cases = [make_case(str(i), rng, truth, CLEAN) for i in range(50)]
    assert quality(truth, cases) > quality(ACTIVE, cases)
    told_all = [replace(case, known=case.truth) for case in cases]
    assert quality(truth, told_all) == 1


def test_given_features_are_taken_as_they_are() -> None:
    rng = np.random.default_rng(1)
    features = random_features(rng, 12)
    features[3, 2] = np.nan
    case = make_case("q", rng, ACTIVE, CLEAN, features)
    np.testing.assert_array_equal(case.known, features)
    assert np.isfinite(case.utility).all()


def test_attention_falls_with_rank_as_one_over_it() -> None:
    told = ratings(3000, np.random.default_rng(2), ACTIVE, ACTIVE, CLEAN)
    ranks = np.bincount([one.rank or 0 for one in told], minlength=11)[1:]
    np.testing.assert_allclose(ranks / ranks[0], 1 / np.arange(1, 11), atol=0.08)


def test_the_hostile_rater_answers_the_opposite_and_reads_everything() -> None:
    rng = np.random.default_rng(3)
    truth = true_weights(rng, CLEAN)
    honest = ratings(1500, rng, truth, ACTIVE, CLEAN)
    hostile = ratings(1500, rng, truth, ACTIVE, CLEAN, hostile=True)
    assert {one.rater_id for one in hostile} == {HOSTILE}
    assert HOSTILE not in {one.rater_id for one in honest}
    assert len({one.query_id for one in hostile}) == 150

    def slope(rows: Sequence[Observation]) -> float:
        """Grades follow how well the texts agree, for who means well."""
        agree = [one.features[list(FEATURES).index("semantic")] for one in rows]
        return float(np.corrcoef(agree, [one.grade or 0 for one in rows])[0, 1])

    assert slope(honest) > 0.1
    assert slope(hostile) < -0.1


def test_the_chance_to_be_shown_is_one_but_for_the_explored_place() -> None:
    told = ratings(2000, np.random.default_rng(4), ACTIVE, ACTIVE, CLEAN, hostile=True)
    assert all(one.propensity == 1 for one in told if one.rank and one.rank < 10)
    last = [one.propensity for one in told if one.rank == 10]
    habits = CLEAN
    rest = habits.candidates - habits.list_length + 1
    rare = habits.explored / rest
    assert set(np.round(last, 9)) == {round(rare, 9), round(rare + 1 - habits.explored, 9)}
    share = np.mean([one < 0.1 for one in last])
    assert abs(share - habits.explored * (rest - 1) / rest) < 0.1


def test_random_answers_are_of_any_grade_and_as_many_as_is_said() -> None:
    told = [
        ratings(2000, np.random.default_rng(6), ACTIVE, ACTIVE, replace(CLEAN, random_share=share))
        for share in (0.0, 0.1, 1.0)
    ]
    clean, tenth, random = ([one.grade or 0 for one in rows] for rows in told)
    np.testing.assert_allclose(np.bincount(random, minlength=4) / 2000, 0.25, atol=0.05)
    # A random answer is by chance the true one now and then; one drawn grade shifts the stream of chance, so shares.
    mixed = 0.9 * np.bincount(clean, minlength=4) / 2000 + 0.025
    np.testing.assert_allclose(np.bincount(tenth, minlength=4) / 2000, mixed, atol=0.05)


def test_the_curve_is_the_same_each_time_starts_at_the_prior_and_ends_better() -> None:
    counts = (0, 200)
    curve, again = (learning_curve(counts, 2, test_cases=30) for _ in range(2))
    for one, other in zip(curve, again, strict=True):
        for column, same in zip(astuple(one), astuple(other), strict=True):
            np.testing.assert_array_equal(column, same)
    start, end = curve
    for column in (start.learned, start.naive, start.gated):
        np.testing.assert_array_equal(column, start.prior)
    assert not start.passed.any()
    assert end.learned.mean() > end.prior.mean()
    assert end.best.mean() > end.prior.mean()


def test_where_the_gate_keeps_the_prior_that_is_the_figure() -> None:
    (point,) = learning_curve((50,), 3, hostile=True, test_cases=20)
    kept = point.passed == 0
    assert kept.any()
    np.testing.assert_array_equal(point.gated[kept], point.prior[kept])


def test_a_hostile_rater_sinks_who_believes_everyone_but_not_what_is_learned() -> None:
    (quiet,) = learning_curve((200,), 4, test_cases=40)
    (loud,) = learning_curve((200,), 4, hostile=True, test_cases=40)
    assert loud.naive.mean() < quiet.naive.mean() - 0.05
    assert (loud.learned > quiet.learned - 0.03).all()
    assert (loud.gated > loud.prior - 0.02).all()
