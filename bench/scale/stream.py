"""The limit of the machine: how long it takes one thread to read the vectors once."""

import sys
import time

import numpy as np

from matcher.types import FloatArray

TRIES = 7


def reading_ms(rows: FloatArray) -> float:
    """Return the milliseconds of the fastest of some ways and tries to read an array whole, on one thread."""
    flat = rows.reshape(-1)
    words = flat.view(np.uint64)
    ways = (lambda: float(np.dot(flat, flat)), lambda: int(np.bitwise_xor.reduce(words)), lambda: int(words.max()))
    best = float("inf")
    for way in ways:
        for _ in range(TRIES):
            began = time.perf_counter()
            way()
            best = min(best, time.perf_counter() - began)
    return best * 1000


def main(vectors: str, dim: str) -> None:
    """Print how long it takes to read so many rows in float32, and in eight bits."""
    rows = np.ones((int(vectors), int(dim)), np.float32)
    whole = reading_ms(rows)
    quarter = reading_ms(rows.reshape(-1)[: rows.size // 4])
    print(whole, quarter)


if __name__ == "__main__":
    main(*sys.argv[1:])
