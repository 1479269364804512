"""Work that takes much memory, in a process of its own: a pytest worker would keep for its whole life what it took."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Apart(Protocol):
    """Calls a function of a module in the other process; arguments and result are pickled."""

    def __call__(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...


@contextmanager
def process_apart() -> Iterator[Apart]:
    """Start a process at the first call, and end it; what a function caches there stays until then."""
    # Spawned: a fork of a process with threads may hang, and would share its memory.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:

        def call(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
            return pool.submit(function, *args, **kwargs).result()

        yield call
