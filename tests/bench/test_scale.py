"""What `make bench-scale` measures on: vectors that lie as real ones do, and ways that find the same actors."""

import numpy as np
import pytest

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
