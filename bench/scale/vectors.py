"""Vectors of real phrases, encoded once and kept; and any number made of them at the same distribution of cosines.

Made: a real vector, moved towards a neighbour of it (`t` of the way), with the difference of another pair of neighbours
added at √(2t(1 − t)) ÷ √2: what the mixture takes of the neighbourhood's variance, the difference gives back. Random
vectors would be all equally far from each other, so that no index could find anything and recall would mean nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from api.matching.vectors import VectorStore
from bench.scale.phrases import ROOT, Phrases, real_phrases
from matcher.embedding import GRID, open_encoder, to_grid
from matcher.types import FloatArray, IntArray
from models.database import open_database
from models.revisions import migrate

FOLDER = ROOT / "var/scale"
ENCODER = ROOT / "var/encoder"
NEIGHBOURS = 8
# How far a made vector may lie from its first parent towards the second.
FARTHEST = 0.5
# Rows compared or made at once: a few hundred megabytes.
ROWS = 4_000
QUANTILES = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RealVectors:
    """Unit rows of real phrases `(n, dim)`, and of the questions' phrases `(m, dim)`.

    starts: `(n_questions + 1,)`, where each question's phrases begin, and the last one's end. revision: the encoder's.
    """

    rows: FloatArray
    questions: FloatArray
    starts: IntArray
    revision: str
    collections: tuple[str, ...]

    def question(self, number: int) -> FloatArray:
        """Return the unit rows of one question's phrases."""
        return self.questions[self.starts[number] : self.starts[number + 1]]


def real_vectors(progress: Progress | None = None, phrases: Phrases | None = None) -> RealVectors:
    """Return the vectors of real phrases. Each is encoded once, and kept by its text and the encoder's revision."""
    phrases = phrases or real_phrases()
    FOLDER.mkdir(parents=True, exist_ok=True)
    engine = open_database(f"sqlite:///{FOLDER / 'vectors.db'}")
    migrate(engine)
    encoder = open_encoder(str(ENCODER))
    store = VectorStore(engine, encoder, progress)
    asked = [text for question in phrases.questions for text in question]
    rows = store.rows([*phrases.of_actors, *asked]) / np.float32(GRID)
    engine.dispose()
    starts = np.cumsum([0, *(len(question) for question in phrases.questions)])
    known = len(phrases.of_actors)
    return RealVectors(rows[:known], rows[known:], starts, encoder.revision, phrases.collections)


def neighbours(rows: FloatArray, count: int = NEIGHBOURS) -> IntArray:
    """Return the numbers of each row's nearest others `(n, count)`, the nearest first."""
    found = np.empty((len(rows), count), np.int64)
    for start in range(0, len(rows), ROWS):
        part = slice(start, start + ROWS)
        near = rows[part] @ rows.T
        own = np.arange(start, min(start + ROWS, len(rows)))
        near[np.arange(len(own)), own] = -2
        best = np.argpartition(-near, count, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(near, best, axis=1), axis=1, kind="stable")
        found[part] = np.take_along_axis(best, order, axis=1)
    return found


def made_vectors(real: FloatArray, count: int, seed: int = 0) -> FloatArray:
    """Return `count` unit rows on the encoder's grid; the first ones are the real rows in a random order.

    The same for the same seed: a larger set begins with a smaller one.
    """
    near = neighbours(real)
    shuffled = real[np.random.default_rng(seed).permutation(len(real))]
    made = np.empty((count, real.shape[1]), np.float32)
    made[: len(real)] = shuffled[:count]
    for start in range(len(real), count, ROWS):
        # A portion is always made whole, so that it does not depend on where the set ends.
        portion = _on_grid(_mixed(real, near, np.random.default_rng([seed, start])))
        made[start : start + ROWS] = portion[: count - start]
    return made


def _mixed(real: FloatArray, near: IntArray, rng: np.random.Generator) -> FloatArray:
    first, other = rng.integers(len(real), size=(2, ROWS))
    second, another = (near[row, rng.integers(near.shape[1], size=ROWS)] for row in (first, other))
    t = rng.uniform(0, FARTHEST, size=(ROWS, 1)).astype(np.float32)
    given_back = np.sqrt(t * (1 - t)) * (real[another] - real[other])
    mixed: FloatArray = real[first] + t * (real[second] - real[first]) + given_back
    return mixed


def _on_grid(rows: FloatArray) -> FloatArray:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return to_grid(unit) / np.float32(GRID)


@dataclass(frozen=True)
class Likeness:
    """Quantiles of cosines, of the real rows and of as many made ones.

    asked: between questions and rows. nearest: between a row and the nearest other one.
    """

    asked: tuple[FloatArray, FloatArray]
    nearest: tuple[FloatArray, FloatArray]

    @property
    def widest(self) -> float:
        """The largest difference between two quantiles of questions and rows."""
        return float(np.abs(self.asked[0] - self.asked[1]).max())


def likeness(real: RealVectors, made: FloatArray, seed: int = 1) -> Likeness:
    """Compare the cosines of the real rows with those of as many rows drawn from the made ones alone."""
    alone = made[len(real.rows) :]
    drawn = alone[np.random.default_rng(seed).choice(len(alone), min(len(real.rows), len(alone)), replace=False)]
    both = (real.rows, drawn)
    asked = [np.quantile(rows @ real.questions.T, QUANTILES) for rows in both]
    nearest = [np.quantile(np.einsum("ij,ij->i", rows, rows[neighbours(rows, 1)[:, 0]]), QUANTILES) for rows in both]
    return Likeness((asked[0], asked[1]), (nearest[0], nearest[1]))


def starts_of(actors: int, seed: int = 2) -> IntArray:
    """Return where each actor's phrases begin `(actors,)`: one to four each, 2.5 on average. actors: by fours."""
    lengths = np.random.default_rng(seed).permutation(np.tile([1, 2, 3, 4], actors // 4))
    starts: IntArray = np.cumsum(lengths) - lengths
    return starts
