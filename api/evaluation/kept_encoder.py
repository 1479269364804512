"""An encoder that keeps its vectors from one measurement to the next."""

from collections.abc import Sequence

from api.matching.vectors import VectorStore
from matcher.embedding import GRID, Encoder, Progress
from matcher.types import FloatArray


class KeptEncoder:
    """An encoder through a store: `encode` gives the stored rows as unit rows, on the grid already."""

    def __init__(self, encoder: Encoder, store: VectorStore) -> None:
        self._store = store
        self.revision, self.dim, self.similarity_range = encoder.revision, encoder.dim, encoder.similarity_range

    def rows(self, texts: Sequence[str]) -> FloatArray:
        """Return rows on the grid `(len(texts), dim)`."""
        return self._store.rows(texts)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Return unit rows `(len(texts), dim)`; `progress` is called once, with their number."""
        rows: FloatArray = self._store.rows(texts) / GRID
        if progress:
            progress(len(texts))
        return rows
