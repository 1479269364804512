"""An encoding in a process of its own, to be killed: `python -m tests.support.encoding_worker DATABASE TEXTS`."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from api.matching.vectors import VectorStore
from matcher.embedding import Progress, text_hash
from matcher.types import FloatArray
from models.database import open_database
from tests.support.databases import url_of


class CountingEncoder:
    """Unit rows drawn from the text's own hash; keeps what it was given. `pause_s`: how long each text takes."""

    revision, dim, similarity_range = "counting", 8, (0.0, 1.0)

    def __init__(self, pause_s: float = 0.0) -> None:
        self.given: list[str] = []
        self._pause_s = pause_s

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> FloatArray:
        rows = np.empty((len(texts), self.dim), np.float32)
        for place, text in enumerate(texts):
            time.sleep(self._pause_s)
            drawn = np.random.default_rng(int(text_hash(text)[:12], 16)).standard_normal(self.dim)
            rows[place] = drawn / np.linalg.norm(drawn)
            self.given.append(text)
            if progress:
                progress(1)
        return rows


def some_texts(count: int) -> list[str]:
    return [f"texte {number}" for number in range(count)]


def main() -> None:
    database, count = sys.argv[1:]
    encoder = CountingEncoder(pause_s=0.0002)
    store = VectorStore(
        open_database(url_of(Path(database))), encoder, lambda done, total: print(done, total, flush=True)
    )
    store.rows(some_texts(int(count)))


if __name__ == "__main__":
    main()
