"""How near the exact first actors are to each question, by one product over all of them: what recall is counted by."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.scale.vectors import starts_of
from matcher.types import BoolArray, FloatArray, IntArray

# Actors whose phrases are compared at once: some hundred megabytes of products for a thousand phrases of questions.
ACTORS = 8_000
# How many are first, and among which actors (None: all).
Among = tuple[int, BoolArray | None]


def least_cosines(
    rows: FloatArray,
    starts: IntArray,
    questions: Sequence[FloatArray],
    most: Mapping[str, tuple[int, BoolArray | None]],
) -> dict[str, FloatArray]:
    """Return the cosine of the last of the exact first actors of each question, `(n_questions,)` by name.

    rows: `(n, dim)`; starts: `(n_actors,)`. most: by name.
    """
    asked, begins = np.concatenate(questions), np.cumsum([0, *(len(one) for one in questions[:-1])])
    ends = np.append(starts[1:], len(rows))
    highest = {name: np.empty((len(questions), 0), np.float32) for name in most}
    for begin in range(0, len(starts), ACTORS):
        actors = slice(begin, begin + ACTORS)
        first, last = int(starts[begin]), int(ends[actors][-1])
        products = np.maximum.reduceat(asked @ rows[first:last].T, begins, axis=0)
        scores = np.maximum.reduceat(products, starts[actors] - first, axis=1)
        for name, (count, among) in most.items():
            counted = scores if among is None else scores[:, among[actors]]
            both = np.concatenate([highest[name], counted], axis=1)
            kept = min(count, both.shape[1])
            highest[name] = np.partition(both, both.shape[1] - kept, axis=1)[:, both.shape[1] - kept :]
    return {name: scores.min(axis=1) for name, scores in highest.items()}


def recall(
    rows: FloatArray,
    starts: IntArray,
    questions: Sequence[FloatArray],
    found: Sequence[IntArray],
    least: FloatArray,
    most: int,
) -> float:
    """Return the mean share of the exact first `most` actors among those that were found for the first questions.

    least: of each question, the cosine of the last of the exact first; whoever is as near is as good.
    """
    asked = zip(questions, found, least, strict=False)
    shares = [
        (scores_of(rows, starts, actors, question) >= last - 1e-6).sum() / most for question, actors, last in asked
    ]
    return float(np.mean(shares))


def scores_of(rows: FloatArray, starts: IntArray, actors: IntArray, question: FloatArray) -> FloatArray:
    """Return the highest cosine of each of some actors' phrases `(n,)` to any phrase of a question `(m, dim)`."""
    ends = np.append(starts[1:], len(rows))
    lengths = (ends - starts)[actors]
    begins = np.cumsum(lengths) - lengths
    phrases = np.repeat(starts[actors], lengths) + np.arange(int(lengths.sum())) - np.repeat(begins, lengths)
    scores: FloatArray = np.maximum.reduceat((question @ rows[phrases].T).max(axis=0), begins)
    return scores


def least_path(folder: Path, actors: int) -> Path:
    """Return where the cosines of the last of the exact first among all actors lie, for one number of actors."""
    return folder / f"least-{actors}.npy"


def lay_least(folder: Path, actors: int, rows: FloatArray, questions: Sequence[FloatArray], most: int) -> None:
    """Count and keep what the systems of one size are compared with."""
    found = least_cosines(rows, starts_of(actors), questions, {"": (most, None)})
    np.save(least_path(folder, actors), found[""])
