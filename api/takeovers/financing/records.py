"""The stored versions of financing plans: reading them, adding one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.audit import log
from api.core.errors import ChangedMeanwhileError, InvalidError, NotFoundError
from api.takeovers.financing.plan import Plan
from api.takeovers.financing.ratios import RatioKind, ratios_of
from models.database import writing
from models.financing import FinancingPlan
from models.opportunities import Opportunity

CHANGED = "Ce plan a changé depuis que vous l’avez ouvert : vérifiez, puis enregistrez de nouveau."
EMPTY = "Rien à enregistrer : écrivez au moins un montant."
VERSIONS_SHOWN = 20


@dataclass(frozen=True)
class StoredPlan:
    """A version of a plan: its number from 1 on, when it was saved, by whom as the journal names them."""

    number: int
    at: datetime
    by: str
    plan: Plan


@dataclass(frozen=True)
class FinancingSummary:
    """What the page of the case says of its plan. gap: sources less uses, in euros; own_share: 0.3 is 30 %."""

    number: int
    at: datetime
    total_uses: int
    total_sources: int
    gap: int
    is_balanced: bool
    own_share: Decimal | None
    jobs_kept: int | None
    jobs_created: int | None


def newest_plan(session: Session, opportunity_id: str) -> StoredPlan | None:
    """Return the plan of a case; None where there is none yet."""
    newest = _versions(session, opportunity_id, 1)
    return newest[0] if newest else None


def plan_version(session: Session, opportunity_id: str, number: int) -> StoredPlan:
    """Return a version of the plan of a case. Raises NotFoundError."""
    row = session.get(FinancingPlan, (opportunity_id, number))
    if row is None:
        raise NotFoundError("Cette version du plan n’existe pas.")
    return _stored(row)


def plan_versions(session: Session, opportunity_id: str) -> Sequence[StoredPlan]:
    """Return the newest versions of the plan of a case, newest first."""
    return _versions(session, opportunity_id, VERSIONS_SHOWN)


def save_plan(engine: Engine, opportunity_id: str, plan: Plan, *, seen: int, by: str, now: datetime) -> StoredPlan:
    """Add a version, and return it; the newest one where it already says the same.

    seen: the version that the form was made of, 0 for none. Raises ChangedMeanwhileError where another is newest,
    InvalidError for a plan without an amount, NotFoundError for no takeover case.
    """
    if not plan.total_uses and not plan.total_sources:
        raise InvalidError([("", EMPTY)])
    with writing(engine, durable=True) as session:
        # Held: of two who save at once, the second sees what the first wrote.
        held = select(Opportunity).where(Opportunity.id == opportunity_id).with_for_update()
        case = session.exec(held).first()
        if case is None or case.kind != "takeover":
            raise NotFoundError("Ce cas n’existe pas.")
        newest = newest_plan(session, opportunity_id)
        if newest and newest.plan == plan:
            return newest
        if (newest.number if newest else 0) != seen:
            raise ChangedMeanwhileError(CHANGED)
        saved = StoredPlan(seen + 1, now, by, plan)
        session.add(
            FinancingPlan(
                opportunity_id=opportunity_id,
                number=saved.number,
                at=now,
                by=by,
                content=plan.model_dump(mode="json", exclude_defaults=True),
            )
        )
        detail = {"version": saved.number, "balanced": plan.is_balanced}
        log.note(
            session, by=by, action="financing.saved", kind="opportunity", of=opportunity_id, detail=detail, now=now
        )
    return saved


def summary(session: Session, opportunity_id: str) -> FinancingSummary | None:
    """Return what the page of a case says of its plan; None where there is none yet."""
    newest = newest_plan(session, opportunity_id)
    if newest is None:
        return None
    plan = newest.plan
    own_share = next(ratio.value for ratio in ratios_of(plan) if ratio.kind == RatioKind.OWN_SHARE)
    return FinancingSummary(
        newest.number,
        newest.at,
        plan.total_uses,
        plan.total_sources,
        plan.gap,
        plan.is_balanced,
        own_share,
        plan.jobs_kept,
        plan.jobs_created,
    )


def _versions(session: Session, opportunity_id: str, most: int) -> list[StoredPlan]:
    question = select(FinancingPlan).where(FinancingPlan.opportunity_id == opportunity_id)
    return [_stored(row) for row in session.exec(question.order_by(col(FinancingPlan.number).desc()).limit(most))]


def _stored(row: FinancingPlan) -> StoredPlan:
    return StoredPlan(row.number, row.at, row.by, Plan.model_validate(row.content))
