"""One unit that reads and, at its end, one that writes what was noted meanwhile: what a request is made of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from models.background import BackgroundWriter, Write
from models.database import reading_session, writing


class UnitOfWork:
    """`session` reads one consistent state for the whole request; writes wait until the answer is ready.

    A request thereby holds one connection at a time, and a page that fails writes nothing.
    background: writes, soon after the answer, what is not durable, so that who reads never waits for a writer. Without
    one, all is written before the answer leaves.
    """

    def __init__(self, engine: Engine, background: BackgroundWriter | None = None) -> None:
        self._engine = engine
        self._background = background
        self._before: list[Write] = []
        self._after: list[Callable[[BackgroundWriter], None]] = []
        self._durable = False
        self.session = reading_session(engine)

    def later(self, write: Write, *, durable: bool = False, may_be_lost: bool = False, lines: int = 1) -> None:
        """Note what is to be written: a durable one before the answer leaves, others as `background` is there for.

        may_be_lost: where another process locks the tables for long and no more can wait. lines: how much room it
        takes while it waits.
        """
        if durable or self._background is None:
            self._before.append(write)
            self._durable = self._durable or durable
        else:
            self._after.append(lambda background: background.add(write, may_be_lost=may_be_lost, lines=lines))

    def end_reading(self) -> None:
        """Let go of what was read; the session begins anew where it is used again, and sees what was written since."""
        self.session.close()

    @property
    def waits_for_writers(self) -> bool:
        """Whether `finish` takes the turn to write, which others may hold for long."""
        return bool(self._before)

    def finish(self) -> None:
        """Write all that was noted, whole or not at all; the background gets its part where that succeeds.

        Raises LockedError.
        """
        self.end_reading()
        if self._before:
            with writing(self._engine, durable=self._durable) as session:
                for write in self._before:
                    write(session)
        if self._background:
            for add in self._after:
                add(self._background)

    def settle(self, seconds: float) -> None:
        """Wait, for so long at most, until what earlier requests noted is written, and read anew."""
        if self._background:
            self._background.drain(seconds)
        self.end_reading()


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[UnitOfWork]:
    """A unit of work that is finished where nothing is raised."""
    unit = UnitOfWork(engine)
    try:
        yield unit
        unit.finish()
    finally:
        unit.end_reading()
