"""Hears of changes that any process commits, as they are committed: PostgreSQL's LISTEN, on a connection of its own."""

import logging
import threading
from typing import Any

from sqlalchemy import Engine

logger = logging.getLogger(__name__)

# The trigger that moves the change counter on says so here (migration 0038); it says nothing else.
CHANNEL = "polesud_changes"
# How often the thread looks whether it is to stop, and how long it waits before it connects again.
LOOK_S, RETRY_S = 0.1, 0.25


class ChangeFeed:
    """Sets an event after each transaction that moves the change counter on, from `start` until `stop`.

    What was committed while there was no connection was not heard of: the event is also set once there is one again,
    and whoever waits for it asks the counter, which alone is the truth. A database without LISTEN (SQLite) is never
    heard: its counter is to be polled.
    """

    def __init__(self, engine: Engine, woken: threading.Event) -> None:
        self._engine, self._woken = engine, woken
        self._heard = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="change-feed", daemon=True)

    @property
    def is_heard(self) -> bool:
        """Whether changes are heard of now, as far as this side of the connection knows."""
        return self._heard.is_set()

    def start(self) -> None:
        if self._engine.dialect.name == "postgresql":
            self._thread.start()

    def stop(self) -> None:
        """Stop listening, and wait until the connection is closed."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except Exception as error:
                # Its message may hold the address of the database.
                logger.warning("the change feed was interrupted: %s; connecting again", type(error).__name__)
                self._stopping.wait(RETRY_S)
            finally:
                self._heard.clear()

    def _listen(self) -> None:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        # It never goes back to the pool, whose connections would go on listening.
        pooled.detach()
        try:
            connection.rollback()
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            self._heard.set()
            self._woken.set()
            while not self._stopping.is_set():
                for _ in connection.notifies(timeout=LOOK_S, stop_after=1):
                    self._woken.set()
        finally:
            connection.close()
