"""The night: refresh, encode, match, follow up, send, tune, purge; each stage is noted when it has ended.

A night that died goes on at its next run: a stage that was done is not done again, and one that died half-way writes
nothing twice. Mails that the server would not take wait: `deliver` sends them, and the night is then finished.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from api.alerts.composing import Progress, compose_alerts
from api.alerts.follow_up import follow_up
from api.core.clock import Clock
from api.core.errors import NotFoundError
from api.core.settings import Settings
from api.learning.tuning import tune
from api.mailing.delivery import deliver
from api.mailing.links import Signer
from api.mailing.transport import Transport
from api.matching.snapshot import Desk
from api.night import queries
from api.open_data.refresh import refresh
from api.privacy.personal_data import purge
from models.alerts import Night
from models.database import reading, writing

SEND = "send"
STAGES = ("refresh", "encode", "match", "follow_ups", SEND, "tune", "purge")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NightReport:
    """What a night did, stage by stage, and how its mails stand: status → how many; told: event → how many.

    A stage that is not there was not done, or, for `send`, not to the end.
    """

    day: date
    stages: Mapping[str, Mapping[str, Any]]
    mails: Mapping[str, int] = field(default_factory=dict)
    told: Mapping[str, int] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def complete(self) -> bool:
        """Whether all was done, every mail sent, and none given up."""
        return self.finished_at is not None and not self.mails.get("failed")

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        moments = {
            name: moment.isoformat() if moment else None
            for name, moment in (("started_at", self.started_at), ("finished_at", self.finished_at))
        }
        return asdict(self) | {"day": self.day.isoformat(), "complete": self.complete} | moments


def run_night(
    desk: Desk,
    signer: Signer,
    transport: Transport,
    *,
    night: date,
    now: Clock,
    dry_run: bool = False,
    told: Callable[[str], Progress] | None = None,
    options: Settings,
) -> NightReport:
    """Do what is left of a night. A finished one writes nothing and sends nothing; nor does one with `dry_run`, which
    keeps but the vectors of texts that it met first.

    told: stage → who is told how far it is.
    """
    engine, bar = desk.engine, told or (lambda _stage: lambda _done, _total: None)

    def ask_sources() -> dict[str, Any]:
        if dry_run:
            return {"sources": 0, "reason": "dry_run"}
        return refresh(engine, today=night, now=now, options=options)

    def match() -> dict[str, Any]:
        found = compose_alerts(
            desk, signer, night=night, now=now(), dry_run=dry_run, progress=bar("match"), options=options
        )
        return found.as_json()

    def ask() -> dict[str, Any]:
        return asdict(follow_up(engine, signer, night=night, now=now(), options=options, dry_run=dry_run))

    def send() -> dict[str, Any]:
        if dry_run:
            with reading(engine) as session:
                return {"waiting": queries.waiting_mails(session)}
        return asdict(deliver(engine, transport, now=now, progress=bar(SEND), options=options))

    def learn() -> dict[str, Any]:
        return asdict(tune(engine, night=night, now=now(), dry_run=dry_run))

    def let_go() -> dict[str, Any]:
        return {} if dry_run else asdict(purge(engine, now=now(), options=options))

    work: dict[str, Callable[[], dict[str, Any]]] = {
        "refresh": ask_sources,
        "encode": lambda: _read_desk(desk),
        "match": match,
        "follow_ups": ask,
        SEND: send,
        "tune": learn,
        "purge": let_go,
    }
    done = {} if dry_run else _opened(engine, night, now())
    fresh: dict[str, Any] = {}
    for stage in STAGES:
        if stage not in done:
            began = now()
            fresh[stage] = work[stage]() | {"seconds": round((now() - began).total_seconds(), 3)}
            logger.info("night %s: %s done", night, stage)
            if not dry_run and stage != SEND:
                _note(engine, night, stage, fresh[stage])
    if dry_run:
        return NightReport(night, fresh)
    if SEND in fresh:
        _note_report(engine, night, fresh[SEND])
    settle_nights(engine, now())
    with reading(engine) as session:
        return read_night(session, night)


def settle_nights(engine: Engine, now: datetime) -> None:
    """Finish the nights of which nothing is left to do: their last mail has left, or was given up."""
    with reading(engine) as session:
        open_nights = [one.day for one in queries.unfinished_nights(session)]
    for day in open_nights:
        with writing(engine, durable=True) as session:
            row = session.get_one(Night, day)
            mails = queries.mails_of(session, day)
            if row.finished_at or set(STAGES) - {SEND} - set(row.stages) or mails["pending"]:
                continue
            row.stages = {**row.stages, SEND: row.report.get(SEND, {})}
            row.finished_at = now
            session.add(row)


def read_night(session: Session, night: date) -> NightReport:
    """Return what a night did, its mails as they stand now. Raises NotFoundError."""
    row = session.get(Night, night)
    if row is None:
        raise NotFoundError("Cette nuit n’a pas eu lieu.")
    return _report(row, queries.mails_of(session, night), queries.told_on(session, night))


def last_nights(session: Session, limit: int = 30) -> list[NightReport]:
    """Return the last nights, newest first."""
    return [
        _report(row, queries.mails_of(session, row.day), queries.told_on(session, row.day))
        for row in queries.night_page(session, limit)
    ]


def _report(row: Night, mails: Mapping[str, int], told: Mapping[str, int]) -> NightReport:
    stages = {stage: row.stages.get(stage) or row.report.get(stage) for stage in STAGES}
    known = {stage: content for stage, content in stages.items() if content}
    return NightReport(row.day, known, dict(mails), dict(told), row.started_at, row.finished_at)


def _read_desk(desk: Desk) -> dict[str, Any]:
    snapshot = desk.snapshot()
    return {"actors": len(snapshot.actors.actors), "opportunities": len(snapshot.opportunities)}


def _opened(engine: Engine, night: date, now: datetime) -> dict[str, Any]:
    """Return the stages that are done, in a row that is there from now on."""
    with reading(engine) as session:
        row = session.get(Night, night)
    if row is None:
        with writing(engine) as session:
            row = session.get(Night, night)
            if row is None:
                row = Night(day=night, started_at=now)
                session.add(row)
    return dict.fromkeys(STAGES, True) if row.finished_at else row.stages


def _note(engine: Engine, night: date, stage: str, content: Mapping[str, Any]) -> None:
    """Note that a stage has ended; what another process noted of it before stands."""
    with writing(engine, durable=True) as session:
        row = session.get_one(Night, night)
        row.stages = {stage: dict(content), **row.stages}
        session.add(row)


def _note_report(engine: Engine, night: date, sent: Mapping[str, Any]) -> None:
    """Note how far sending went, be it not to the end."""
    with writing(engine) as session:
        row = session.get_one(Night, night)
        if row.finished_at is None:
            row.report = {**row.report, SEND: dict(sent)}
            session.add(row)
