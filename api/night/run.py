"""The night's stages: refresh, encode, match, follow up, mornings, send, tune, purge, check the journal.

Each is noted when it has ended. Any number of workers, on any number of machines, share a night (`api.night.shares`).

A night that died resumes at its next run: a finished stage is not done again, and a stage that died half-way writes
nothing twice. Mails that the server deferred wait: `deliver` sends them, and the night is then finished.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, delete
from sqlmodel import col

from api.alerts.composing import Progress
from api.core.clock import Clock
from api.core.settings import Settings
from api.mailing.links import Signer
from api.mailing.transport import Transport
from api.matching.desk import Desk
from api.night import queries
from api.night.reports import LINES, MATCH, SEND, STAGES, NightReport, read_night
from api.night.sending import send_all
from api.night.shares import Counts, NightShare, summed, whole
from api.night.stages import StageWork
from models.alerts import Night, NightPart
from models.database import insert_new, reading, writing

# In `Night.report`: when sending was last noted.
NOTED_AT = "noted_at"

logger = logging.getLogger(__name__)


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
    work = StageWork(desk, signer, night=night, now=now, options=options, progress_of=stage_progress, dry_run=dry_run)
    if dry_run:
        return NightReport(night, _tried(work, now))
    engine = desk.engine
    share = NightShare(engine, night, now, options.night_lease_s)
    done_stages = _opened(engine, night, now())
    for stage in STAGES:
        if stage in done_stages:
            continue
        started_at = now()
        if stage == SEND:
            counts = send_all(desk, signer, transport, now=now, options=options, progress=work.progress_of(SEND))
            _note_sent(engine, night, counts | _seconds(started_at, now()), started_at, now())
        elif results := _results(share, work, stage):
            _note(engine, night, stage, summed(results) | _seconds(started_at, now()))
        logger.info("night %s: %s done", night, stage)
    settle_nights(engine, now())
    with reading(engine) as session:
        return read_night(session, night)


def _results(share: NightShare, work: StageWork, stage: str) -> list[Counts]:
    """Do what is left of a stage; return what its parts counted, or nothing if it was done before."""
    if stage == MATCH:
        # Whom lines reach is needed by every part.
        share.work_off(LINES, work.plans[LINES], work.find_reach)
        logger.info("night %s: %s done", share.night, LINES)
    return share.work_off(stage, work.plans.get(stage, whole), work.stages[stage])


def _tried(work: StageWork, now: Clock) -> dict[str, Any]:
    """Do each stage as a dry run, by this process alone."""
    tried: dict[str, Any] = {}
    for stage in STAGES:
        started_at = now()
        if stage == MATCH:
            work.find_reach()
        tried[stage] = (work.stages[stage]() if stage != SEND else work.count_waiting()) | _seconds(started_at, now())
        logger.info("night %s: %s tried", work.night, stage)
    return tried


def _seconds(started_at: datetime, ended_at: datetime) -> dict[str, float]:
    return {"seconds": round((ended_at - started_at).total_seconds(), 3)}


def settle_nights(engine: Engine, now: datetime) -> None:
    """Finish the nights whose stages are done and whose last mail was sent or given up."""
    with reading(engine) as session:
        open_nights = [night_row.day for night_row in queries.unfinished_nights(session)]
    for night_day in open_nights:
        with writing(engine, durable=True) as session:
            open_night = queries.night_held(session, night_day)
            mail_counts = queries.mails_of(session, night_day)
            if open_night.finished_at or set(STAGES) - {SEND} - set(open_night.stages) or mail_counts["pending"]:
                continue
            open_night.stages = {**open_night.stages, SEND: open_night.report.get(SEND, {})}
            open_night.finished_at = now
            session.add(open_night)
            session.execute(delete(NightPart).where(col(NightPart.night) == night_day))


def _opened(engine: Engine, night: date, now: datetime) -> dict[str, Any]:
    """Return the stages that are done; create the night's row if there is none."""
    with reading(engine) as session:
        night_row = session.get(Night, night)
    if night_row is None:
        with writing(engine) as session:
            insert_new(session, Night, [Night(day=night, started_at=now).model_dump()])
            night_row = queries.night_held(session, night)
    return dict.fromkeys(STAGES, True) if night_row.finished_at else night_row.stages


def _note(engine: Engine, night: date, stage: str, stage_content: Counts) -> None:
    """Note that a stage has ended, unless another process has noted it before."""
    with writing(engine, durable=True) as session:
        night_row = queries.night_held(session, night)
        night_row.stages = {stage: dict(stage_content), **night_row.stages}
        session.add(night_row)


def _note_sent(engine: Engine, night: date, counts: Counts, started_at: datetime, now: datetime) -> None:
    """Note how far sending went, even when mails are left: with what others counted who sent at the same time."""
    with writing(engine) as session:
        night_row = queries.night_held(session, night)
        noted_at = night_row.report.get(NOTED_AT)
        if noted_at and datetime.fromisoformat(noted_at) >= started_at:
            seconds = max(counts["seconds"], night_row.report[SEND]["seconds"])
            counts = summed([night_row.report[SEND], counts]) | {"seconds": seconds}
        elif night_row.finished_at:
            return
        night_row.report = {**night_row.report, SEND: dict(counts), NOTED_AT: now.isoformat()}
        if night_row.finished_at:
            night_row.stages = {**night_row.stages, SEND: dict(counts)}
        session.add(night_row)
