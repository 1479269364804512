"""Many small writes at once, committed together."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from models.database import LockedError, writing

T = TypeVar("T")
# Most units in a commit: the first waits until the last is written.
MOST = 32


class GroupedWriter:
    """Runs units of work in their order of arrival; those that wait together share one commit.

    A unit that raises changes nothing and harms no other: the whole group is rolled back and each is run by itself.
    So a unit may be run twice, and must build anew whatever it writes.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[tuple[Callable[[Session], Any], Future[Any]]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")

    def submit(self, work: Callable[[Session], T]) -> Future[T]:
        """Return a future of the work's result, done once it is on the disk, or of its exception."""
        answer: Future[T] = Future()
        self._waiting.append((work, answer))
        self._thread.submit(self._write_waiting)
        return answer

    def close(self) -> None:
        """Write the waiting units, and stop."""
        self._thread.shutdown()

    def _write_waiting(self) -> None:
        work_group: list[tuple[Callable[[Session], Any], Future[Any]]] = []
        while self._waiting and len(work_group) < MOST:
            work, answer = self._waiting.popleft()
            # The caller may have cancelled meanwhile.
            if answer.set_running_or_notify_cancel():
                work_group.append((work, answer))
        if not work_group:
            return
        try:
            with writing(self._engine, durable=True) as session:
                results = [work(session) for work, _ in work_group]
        except LockedError as error:
            # Each by itself would wait as long again.
            for _, answer in work_group:
                answer.set_exception(error)
            return
        except Exception:
            for work, answer in work_group:
                self._write_alone(work, answer)
            return
        for (_, answer), result in zip(work_group, results, strict=True):
            answer.set_result(result)

    def _write_alone(self, work: Callable[[Session], Any], answer: Future[Any]) -> None:
        try:
            with writing(self._engine, durable=True) as session:
                result = work(session)
        except Exception as error:
            answer.set_exception(error)
        else:
            answer.set_result(result)
