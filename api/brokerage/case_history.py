"""Reads of cases: the standing of a row, replay of a history, case files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.brokerage import answer_queries, queries
from api.brokerage.answer_queries import RatingRow
from api.brokerage.queries import CaseRow, StepRow
from api.brokerage.transitions import OPEN, TRANSITIONS, Standing, State
from api.core.chunks import in_chunks
from api.core.errors import NotFoundError
from models.brokerage import BrokerageCase, BrokerageStep
from models.partners import Partner
from models.ratings import Rating


def standing_of(row: BrokerageCase | BrokerageStep) -> Standing:
    """Return the standing of a case, or its standing after a step."""
    return Standing(
        facilitator_id=row.facilitator_id,
        state=State(row.state if isinstance(row, BrokerageCase) else row.to_state),
        remind_on=row.remind_on,
        reasons=tuple(row.reasons),
        jobs_created=row.jobs_created,
        jobs_kept=row.jobs_kept,
    )


def replay(steps: Iterable[BrokerageStep]) -> Standing:
    """Return the standing of a case computed from its steps. Raises ValueError if the steps are inconsistent."""
    last_step: BrokerageStep | None = None
    for expected_number, step in enumerate(steps, 1):
        state, former_state = State(step.to_state), State(last_step.to_state) if last_step else None
        if step.number != expected_number or step.from_state != (former_state and former_state.value):
            raise ValueError(f"step {step.number} does not follow")
        if former_state is None and state != State.PROPOSED:
            raise ValueError("a case begins as proposed")
        if former_state is not None and state != former_state and state not in TRANSITIONS[former_state]:
            raise ValueError(f"step {step.number} is no move: {former_state} → {state}")
        last_step = step
    if last_step is None:
        raise ValueError("a case without a step")
    return standing_of(last_step)


@dataclass(frozen=True)
class CaseFile:
    """A case with its suggestion and its steps, oldest first."""

    row: CaseRow
    steps: Sequence[BrokerageStep]
    answers: Sequence[tuple[Partner, Rating]]

    @property
    def standing(self) -> Standing:
        return standing_of(self.row.case)


def read_case(session: Session, case_id: str) -> CaseFile:
    """Return a case with its history. For facilitators only. Raises NotFoundError."""
    row = queries.case_row(session, case_id)
    if row is None:
        raise NotFoundError("Ce dossier n’existe pas.")
    answers = answer_queries.answers_to(session, row.case.suggestion_id)
    return CaseFile(row, queries.steps_of(session, case_id), answers)


def cases_in_hand(session: Session, suggestion_ids: Sequence[str]) -> dict[str, BrokerageCase]:
    """Return suggestion id → case, for the suggestions that have one."""
    return {case.suggestion_id: case for case in queries.cases_of(session, suggestion_ids)}


def in_charge(session: Session, opportunity_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return opportunity id → names of the facilitators of its open cases."""
    names_by_opportunity: dict[str, list[str]] = {}
    for chunk in in_chunks(opportunity_ids):
        for opportunity_id, facilitator_name in queries.in_charge(session, chunk, OPEN):
            names_by_opportunity.setdefault(opportunity_id, []).append(facilitator_name)
    return names_by_opportunity


def history(
    session: Session, *, actor_id: str | None = None, opportunity_id: str | None = None, most: int = 50
) -> Sequence[StepRow]:
    """Return the steps of cases about an actor or an opportunity, newest first. For facilitators only."""
    return queries.steps_about(session, actor_id=actor_id, opportunity_id=opportunity_id, limit=most)


def answers(
    session: Session, *, actor_id: str | None = None, opportunity_id: str | None = None, most: int = 50
) -> Sequence[RatingRow]:
    """Return what partners answered about an actor or an opportunity, newest first. For facilitators only."""
    return answer_queries.ratings_about(session, actor_id=actor_id, opportunity_id=opportunity_id, limit=most)
