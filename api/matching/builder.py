"""The thread that keeps the desk's snapshot up to date, so that no request builds it."""

import logging
import threading
import time

from api.matching.desk import SHOW_SECONDS, Desk, Prepare
from models.change_feed import ChangeFeed
from models.database import waking_at_commits

logger = logging.getLogger(__name__)

# How often changes by other processes are looked for: where none are heard of (SQLite), and where they are.
# This process's own wake the builder at once, and so does a request of the house that sees newer tables.
POLL_SECONDS, HEARD_POLL_SECONDS = 0.25, 0.75
# After a failure, e.g. a database that is locked for long.
RETRY_SECONDS = 1.0


class SnapshotBuilder:
    """Builds a desk's snapshot aside and swaps it, from `start` until `stop`."""

    def __init__(self, desk: Desk, prepare: Prepare | None = None, follow: Prepare | None = None) -> None:
        """prepare: makes of each new snapshot what is kept beside it, in this thread and before it is swapped.

        follow: is called after each look for changes, for what nobody need wait for.
        """
        self._desk = desk
        self._prepare = prepare
        self._follow = follow
        self._wake = desk.asked
        self._feed = ChangeFeed(desk.engine, self._wake)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="snapshot-builder", daemon=True)

    def start(self) -> None:
        """Make the first snapshot if there is none yet, then keep it up to date in a thread."""
        snapshot = self._desk.snapshot()
        if self._prepare:
            self._prepare(snapshot)
        self._desk.is_served = True
        self._feed.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, and wait until it has; the desk is built again by whoever asks for it."""
        self._feed.stop()
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        self._desk.wait_until_kept()
        self._desk.is_served = False

    def _run(self) -> None:
        shown_at = time.monotonic()
        with waking_at_commits(self._desk.engine, self._wake):
            while not self._stopping.is_set():
                self._wake.clear()
                show = time.monotonic() - shown_at > SHOW_SECONDS
                try:
                    still_encoding = self._desk.advance(show=show, prepare=self._prepare)
                    if self._follow:
                        self._follow(self._desk.snapshot())
                except Exception:
                    logger.exception("the snapshot could not be brought up to date")
                    self._stopping.wait(RETRY_SECONDS)
                    continue
                self._desk.keep()
                if show:
                    shown_at = time.monotonic()
                if not still_encoding:
                    self._wake.wait(HEARD_POLL_SECONDS if self._feed.is_heard else POLL_SECONDS)
