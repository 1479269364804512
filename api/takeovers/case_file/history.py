"""The file of a case as it is stored, and the standing that its steps lead to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from api.core.errors import NotFoundError
from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.case_file.noted_elsewhere import noted_elsewhere
from api.takeovers.cases import takeover_case
from api.takeovers.stages.reasons import Reason
from api.takeovers.stages.transitions import FALLBACK, Procedure, Sells, Stage, Standing, first_stage
from models.opportunities import Opportunity, TakeoverCase
from models.takeovers import TakeoverDate, TakeoverFile, TakeoverStep


@dataclass(frozen=True)
class StoredFile:
    """The file of a takeover case. row: with version 0 where nothing was stored yet. steps: oldest first.

    dates: days that were given on it. noted_elsewhere: days that other pages of the case say.
    """

    opportunity: Opportunity
    takeover: TakeoverCase
    row: TakeoverFile
    steps: Sequence[TakeoverStep]
    dates: Mapping[DateKind, TakeoverDate]
    noted_elsewhere: Mapping[DateKind, TakeoverDate]

    @property
    def all_dates(self) -> Mapping[DateKind, TakeoverDate]:
        """Return the days of the case; one that was given here counts before one of another page."""
        return {**self.noted_elsewhere, **self.dates}

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
    opportunity, takeover = takeover_case(session, opportunity_id, held=held), session.get(TakeoverCase, opportunity_id)
    if takeover is None:
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
    given = {DateKind(date.kind): date for date in dates}
    elsewhere = noted_elsewhere(session, opportunity_id, since=_went_back_at(steps))
    return StoredFile(opportunity, takeover, row, steps, given, elsewhere)


def _went_back_at(steps: Sequence[TakeoverStep]) -> datetime | None:
    """Return when the trade last went back to other candidates; None if it never did."""
    back = (
        step.at
        for step in reversed(steps)
        if Reason.CORRECTION not in step.reasons
        and Stage(step.to_stage) in FALLBACK.get(Stage(step.from_stage), ())
        and step.reasons
    )
    return next(back, None)
