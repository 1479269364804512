"""Small writes that nobody waits for: what was shown, whose session was used, who looked at what."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Engine
from sqlmodel import Session

from models.database import LockedError, writing

logger = logging.getLogger(__name__)

Write = Callable[[Session], object]

# Most that waits, in lines of lists: some 25 MB. Most writes in a commit.
MOST_LINES, MOST_TOGETHER = 5_000, 64
# How long writes wait for more, unless somebody waits for them: whoever asks right after a request, and shares the
# interpreter, must not feel whether it left something to write (that somebody saw a confidential case).
PAUSE_S = 0.2
# Why a write was lost: no room for it, it failed, or the process ended before it.
NO_ROOM, FAILED, ENDED = "no_room", "failed", "ended"


@dataclass(frozen=True)
class _Job:
    number: int
    write: Write
    may_be_lost: bool
    lines: int


class BackgroundWriter:
    """Writes in a thread of its own, in the order of arrival, until `close`.

    As long as another process holds the tables, what is added waits. A write that raises changes nothing, harms no
    other, and is lost; so is one that may be, where there is no more room. Losses are counted.
    A write may be run twice, and must build anew whatever it writes.
    """

    def __init__(self, engine: Engine, *, most_lines: int = MOST_LINES) -> None:
        self._engine, self._most_lines = engine, most_lines
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._batch: Sequence[_Job] = ()
        self._added = 0
        self._closing = False
        self._awaited = 0
        self._lost: Counter[str] = Counter({NO_ROOM: 0, FAILED: 0, ENDED: 0})
        self._thread = threading.Thread(target=self._run, name="background-writer", daemon=True)
        self._thread.start()

    def add(self, write: Write, *, may_be_lost: bool, lines: int = 1) -> None:
        """Have something written soon. lines: how much of the room it takes.

        Raises LockedError where there is no room for what may not be lost.
        """
        with self._changed:
            while self._lines() + lines > self._most_lines and self._jobs:
                spare = None if may_be_lost else next((job for job in self._jobs if job.may_be_lost), None)
                if spare is None:
                    if may_be_lost:
                        self._lost[NO_ROOM] += 1
                        return
                    raise LockedError
                self._jobs.remove(spare)
                self._lost[NO_ROOM] += 1
            self._added += 1
            self._jobs.append(_Job(self._added, write, may_be_lost, lines))
            self._changed.notify_all()

    def drain(self, seconds: float) -> bool:
        """Wait until all that was added before this call is written or lost; return whether it is."""
        with self._changed:
            last = self._added
            self._awaited += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: self._first_unsettled() > last, seconds)
            finally:
                self._awaited -= 1

    @property
    def waiting(self) -> int:
        """How many writes wait."""
        with self._changed:
            return len(self._jobs) + len(self._batch)

    @property
    def lost(self) -> dict[str, int]:
        """How many writes were lost since the process began, by why."""
        with self._changed:
            return dict(self._lost)

    def close(self, seconds: float = 5.0) -> None:
        """Write what waits, for so long at most, and stop."""
        self.drain(seconds)
        with self._changed:
            self._closing = True
            self._lost[ENDED] += len(self._jobs) + len(self._batch)
            self._jobs.clear()
            self._changed.notify_all()
        self._thread.join()
        if self._lost[ENDED]:
            logger.warning("%d writes of the background were lost: the tables were locked", self._lost[ENDED])

    def _lines(self) -> int:
        return sum(job.lines for job in (*self._batch, *self._jobs))

    def _first_unsettled(self) -> float:
        first = next(iter((*self._batch[:1], *islice(self._jobs, 1))), None)
        return first.number if first else float("inf")

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closing)
                self._changed.wait_for(
                    lambda: self._awaited or self._closing or len(self._jobs) >= MOST_TOGETHER, PAUSE_S
                )
                if self._closing:
                    return
                self._batch = [self._jobs.popleft() for _ in range(min(len(self._jobs), MOST_TOGETHER))]
            unwritten = self._written(self._batch)
            with self._changed:
                if not self._closing:
                    self._jobs.extendleft(reversed(unwritten))
                self._batch = ()
                self._changed.notify_all()

    def _written(self, jobs: Sequence[_Job]) -> Sequence[_Job]:
        """Write jobs together, or each by itself where one fails; return those that the lock kept out."""
        try:
            with writing(self._engine) as session:
                for job in jobs:
                    job.write(session)
        except LockedError:
            return jobs
        except Exception as error:
            if len(jobs) > 1:
                return [job for alone in jobs for job in self._written([alone])]
            with self._changed:
                self._lost[FAILED] += 1
            logger.warning("a write of the background failed: %s", type(error).__name__)
        return ()
