"""Rows for texts that nobody encodes: for measures of size and time, in which what the rows say has no part."""

import zlib
from collections.abc import Sequence

import numpy as np

from matcher.embedding import Encoder, Progress
from matcher.types import FloatArray


class ScatteredEncoder:
    """Gives each text a unit row of its own, in the name of the encoder that serves: its store then holds them."""

    def __init__(self, served: Encoder) -> None:
        self.revision = served.revision
        self.dim = served.dim
        self.similarity_range = served.similarity_range

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Return unit rows `(len(texts), dim)`, the same for the same text."""
        rows = np.empty((len(texts), self.dim), np.float32)
        for position, text in enumerate(texts):
            rows[position] = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self.dim, np.float32)
            if progress:
                progress(1)
        unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit
