"""Vectors of texts: read from the store, and made by the encoder only where the text is new."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Engine, insert

from api.core.progress import Progress
from api.matching import queries
from matcher.embedding import Encoder, from_grid, text_hash, to_grid
from matcher.types import FloatArray
from models.database import reading, writing
from models.vectors import TextVector

# Saved as it goes, so that an interruption loses at most this many texts' work.
SAVE_EVERY = 512


class VectorStore:
    """Rows on the grid for any texts, through the table `text_vectors`."""

    def __init__(self, engine: Engine, encoder: Encoder, progress: Progress | None = None) -> None:
        self._engine = engine
        self._encoder = encoder
        self._progress = progress

    def rows(self, texts: Sequence[str]) -> FloatArray:
        """Return rows on the grid `(len(texts), dim)`, encoding and storing those that are not stored yet."""
        hashes = [text_hash(text) for text in texts]
        with reading(self._engine) as session:
            stored = queries.vectors_of(session, self._encoder.revision, hashes)
        missing = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in stored}
        stored.update(self._encode(missing))
        steps = np.frombuffer(b"".join(stored[digest] for digest in hashes), "<i2")
        return from_grid(steps.reshape(len(texts), self._encoder.dim))

    def _encode(self, texts: dict[str, str]) -> dict[str, bytes]:
        made: dict[str, bytes] = {}
        # Sorted by hash: the same batches, hence the same bits, whatever the order of the caller.
        todo = sorted(texts.items())
        for start in range(0, len(todo), SAVE_EVERY):
            part = todo[start : start + SAVE_EVERY]
            rows = to_grid(self._encoder.encode([text for _, text in part])).astype("<i2")
            fresh = {digest: row.tobytes() for (digest, _), row in zip(part, rows, strict=True)}
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
            made.update(fresh | known)
            if self._progress:
                self._progress(len(made), len(todo))
        return made
