"""Queries about blind sheets and what they are made of."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from api.catalogue import queries as catalogue_queries
from api.takeovers.company.records import read_facts
from api.takeovers.sheet.sheet_facts import CaseFigures
from models.blind_sheets import BlindSheet


def versions_of(session: Session, opportunity_id: str) -> Sequence[BlindSheet]:
    """Return all versions of a case's sheet, newest first."""
    versions_query = select(BlindSheet).where(BlindSheet.opportunity_id == opportunity_id)
    return session.exec(versions_query.order_by(col(BlindSheet.number).desc())).all()


def standing_sheet(session: Session, opportunity_id: str) -> BlindSheet | None:
    """Return the version that the owner agreed to and nobody withdrew, if there is one."""
    standing_query = select(BlindSheet).where(
        BlindSheet.opportunity_id == opportunity_id,
        col(BlindSheet.approved_on).is_not(None),
        col(BlindSheet.withdrawn_at).is_(None),
    )
    return session.exec(standing_query.order_by(col(BlindSheet.number).desc())).first()


def figures_of(session: Session, opportunity_id: str) -> CaseFigures:
    """Return the facts of a case that a sheet may say: the turnover of its last known year, else that of its card."""
    takeover = catalogue_queries.takeover_case_of(session, opportunity_id)
    if takeover is None:
        return CaseFigures(None, None, None, "other", None)
    years = read_facts(session, opportunity_id).facts.years
    turnovers = [year.turnover_eur for year in years if year.turnover_eur is not None]
    return CaseFigures(
        turnovers[0] if turnovers else takeover.turnover_eur,
        takeover.price_min_eur,
        takeover.price_max_eur,
        takeover.cause,
        takeover.transfer_on,
    )
