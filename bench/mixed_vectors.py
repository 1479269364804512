"""Vectors that cost nothing at the real distribution of cosines: mixtures of the invented world's, encoded once.

They stand in for the encoder where hundreds of thousands of texts are only to be compared.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from bench.encoder import fixture_texts
from matcher.embedding import Encoder, Progress
from matcher.types import FloatArray

# How much of a text's vector is that of one real text, of another, and of nothing else.
MAIN, OTHER, OWN = 0.85, 0.35, 0.15


class MixedVectors:
    """An encoder whose vector of a text is a mixture of two real ones, which the text's hash chooses."""

    def __init__(self, encoder: Encoder, real: FloatArray | None = None) -> None:
        """real: the rows of another one of the same encoder, which then encodes nothing."""
        self.revision = f"mixed {encoder.revision}"
        self.dim, self.similarity_range = encoder.dim, encoder.similarity_range
        self.real = encoder.encode(fixture_texts()) if real is None else real

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Return unit rows `(len(texts), dim)`; the same text has the same row."""
        if not texts:
            return self.real[:0]
        digests = np.array([np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint32) for text in texts])
        main, other = digests[:, 0] % len(self.real), digests[:, 1] % len(self.real)
        rows = MAIN * self.real[main] + OTHER * self.real[other]
        # Its own part of every text: a third one, its dimensions turned, which resembles nothing.
        turns = (np.arange(self.dim) + digests[:, 3:4] % self.dim) % self.dim
        rows += OWN * np.take_along_axis(self.real[digests[:, 2] % len(self.real)], turns, axis=1)
        if progress:
            progress(len(texts))
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
