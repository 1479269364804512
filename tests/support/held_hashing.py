"""A pool for passwords whose work is held back, so that a test decides when hashing ends."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from api.accounts.hashing_pool import HashingPool

T = TypeVar("T")


class HeldHashingPool(HashingPool):
    """A real pool; nothing in it begins before `release` is set."""

    def __init__(self, threads: int, places: int) -> None:
        super().__init__(threads, places)
        self.release = threading.Event()

    def place(self, *, known: bool = False) -> AbstractContextManager[Executor]:
        return self._held(super().place(known=known))

    @contextmanager
    def _held(self, place: AbstractContextManager[Executor]) -> Any:
        with place as executor:
            yield _Held(executor, self.release)


class _Held(Executor):
    def __init__(self, executor: Executor, release: threading.Event) -> None:
        self._executor, self._release = executor, release

    def submit(self, work: Callable[..., T], /, *values: Any, **named: Any) -> Future[T]:
        def wait_and_work() -> T:
            self._release.wait(120)
            return work(*values, **named)

        return self._executor.submit(wait_and_work)
