"""Vectors of texts: read from the store, and made by the encoder only where the text is new."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from sqlalchemy import Engine, insert

from api.core.chunks import in_chunks
from api.core.progress import Progress
from api.matching import queries
from matcher.embedding import Encoder, from_grid, text_hash, to_grid
from matcher.embedding import Progress as TextsDone
from matcher.types import FloatArray
from models.database import reading, writing
from models.vectors import TextVector

# Saved as it goes, so that an interruption loses at most this many texts' work.
SAVE_EVERY = 512


class VectorStore:
    """Rows on the grid for any texts, through the table `text_vectors`.

    What is encoded is kept in memory until it is saved: to show a row, nobody need wait for a writer's turn.
    """

    def __init__(self, engine: Engine, encoder: Encoder, progress: Progress | None = None) -> None:
        self._engine = engine
        self._encoder = encoder
        self._progress = progress
        self._unsaved: dict[str, bytes] = {}

    def rows(self, texts: Sequence[str]) -> FloatArray:
        """Return rows on the grid `(len(texts), dim)`, encoding and storing those that are not stored yet."""
        hashes = [text_hash(text) for text in texts]
        # Before the table is read: what is saved meanwhile is in one of the two.
        unsaved = dict(self._unsaved)
        with reading(self._engine) as session:
            stored = queries.vectors_of(session, self._encoder.revision, hashes) | unsaved
        missing = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in stored}
        for made in self._encode_and_save(missing):
            stored |= made
        steps = np.frombuffer(b"".join(stored[digest] for digest in hashes), "<i2")
        return from_grid(steps.reshape(len(texts), self._encoder.dim))

    def rows_unsaved(self, texts: Sequence[str]) -> FloatArray:
        """Return what `rows` does, within a unit of work: what is encoded is kept in memory until `save`."""
        self.encode(self.missing(texts))
        return self.rows(texts)

    def store(self, texts: Collection[str]) -> None:
        """Encode and store those of some texts that are not stored yet."""
        for _ in self._encode_and_save({text_hash(text): text for text in self.missing(texts)}):
            pass

    def missing(self, texts: Collection[str]) -> set[str]:
        """Return the texts that were never encoded."""
        hashes = {text_hash(text): text for text in texts}
        unsaved = dict(self._unsaved)
        with reading(self._engine) as session:
            stored = queries.vectors_of(session, self._encoder.revision, hashes)
        return {text for digest, text in hashes.items() if digest not in stored and digest not in unsaved}

    def encode(self, texts: Collection[str]) -> None:
        """Encode texts, and keep them in memory until `save`."""
        self._unsaved |= self._encoded({text_hash(text): text for text in texts})

    def save(self) -> None:
        """Store what was encoded."""
        fresh = dict(self._unsaved)
        if fresh:
            self._save(fresh)
            for digest in fresh:
                self._unsaved.pop(digest, None)

    def _encode_and_save(self, texts: Mapping[str, str]) -> Iterator[dict[str, bytes]]:
        """Yield what was stored, portion by portion."""
        done = 0

        def count(texts_done: int) -> None:
            nonlocal done
            done += texts_done
            if self._progress:
                self._progress(done, len(todo))

        # Sorted by hash: the same portions whatever the order of the caller.
        todo = sorted(texts.items())
        for some_texts in in_chunks(todo, SAVE_EVERY):
            fresh = self._encoded(dict(some_texts), count)
            self._save(fresh)
            yield fresh

    def _encoded(self, texts: Mapping[str, str], progress: TextsDone | None = None) -> dict[str, bytes]:
        rows = to_grid(self._encoder.encode(list(texts.values()), progress)).astype("<i2")
        return {digest: row.tobytes() for digest, row in zip(texts, rows, strict=True)}

    def _save(self, fresh: Mapping[str, bytes]) -> None:
        with writing(self._engine) as session:
            # Another process may have encoded the same text meanwhile: its row stands.
            known = queries.vectors_of(session, self._encoder.revision, fresh)
            values = [
                {"encoder_revision": self._encoder.revision, "text_hash": digest, "vector": vector}
                for digest, vector in fresh.items()
                if digest not in known
            ]
            if values:
                session.execute(insert(TextVector), values)
