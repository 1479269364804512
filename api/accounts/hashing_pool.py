"""A small pool for hashing passwords, which is slow on purpose: requests wait for it outside their own threads."""

import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from api.core.errors import BusyError

RETRY_AFTER_S = 5


class HashingPool:
    """`threads` passwords are hashed at once; `places` counts those and the ones that wait.

    A quarter of the places is kept for browsers that the account knows: a flood of guesses does not keep them out.
    """

    def __init__(self, threads: int, places: int) -> None:
        self.places = max(places, threads)
        self._for_strangers = self.places - self.places // 4
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="hashing")
        self._lock = threading.Lock()
        self.taken = 0

    @contextmanager
    def place(self, *, known: bool = False) -> Iterator[Executor]:
        """Hold a place and yield what hashes in it. known: the browser is. Raises BusyError at once if none is free."""
        with self._lock:
            if self.taken >= (self.places if known else self._for_strangers):
                raise BusyError(
                    "Trop de connexions à la fois. Réessayez dans quelques secondes.", retry_after_s=RETRY_AFTER_S
                )
            self.taken += 1
        try:
            yield self._executor
        finally:
            with self._lock:
                self.taken -= 1

    def close(self) -> None:
        """Stop when what is hashed now is done; what waits is cancelled."""
        self._executor.shutdown(cancel_futures=True)
