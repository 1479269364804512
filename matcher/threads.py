"""The parts of one question, on several processors: numpy and onnxruntime let go of the interpreter while they compute.

Parts are computed apart, each the same whoever computes it: the values do not depend on how many threads there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import cache
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

# A question is computed on so many processors at most: others are asked meanwhile.
MOST_THREADS = 2
_most: ContextVar[int] = ContextVar("most_threads", default=MOST_THREADS)


@contextmanager
def threads_limited(most: int) -> Iterator[None]:
    """Within it, no more than so many threads compute a question of this context."""
    token = _most.set(most)
    try:
        yield
    finally:
        _most.reset(token)


def each(work: Callable[[A], B], parts: Sequence[A]) -> list[B]:
    """Return `[work(part) for part in parts]`. Raises what `work` raises.

    The caller computes too, and whichever helper is free: where none is, the caller does all, and waits for nobody.
    """
    results: dict[int, B] = {}
    places = iter(range(len(parts)))

    def compute() -> None:
        for place in places:
            results[place] = work(parts[place])

    count = min(_most.get(), len(os.sched_getaffinity(0)), len(parts)) - 1
    helpers = [_helpers(os.getpid()).submit(copy_context().run, compute) for _ in range(count)]
    try:
        compute()
    finally:
        # One that has not begun has nothing left to do.
        begun = [helper for helper in helpers if not helper.cancel()]
        failures = [failure for helper in begun if (failure := helper.exception())]
    if failures:
        raise failures[0]
    return [results[place] for place in range(len(parts))]


@cache
def _helpers(_process: int) -> ThreadPoolExecutor:
    """The helpers of a process: a forked one has none of its parent's threads."""
    return ThreadPoolExecutor(MOST_THREADS - 1, thread_name_prefix="matcher")
