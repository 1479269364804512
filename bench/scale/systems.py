"""The systems that are compared: each finds the actors whose best phrase is nearest to any phrase of a question.

An index of vectors knows no actors: it is asked, for each phrase of the question, for as many vectors as FIRST actors
may have, and the best of an actor's counts. All run on one thread.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from matcher.columns import PhraseTable
from matcher.embedding import GRID, cosines, from_grid
from matcher.retrieval.phrase_codes import PhraseCodes
from matcher.types import FloatArray, IntArray

# How many actors are asked for; an actor has four phrases at most.
FIRST = 50
VECTORS = 4 * FIRST


class System(Protocol):
    """One way to find neighbours."""

    def build(self, rows: FloatArray, starts: IntArray) -> None:
        """rows: `(n, dim)` unit rows. starts: `(n_actors,)`, where each actor's phrases begin."""

    def nearest(self, question: FloatArray) -> IntArray:
        """Return the numbers of the FIRST actors nearest to a question's unit rows `(m, dim)`, the nearest first."""


def first_of(scores: FloatArray) -> IntArray:
    """Return the positions of the FIRST highest of many scores, the highest first."""
    best = np.argpartition(scores, len(scores) - FIRST)[-FIRST:] if len(scores) > FIRST else np.arange(len(scores))
    order: IntArray = best[np.lexsort((best, -scores[best]))]
    return order


class Numpy:
    """Every product, in float32."""

    def build(self, rows: FloatArray, starts: IntArray) -> None:
        self._rows, self._starts = np.array(rows), starts

    def nearest(self, question: FloatArray) -> IntArray:
        # A product of a few rows by many is made as of two large matrices, and takes twice as long as one by one.
        highest = np.maximum.reduce([self._rows @ phrase for phrase in question])
        return first_of(np.maximum.reduceat(highest, self._starts))


class Ours:
    """The matcher's first stage: bounds in eight bits, then the exact cosines of whoever can be among the first."""

    def build(self, rows: FloatArray, starts: IntArray) -> None:
        self._rows = np.rint(rows * np.float32(GRID)).astype(np.int16)
        self._codes = PhraseCodes.build(from_grid(self._rows))
        self._starts, self._lengths = starts, np.diff(np.append(starts, len(rows)))

    def nearest(self, question: FloatArray) -> IntArray:
        steps = np.rint(question * np.float32(GRID))
        upper, width = self._codes.highest(steps)
        highest = np.maximum.reduceat(upper, self._starts)
        # The exact value of the last of the first is at least this; below it nobody can take a place.
        least = np.partition(highest, -FIRST)[-FIRST] - width
        can_reach = np.flatnonzero(highest >= least)
        phrases, starts = self._phrases_of(can_reach)
        exact = cosines(from_grid(self._rows[phrases]), steps).max(axis=1)
        found: IntArray = can_reach[first_of(np.maximum.reduceat(exact, starts))]
        return found

    def _phrases_of(self, actors: IntArray) -> tuple[IntArray, IntArray]:
        """Return the phrases of some actors, and where each actor's begin among them."""
        lengths = self._lengths[actors]
        starts = np.cumsum(lengths) - lengths
        within = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
        return np.repeat(self._starts[actors], lengths) + within, starts


class Exhaustive:
    """The matcher's own exhaustive stage, the reference of its tests: every product, in float32."""

    def build(self, rows: FloatArray, starts: IntArray) -> None:
        steps = np.rint(rows * np.float32(GRID))
        self._table = PhraseTable(steps, np.arange(len(steps)), starts, (), np.zeros(len(starts), np.bool_))

    def nearest(self, question: FloatArray) -> IntArray:
        steps = np.rint(question * np.float32(GRID))
        asked = PhraseTable(steps, np.arange(len(steps)), np.zeros(1, np.int64), (), np.zeros(1, np.bool_))
        return first_of(self._table.best(asked))


