"""One unit that reads and, at its end, one that writes what was noted meanwhile: what a request is made of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from models.database import writing


class UnitOfWork:
    """`session` reads one consistent state for the whole request; writes wait until the answer is ready.

    A request thereby holds one connection at a time, and a page that fails writes nothing.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writes: list[Callable[[Session], object]] = []
        self._durable = False
        self.session = Session(engine, expire_on_commit=False)

    def later(self, write: Callable[[Session], object], *, durable: bool = False) -> None:
        """Note what is to be written before the answer leaves; `durable` as for `writing`."""
        self._writes.append(write)
        self._durable = self._durable or durable

    def end_reading(self) -> None:
        """Let go of what was read; the session begins anew where it is used again, and sees what was written since."""
        self.session.close()

    def finish(self) -> None:
        """Write all that was noted, whole or not at all."""
        self.end_reading()
        if self._writes:
            with writing(self._engine, durable=self._durable) as session:
                for write in self._writes:
                    write(session)


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[UnitOfWork]:
    """A unit of work that is finished where nothing is raised."""
    unit = UnitOfWork(engine)
    try:
        yield unit
        unit.finish()
    finally:
        unit.end_reading()
