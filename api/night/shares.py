"""A night shared by its workers: each part of a stage is done by one of them, and taken over if that one dies.

A part is leased in one short unit of work (`FOR UPDATE SKIP LOCKED`; SQLite has one writer at a time), and the lease is
renewed while its worker lives. Should two workers do the same part, nothing is written twice: the stages see to it.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.core.clock import Clock
from api.night import queries
from models.alerts import NightPart
from models.database import LockedError, reading, writing

# How often a worker that has nothing to do looks whether a part is free.
LOOK_S = 0.2
# How many times a worker renews a lease while it lasts.
RENEWALS = 3

logger = logging.getLogger(__name__)

# The parts of a stage, each the ids of whom it is about; one part without ids where it cannot be shared.
Plan = Callable[[Session], Sequence[Sequence[str]]]
Counts = dict[str, Any]


def whole(_session: Session) -> Sequence[Sequence[str]]:
    """Plan a stage that one worker does."""
    return [()]


@dataclass(frozen=True)
class NightShare:
    """One worker's share of a night. lease_s: how long a part that its worker left waits for another."""

    engine: Engine
    night: date
    now: Clock
    lease_s: float
    owner: str = field(default_factory=lambda: str(uuid.uuid4()))

    def work_off(self, stage: str, plan: Plan, work: Callable[[Sequence[str]], Counts]) -> list[Counts]:
        """Do parts of a stage until all are done, by whomever, and return what they counted.

        Waits where others do the rest. Without parts, the stage was done before.
        """
        self._write_plan(stage, plan)
        while (results := self._results(stage)) is None:
            if part := self._claim(stage):
                self._do(part, work)
            else:
                time.sleep(LOOK_S)
        return results

    def _write_plan(self, stage: str, plan: Plan) -> None:
        """Write the parts of a stage, unless another worker has: all work by the same plan."""
        with writing(self.engine) as session:
            night_row = queries.night_held(session, self.night)
            if night_row.finished_at or stage in night_row.stages or queries.parts_of(session, self.night, stage):
                return
            session.add_all(
                NightPart(night=self.night, stage=stage, number=number, subjects=list(subjects))
                for number, subjects in enumerate(plan(session))
            )

    def _results(self, stage: str) -> list[Counts] | None:
        """Return what the parts counted, None as long as one is not done."""
        with reading(self.engine) as session:
            parts = queries.parts_of(session, self.night, stage)
        return [part.result for part in parts] if all(part.done_at for part in parts) else None

    def _claim(self, stage: str) -> NightPart | None:
        with writing(self.engine) as session:
            now = self.now()
            part = queries.free_part(session, self.night, stage, now)
            if part is None:
                return None
            if part.lease_owner:
                logger.warning("night %s: %s, part %d is taken over", self.night, stage, part.number)
            part.lease_owner, part.leased_until = self.owner, self._lease_end(now)
            session.add(part)
        return part

    def _do(self, part: NightPart, work: Callable[[Sequence[str]], Counts]) -> None:
        try:
            with self._renewing(part):
                result = work(part.subjects)
        except BaseException:
            self._change(part, lambda held: held.sqlmodel_update({"lease_owner": None, "leased_until": None}))
            raise
        done = {"done_at": self.now(), "result": result, "leased_until": None}
        self._change(part, lambda held: held.sqlmodel_update(done), durable=True)

    @contextmanager
    def _renewing(self, part: NightPart) -> Iterator[None]:
        """Renew the lease of a part from another thread, for as long as this is open."""
        ended = threading.Event()

        def renew() -> None:
            while not ended.wait(self.lease_s / RENEWALS):
                try:
                    self._change(part, lambda held: held.sqlmodel_update({"leased_until": self._lease_end(self.now())}))
                except LockedError:
                    logger.warning("night %s: the lease of %s was not renewed", self.night, part.stage)

        thread = threading.Thread(target=renew, name=f"lease of {part.stage}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _change(self, part: NightPart, change: Callable[[NightPart], object], *, durable: bool = False) -> None:
        """Change a part, if this worker still holds it."""
        with writing(self.engine, durable=durable) as session:
            held = queries.part_held(session, part)
            if held and held.lease_owner == self.owner and held.done_at is None:
                change(held)
                session.add(held)

    def _lease_end(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self.lease_s)


def summed(results: Sequence[Counts]) -> Counts:
    """Return the counts of several parts, or of several workers, added up; what is no number is the first one's."""
    total: Counts = {}
    for result in results:
        for name, value in result.items():
            total[name] = _sum(total[name], value) if name in total else value
    return total


def _sum(first: Any, second: Any) -> Any:
    if isinstance(first, dict) and isinstance(second, dict):
        return summed([first, second])
    if isinstance(first, bool) and isinstance(second, bool):
        return first or second
    return first + second if isinstance(first, int | float) and isinstance(second, int | float) else first