class _Vectors:
    """An index of vectors: what it finds is put together by actor."""

    def _build(self, rows: FloatArray) -> None:
        raise NotImplementedError

    def _search(self, question: FloatArray) -> tuple[Any, Any]:
        """Return the numbers of the VECTORS nearest rows of each phrase, and their cosines, `(m, VECTORS)` each."""
        raise NotImplementedError

    def build(self, rows: FloatArray, starts: IntArray) -> None:
        self._owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(rows))))
        self._build(rows)

    def nearest(self, question: FloatArray) -> IntArray:
        numbers, cosines = (np.asarray(values).ravel() for values in self._search(question))
        actors, which = np.unique(self._owner[numbers[numbers >= 0]], return_inverse=True)
        best = np.full(len(actors), -2, np.float32)
        np.maximum.at(best, which, cosines[numbers >= 0].astype(np.float32))
        found: IntArray = actors[first_of(best)]
        return found


class ScikitLearn(_Vectors):
    """NearestNeighbors, brute force."""

    def _build(self, rows: FloatArray) -> None:
        from sklearn.neighbors import NearestNeighbors

        self._index = NearestNeighbors(n_neighbors=VECTORS, algorithm="brute", metric="cosine", n_jobs=1).fit(rows)

    def _search(self, question: FloatArray) -> tuple[Any, Any]:
        distances, numbers = self._index.kneighbors(question)
        return numbers, 1 - distances


class Usearch(_Vectors):
    """HNSW: 16 links, width 128 to build and 400 to search; in the library's own choice of 16 bits."""

    def _build(self, rows: FloatArray) -> None:
        from usearch.index import Index

        self._index = Index(
            ndim=rows.shape[1], metric="cos", connectivity=16, expansion_add=128, expansion_search=2 * VECTORS
        )
        self._index.add(np.arange(len(rows)), rows, threads=1)

    def _search(self, question: FloatArray) -> tuple[Any, Any]:
        matches = self._index.search(question, VECTORS, threads=1)
        return matches.keys.astype(np.int64), 1 - matches.distances


class Hnswlib(_Vectors):
    """HNSW: 16 links, width 200 to build and 400 to search, float32."""

    def _build(self, rows: FloatArray) -> None:
        import hnswlib

        self._index = hnswlib.Index(space="ip", dim=rows.shape[1])
        self._index.init_index(max_elements=len(rows), M=16, ef_construction=200, random_seed=0)
        self._index.set_num_threads(1)
        self._index.add_items(rows, np.arange(len(rows)), num_threads=1)
        self._index.set_ef(2 * VECTORS)

    def _search(self, question: FloatArray) -> tuple[Any, Any]:
        numbers, distances = self._index.knn_query(question, k=VECTORS, num_threads=1)
        return numbers.astype(np.int64), 1 - distances


class FaissFlat(_Vectors):
    """Every product, in float32."""

    def _index_of(self, faiss: Any, dim: int) -> Any:
        return faiss.IndexFlatIP(dim)

    def _build(self, rows: FloatArray) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        self._index = self._index_of(faiss, rows.shape[1])
        if not self._index.is_trained:
            self._index.train(rows)
        self._index.add(rows)

    def _search(self, question: FloatArray) -> tuple[Any, Any]:
        cosines, numbers = self._index.search(question, VECTORS)
        return numbers, cosines


class FaissEightBits(FaissFlat):
    """Every product, each value in eight bits."""

    def _index_of(self, faiss: Any, dim: int) -> Any:
        return faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)


# In the order of the table. pgvector stands apart: `bench.scale.on_postgresql`.
SYSTEMS: Mapping[str, Callable[[], System]] = {
    "ours": Ours,
    "ours, exhaustive": Exhaustive,
    "numpy": Numpy,
    "scikit-learn": ScikitLearn,
    "faiss flat": FaissFlat,
    "faiss 8 bits": FaissEightBits,
    "usearch": Usearch,
    "hnswlib": Hnswlib,
}
