"""Few requests of a process compute at once.

They share one interpreter: many at once answer none sooner, and each statement of whoever writes meanwhile waits for
its turn among all of them, while other processes wait for the tables.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

# How many at once, and how long one waits for its turn: an import may hold one for seconds.
AT_ONCE, PATIENCE_S = 2, 5.0


class ComputingTurns:
    """Turns that are given in the order of asking."""

    def __init__(self, at_once: int = AT_ONCE, patience_s: float = PATIENCE_S) -> None:
        self._turns, self._patience_s = anyio.Semaphore(at_once), patience_s

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Hold a turn; whoever waited for `patience_s` goes on without one."""
        with anyio.move_on_after(self._patience_s) as waiting:
            await self._turns.acquire()
        try:
            yield
        finally:
            if not waiting.cancelled_caught:
                self._turns.release()
