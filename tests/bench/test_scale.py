"""What `make bench-scale` measures on: vectors that lie as real ones do, and ways that find the same actors."""

import numpy as np
import pytest

from bench.scale import __main__ as run
from bench.scale import exact
from bench.scale.measuring import Measure
from bench.scale.systems import FIRST, Exhaustive, Numpy, Ours
from bench.scale.vectors import ROWS, RealVectors, likeness, made_vectors, starts_of
from matcher.embedding import GRID, to_grid
from matcher.types import FloatArray

DIM = 48


def unit(rows: FloatArray) -> FloatArray:
    return to_grid(rows / np.linalg.norm(rows, axis=1, keepdims=True)) / np.float32(GRID)


@pytest.fixture(scope="module")
def real() -> RealVectors:
    """Phrases by trade: forty trades, some nearer to each other than others, thirty phrases each."""
    rng = np.random.default_rng(0)
    trades = rng.standard_normal((40, DIM)) + 2 * rng.standard_normal((8, DIM))[rng.integers(8, size=40)]
    phrases = unit((trades[:, None] + rng.standard_normal((40, 30, DIM))).reshape(-1, DIM).astype(np.float32))
    asked = unit((trades[:20] + rng.standard_normal((20, DIM))).astype(np.float32))
    return RealVectors(phrases, asked, np.arange(21), "essai", ())


def test_made_vectors_lie_as_the_real_ones_do_and_random_ones_do_not(real: RealVectors) -> None:
    made = made_vectors(real.rows, 3 * len(real.rows))
    random = unit(np.random.default_rng(1).standard_normal(made.shape).astype(np.float32))
    assert likeness(real, made).widest < 0.06
    assert likeness(real, random).widest > 0.2


def test_a_larger_set_begins_with_a_smaller_one(real: RealVectors) -> None:
    larger = made_vectors(real.rows, len(real.rows) + ROWS + 100)
    for count in (len(real.rows) - 7, len(real.rows) + 5, len(real.rows) + ROWS + 1):
        assert np.array_equal(made_vectors(real.rows, count), larger[:count])
    assert {row.tobytes() for row in real.rows} == {row.tobytes() for row in larger[: len(real.rows)]}


def test_bounds_find_whom_every_product_finds(real: RealVectors) -> None:
    actors = 800
    rows, starts = made_vectors(real.rows, actors * 5 // 2), starts_of(actors)
    assert int(np.diff(np.append(starts, len(rows))).min()) == 1
    systems = (Numpy(), Exhaustive(), Ours())
    for system in systems:
        system.build(rows, starts)
    for number in range(len(real.starts) - 1):
        question = real.question(number)
        scores = np.maximum.reduceat((question @ rows.T).max(axis=0), starts)
        for system in systems:
            found = system.nearest(question)
            # Whoever is as near as the last of the first may stand in its place.
            assert len(set(found.tolist())) == FIRST
            assert scores[found].min() >= np.sort(scores)[-FIRST] - 1e-6


def test_what_recall_is_counted_by_is_what_every_product_says(
    real: RealVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "ACTORS", 300)
    actors = 800
    rows, starts = made_vectors(real.rows, actors * 5 // 2), starts_of(actors)
    questions = [real.question(number) for number in range(len(real.starts) - 1)]
    among = np.arange(actors) % 40 == 7
    least = exact.least_cosines(rows, starts, questions, {"all": (FIRST, None), "few": (int(among.sum()), among)})
    for question, of_all, of_few in zip(questions, least["all"], least["few"], strict=True):
        scores = np.maximum.reduceat((question @ rows.T).max(axis=0), starts)
        order = np.argsort(-scores)
        assert of_all == pytest.approx(scores[order[FIRST - 1]])
        assert of_few == pytest.approx(scores[among].min(), abs=1e-6)
        found = order[10 : FIRST + 10]
        np.testing.assert_allclose(exact.scores_of(rows, starts, found, question), scores[found], atol=1e-6)
        only = np.array([of_all])
        assert exact.recall(rows, starts, [question], [found], only, FIRST) == (FIRST - 10) / FIRST


@pytest.mark.parametrize(("build_s", "left_min", "said"), [(200.0, 60, "its build would"), (50.0, 5, "of the run")])
def test_what_would_take_too_long_is_not_begun_and_it_is_said(
    build_s: float, left_min: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_child", lambda *_: pytest.fail("it was begun"))
    smaller = Measure("hnswlib", 50_000, 125_000, 0.2, 0.98, 200.0, build_s)
    clock = run.Clock(left_min, taken_s={"hnswlib": 70.0})
    (measure,) = run._measured("hnswlib", 200_000, smaller, clock)
    assert measure.query_ms is None
    assert said in measure.note
