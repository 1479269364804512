"""Who is in charge of a takeover case: one facilitator at a time, and each handing over is a step of its file."""

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from api.audit import log
from api.brokerage.cases import may_be_in_charge
from api.core.errors import ChangedMeanwhileError, NotFoundError
from api.takeovers.facts import held_case
from api.takeovers.stages import first_stage
from models.accounts import Account
from models.database import writing
from models.opportunities import TakeoverCase
from models.takeovers import TakeoverFile, TakeoverStep

TAKEN_MEANWHILE = "Quelqu’un d’autre vient de changer qui s’en charge : relisez, puis recommencez."


def assign_takeover(
    engine: Engine, opportunity_id: str, facilitator_id: str, *, seen: str | None, by: str, now: datetime
) -> bool:
    """Give a takeover case to a facilitator, in a unit of work of its own; return whether somebody else had it.

    seen: who had it on the page that the person had before them. Raises NotFoundError for what is no takeover case, or
    an account that may not be in charge; ChangedMeanwhileError.
    """
    with writing(engine, durable=True) as session:
        held_case(session, opportunity_id)
        account = session.get(Account, facilitator_id)
        if account is None or not may_be_in_charge(account):
            raise NotFoundError("Ce compte n’existe pas, est désactivé, ou n’est pas de l’équipe.")
        file = _file(session, opportunity_id, now)
        if file.facilitator_id != seen:
            raise ChangedMeanwhileError(
                "Quelqu’un d’autre vient de changer qui s’en charge : relisez, puis recommencez."
            )
        if file.facilitator_id == facilitator_id:
            return False
        file.facilitator_id, file.version, file.touched_at = facilitator_id, file.version + 1, now
        session.add(file)
        session.flush()
        session.add(
            TakeoverStep(
                opportunity_id=opportunity_id,
                number=file.version,
                at=now,
                by=by,
                from_stage=file.stage,
                to_stage=file.stage,
                facilitator_id=facilitator_id,
                jobs_kept=file.jobs_kept,
            )
        )
        log.note(session, by=by, action="takeover.assigned", kind="opportunity", of=opportunity_id, now=now)
    return True


def _file(session: Session, opportunity_id: str, now: datetime) -> TakeoverFile:
    """Return the file of a case, a new one at its first stage where it has none. The case's row is locked."""
    file = session.get(TakeoverFile, opportunity_id)
    if file is not None:
        return file
    card = session.get(TakeoverCase, opportunity_id)
    stage = first_stage(card.cause if card else "").value
    return TakeoverFile(opportunity_id=opportunity_id, stage=stage, version=0, opened_at=now, touched_at=now)
