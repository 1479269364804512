"""The night's stages: refresh, encode, match, follow up, mornings, send, tune, purge, check the journal.

Each is noted when it has ended.

A night that died resumes at its next run: a finished stage is not done again, and a stage that died half-way writes
nothing twice. Mails that the server deferred wait: `deliver` sends them, and the night is then finished.
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
from api.day.morning_mail import write_mornings
from api.learning.tuning import tune
from api.mailing.delivery import deliver
from api.mailing.links import Signer
from api.mailing.transport import Transport
from api.matching.desk import Desk
from api.night import queries
from api.night.departure import departure_gate, departure_links
from api.night.journal import JOURNAL, check_journal
from api.open_data.refresh import refresh
from api.privacy.personal_data import purge
from models.alerts import Night
from models.database import reading, writing

SEND = "send"
STAGES = ("refresh", "encode", "match", "follow_ups", "mornings", SEND, "tune", "purge", JOURNAL)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NightReport:
    """Report of a night.

    stages: stage → what it did; a stage that is absent was not done (`send`: not to the end). mails: status → number.
    announced: event → number.
    """

    day: date
    stages: Mapping[str, Mapping[str, Any]]
    mails: Mapping[str, int] = field(default_factory=dict)
    announced: Mapping[str, int] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def complete(self) -> bool:
        """Tell whether all stages are done, every mail is sent, and none was given up."""
        return self.finished_at is not None and not self.mails.get("failed")

    def as_json(self) -> dict[str, Any]:
        """Return JSON values; `announced` keeps its published name, `told`."""
        moments = {
            moment_name: moment.isoformat() if moment else None
            for moment_name, moment in (("started_at", self.started_at), ("finished_at", self.finished_at))
        }
        values = asdict(self) | {"day": self.day.isoformat(), "complete": self.complete} | moments
        values["told"] = values.pop("announced")
        return values


def run_night(
    desk: Desk,
    signer: Signer,
    transport: Transport,
    *,
    night: date,
    now: Clock,
    dry_run: bool = False,
    stage_progress: Callable[[str], Progress] | None = None,
    options: Settings,
) -> NightReport:
    """Do the remaining stages of a night. A finished night writes and sends nothing.

    dry_run: nothing is written or sent, but the vectors of new texts are kept. stage_progress: stage → its progress
    callback.
    """
    engine, progress_of = desk.engine, stage_progress or (lambda _stage: lambda _done, _total: None)

    def ask_sources() -> dict[str, Any]:
        if dry_run:
            return {"sources": 0, "reason": "dry_run"}
        return refresh(engine, today=night, now=now, options=options)

    def match() -> dict[str, Any]:
        composed = compose_alerts(
            desk, signer, night=night, now=now(), dry_run=dry_run, progress=progress_of("match"), options=options
        )
        return composed.as_json()

    def ask_follow_ups() -> dict[str, Any]:
        return asdict(follow_up(engine, signer, night=night, now=now(), options=options, dry_run=dry_run))

    def write_mornings_of_the_night() -> dict[str, Any]:
        return asdict(write_mornings(engine, night=night, now=now(), options=options, dry_run=dry_run))

    def send() -> dict[str, Any]:
        if dry_run:
            with reading(engine) as session:
                return {"waiting": queries.waiting_mails(session)}
        gate = departure_gate(engine, lambda: desk, signer, options)
        links, progress = departure_links(signer, options), progress_of(SEND)
        return asdict(deliver(engine, transport, gate=gate, links=links, now=now, progress=progress, options=options))

    def learn() -> dict[str, Any]:
        return asdict(tune(engine, night=night, now=now(), dry_run=dry_run))

    def purge_expired() -> dict[str, Any]:
        return {} if dry_run else asdict(purge(engine, now=now(), options=options))

    stage_work: dict[str, Callable[[], dict[str, Any]]] = {
        "refresh": ask_sources,
        "encode": lambda: _read_desk(desk),
        "match": match,
        "follow_ups": ask_follow_ups,
        "mornings": write_mornings_of_the_night,
        SEND: send,
        "tune": learn,
        "purge": purge_expired,
        JOURNAL: lambda: {} if dry_run else check_journal(engine),
    }
    done_stages = {} if dry_run else _opened(engine, night, now())
    stage_results: dict[str, Any] = {}
    for stage in STAGES:
        if stage not in done_stages:
            started_at = now()
            stage_results[stage] = stage_work[stage]() | {"seconds": round((now() - started_at).total_seconds(), 3)}
            logger.info("night %s: %s done", night, stage)
            if not dry_run and stage != SEND:
                _note(engine, night, stage, stage_results[stage])
    if dry_run:
        return NightReport(night, stage_results)
    if SEND in stage_results:
        _note_report(engine, night, stage_results[SEND])
    settle_nights(engine, now())
    with reading(engine) as session:
        return read_night(session, night)


def settle_nights(engine: Engine, now: datetime) -> None:
    """Finish the nights whose stages are done and whose last mail was sent or given up."""
    with reading(engine) as session:
        open_nights = [night_row.day for night_row in queries.unfinished_nights(session)]
    for night_day in open_nights:
        with writing(engine, durable=True) as session:
            open_night = session.get_one(Night, night_day)
            mail_counts = queries.mails_of(session, night_day)
            if open_night.finished_at or set(STAGES) - {SEND} - set(open_night.stages) or mail_counts["pending"]:
                continue
            open_night.stages = {**open_night.stages, SEND: open_night.report.get(SEND, {})}
            open_night.finished_at = now
            session.add(open_night)


def read_night(session: Session, night: date) -> NightReport:
    """Return a night's report, with the present status of its mails. Raises NotFoundError."""
    night_row = session.get(Night, night)
    if night_row is None:
        raise NotFoundError("Cette nuit n’a pas eu lieu.")
    return _report(night_row, queries.mails_of(session, night), queries.announced_on(session, night))


