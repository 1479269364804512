"""Many small writes at once, committed together."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from models.database import writing

T = TypeVar("T")
# How many may share a commit: the first of them waits until the last is written.
MOST = 32


class GroupedWriter:
    """Runs units of work in the order in which they came; those that queue meanwhile share one wait for the disk.

    A unit that raises changes nothing and harms no other: the whole group is rolled back and each is run by itself.
    So a unit may be run twice, and must build anew whatever it writes.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[tuple[Callable[[Session], Any], Future[Any]]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")

    def submit(self, work: Callable[[Session], T]) -> Future[T]:
        """Return what the work will have returned once it is on the disk, or what it raised."""
        answer: Future[T] = Future()
        self._waiting.append((work, answer))
        self._thread.submit(self._write_waiting)
        return answer

    def close(self) -> None:
        """Write what waits, and stop."""
        self._thread.shutdown()

    def _write_waiting(self) -> None:
        group: list[tuple[Callable[[Session], Any], Future[Any]]] = []
        while self._waiting and len(group) < MOST:
            work, answer = self._waiting.popleft()
            # Whoever asked may have gone away before its turn.
            if answer.set_running_or_notify_cancel():
                group.append((work, answer))
        if not group:
            return
        try:
            with writing(self._engine, durable=True) as session:
                results = [work(session) for work, _ in group]
        except Exception:
            for work, answer in group:
                self._write_alone(work, answer)
            return
        for (_, answer), result in zip(group, results, strict=True):
            answer.set_result(result)

    def _write_alone(self, work: Callable[[Session], Any], answer: Future[Any]) -> None:
        try:
            with writing(self._engine, durable=True) as session:
                result = work(session)
        except Exception as error:
            answer.set_exception(error)
        else:
            answer.set_result(result)
