"""The file of a case as it is stored, and the standing that its steps lead to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from api.core.errors import NotFoundError
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import Procedure, Sells, Stage, Standing, first_stage
from models.opportunities import Opportunity, TakeoverCase
from models.takeovers import TakeoverDate, TakeoverFile, TakeoverStep

TAKEOVER = "takeover"


@dataclass(frozen=True)
class StoredFile:
    """The file of a takeover case. row: with version 0 where nothing was stored yet. steps: oldest first."""

    opportunity: Opportunity
    takeover: TakeoverCase
    row: TakeoverFile
    steps: Sequence[TakeoverStep]
    dates: Mapping[DateKind, TakeoverDate]

    @property
    def standing(self) -> Standing:
        return Standing(
            stage=Stage(self.row.stage),
            trail=trail_of(self.steps),
            facilitator_id=self.row.facilitator_id,
            procedure=Procedure(self.row.procedure) if self.row.procedure else None,
            sells=Sells(self.row.sells) if self.row.sells else None,
            jobs_kept=self.row.jobs_kept,
        )


def trail_of(steps: Iterable[TakeoverStep]) -> tuple[Stage, ...]:
    """Return the stages that led to the last step's, without what was corrected. steps: oldest first."""
    trail: list[Stage] = []
    for step in steps:
        if Reason.CORRECTION in step.reasons:
            trail.pop()
        elif step.from_stage != step.to_stage:
            trail.append(Stage(step.from_stage))
    return tuple(trail)


def read_file(session: Session, opportunity_id: str, *, held: bool = False) -> StoredFile:
    """Return the file of a takeover case. For facilitators only. Raises NotFoundError for what is no takeover case.

    held: lock the case until this unit of work ends.
    """
    question = select(Opportunity).where(Opportunity.id == opportunity_id, Opportunity.kind == TAKEOVER)
    opportunity = session.exec(question.with_for_update() if held else question).first()
    takeover = session.get(TakeoverCase, opportunity_id)
    if opportunity is None or takeover is None:
        raise NotFoundError("Ce cas de reprise n’existe pas.")
    since = opportunity.created_at
    row = session.get(TakeoverFile, opportunity_id) or TakeoverFile(
        opportunity_id=opportunity_id,
        stage=first_stage(takeover.cause).value,
        version=0,
        opened_at=since,
        touched_at=since,
    )
    steps = session.exec(
        select(TakeoverStep).where(TakeoverStep.opportunity_id == opportunity_id).order_by(col(TakeoverStep.number))
    ).all()
    dates = session.exec(select(TakeoverDate).where(TakeoverDate.opportunity_id == opportunity_id)).all()
    return StoredFile(opportunity, takeover, row, steps, {DateKind(date.kind): date for date in dates})