def last_nights(session: Session, limit: int = 30) -> list[NightReport]:
    """Return the reports of the last nights, newest first."""
    return [
        _report(night_row, queries.mails_of(session, night_row.day), queries.announced_on(session, night_row.day))
        for night_row in queries.night_page(session, limit)
    ]


def _report(night_row: Night, mail_counts: Mapping[str, int], announced: Mapping[str, int]) -> NightReport:
    stages = {stage: night_row.stages.get(stage) or night_row.report.get(stage) for stage in STAGES}
    done_stages = {stage: stage_content for stage, stage_content in stages.items() if stage_content}
    return NightReport(
        night_row.day, done_stages, dict(mail_counts), dict(announced), night_row.started_at, night_row.finished_at
    )


def _read_desk(desk: Desk) -> dict[str, Any]:
    snapshot = desk.snapshot()
    return {"actors": len(snapshot.actors.actors), "opportunities": len(snapshot.opportunities)}


def _opened(engine: Engine, night: date, now: datetime) -> dict[str, Any]:
    """Return the stages that are done; create the night's row if there is none."""
    with reading(engine) as session:
        night_row = session.get(Night, night)
    if night_row is None:
        with writing(engine) as session:
            night_row = session.get(Night, night)
            if night_row is None:
                night_row = Night(day=night, started_at=now)
                session.add(night_row)
    return dict.fromkeys(STAGES, True) if night_row.finished_at else night_row.stages


def _note(engine: Engine, night: date, stage: str, stage_content: Mapping[str, Any]) -> None:
    """Note that a stage has ended, unless another process has noted it before."""
    with writing(engine, durable=True) as session:
        night_row = session.get_one(Night, night)
        night_row.stages = {stage: dict(stage_content), **night_row.stages}
        session.add(night_row)


def _note_report(engine: Engine, night: date, send_content: Mapping[str, Any]) -> None:
    """Note how far sending went, even when mails are left."""
    with writing(engine) as session:
        night_row = session.get_one(Night, night)
        if night_row.finished_at is None:
            night_row.report = {**night_row.report, SEND: dict(send_content)}
            session.add(night_row)
