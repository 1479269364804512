"""SELECTs over the open-data tables."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from models.actors import Actor
from models.base import table_of
from models.open_data import (
    DuplicateProposal,
    PageStamp,
    Provenance,
    RawRecord,
    RefusedRecord,
    SourceName,
    SyncRun,
)
from models.opportunities import Lot, Opportunity, TakeoverCase


def raw_hashes(session: Session, source: str, references: Iterable[str]) -> dict[str, str]:
    """Reference → hash of the record when it was last read; a new record is absent."""
    table = table_of(RawRecord).c
    statement = core_select(table.reference, table.sha256).where(table.source == source)
    return {row[0]: row[1] for row in session.execute(statement.where(table.reference.in_(list(references))))}


def refused_among(session: Session, source: str, references: Iterable[str]) -> set[str]:
    table = table_of(RefusedRecord).c
    statement = core_select(table.reference).where(table.source == source, table.reference.in_(list(references)))
    return set(session.execute(statement).scalars())


def refused_page(session: Session, source: str, limit: int) -> Sequence[RefusedRecord]:
    """Last refused records of a source, newest first."""
    statement = select(RefusedRecord).where(RefusedRecord.source == source)
    return session.exec(
        statement.order_by(col(RefusedRecord.refused_at).desc(), RefusedRecord.reference).limit(limit)
    ).all()


def refused_counts(session: Session) -> dict[str, int]:
    statement = select(RefusedRecord.source, func.count()).group_by(RefusedRecord.source)
    return dict(session.exec(statement.order_by(RefusedRecord.source)).all())


def other_names(session: Session, source: str, given_names: Iterable[str]) -> dict[str, str]:
    """Other name of a thing → the source id under which it is kept."""
    table = table_of(SourceName).c
    statement = core_select(table.name, table.source_id).where(
        table.source == source, table.name.in_(list(given_names))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def provenances(session: Session, source: str, source_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """(source_id, kind, reference, row_id, said, as_of, closed_on, closed_as) of these source ids, where stored."""
    table = table_of(Provenance).c
    column_names = ("source_id", "kind", "reference", "row_id", "said", "as_of", "closed_on", "closed_as")
    statement = core_select(*(table[column_name] for column_name in column_names)).where(table.source == source)
    return session.execute(statement.where(table.source_id.in_(list(source_ids)))).all()


def rows_updated_since(session: Session, source: str, kind: str, moment: datetime) -> Sequence[str]:
    """Ids of the rows that a source has set since a moment."""
    statement = select(Provenance.row_id).where(
        Provenance.source == source, Provenance.kind == kind, Provenance.said_at >= moment
    )
    return [row_id for row_id in session.exec(statement.order_by(Provenance.row_id)).all() if row_id]


def actors_by_key(session: Session, natural_keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Natural key → the actor's columns."""
    table = table_of(Actor)
    actor_rows = session.execute(core_select(table).where(table.c.natural_key.in_(list(natural_keys)))).mappings()
    return {actor_row["natural_key"]: dict(actor_row) for actor_row in actor_rows}


def opportunities_by_key(session: Session, natural_keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Natural key → the opportunity's columns, with its `lots` by number and its `takeover` case, None for a market."""
    opportunities, lots, takeover_cases = (table_of(model) for model in (Opportunity, Lot, TakeoverCase))
    opportunity_rows = session.execute(
        core_select(opportunities).where(opportunities.c.natural_key.in_(list(natural_keys)))
    ).mappings()
    by_id = {
        opportunity_row["id"]: {**opportunity_row, "lots": [], "takeover": None} for opportunity_row in opportunity_rows
    }
    if by_id:
        is_inside = lots.c.opportunity_id.in_(list(by_id))
        for lot_row in session.execute(core_select(lots).where(is_inside).order_by(lots.c.number)).mappings():
            opportunity_id = lot_row["opportunity_id"]
            by_id[opportunity_id]["lots"].append(
                {
                    column_name: lot_row[column_name]
                    for column_name in lot_row
                    if column_name not in ("id", "opportunity_id")
                }
            )
        for case_row in session.execute(
            core_select(takeover_cases).where(takeover_cases.c.opportunity_id.in_(list(by_id)))
        ).mappings():
            by_id[case_row["opportunity_id"]]["takeover"] = {
                column_name: case_row[column_name] for column_name in case_row if column_name != "opportunity_id"
            }
    return {opportunity["natural_key"]: opportunity for opportunity in by_id.values()}


def last_run(session: Session, source: str) -> SyncRun | None:
    statement = select(SyncRun).where(SyncRun.source == source)
    return session.exec(statement.order_by(col(SyncRun.number).desc()).limit(1)).first()


def last_complete_run(session: Session, source: str) -> SyncRun | None:
    statement = select(SyncRun).where(SyncRun.source == source, col(SyncRun.complete))
    return session.exec(statement.order_by(col(SyncRun.number).desc()).limit(1)).first()


def read_since(session: Session, run: SyncRun) -> date:
    """First day that the complete runs of this run's source have read for its départements."""
    statement = select(func.min(SyncRun.since)).where(
        SyncRun.source == run.source, SyncRun.departments == run.departments, col(SyncRun.complete)
    )
    return session.exec(statement).one() or run.since


def newest_openings(session: Session, source: str) -> dict[str, date]:
    """Département → day of the newest publication that became an opportunity there."""
    table = table_of(Opportunity).c
    statement = core_select(table.department, func.max(table.published_on)).where(
        table.source == source, table.department.is_not(None), table.published_on.is_not(None)
    )
    return {row[0]: row[1] for row in session.execute(statement.group_by(table.department))}


def page_stamp(session: Session, stamp_id: str) -> PageStamp | None:
    return session.get(PageStamp, stamp_id)


def duplicate_page(session: Session, status: str, limit: int) -> Sequence[DuplicateProposal]:
    """Proposals of a status, the most similar first."""
    statement = select(DuplicateProposal).where(DuplicateProposal.status == status)
    return session.exec(
        statement.order_by(col(DuplicateProposal.similarity).desc(), DuplicateProposal.id).limit(limit)
    ).all()


def duplicate_count(session: Session, status: str) -> int:
    return session.exec(
        select(func.count()).select_from(DuplicateProposal).where(DuplicateProposal.status == status)
    ).one()


def proposed_pairs(session: Session, given_ids: Iterable[str]) -> set[tuple[str, str]]:
    """Pairs with one of these rows that were already proposed, whatever was decided."""
    row_ids = list(given_ids)
    is_touched = or_(col(DuplicateProposal.first_id).in_(row_ids), col(DuplicateProposal.second_id).in_(row_ids))
    return set(session.exec(select(DuplicateProposal.first_id, DuplicateProposal.second_id).where(is_touched)).all())


def actor_sketches(session: Session) -> Sequence[Row[Any]]:
    """(id, source, siret, name, department, commune_code, postcode, confidential) of every actor."""
    columns = (
        *(Actor.id, Actor.source, Actor.siret, Actor.name),
        *(Actor.department, Actor.commune_code, Actor.postcode, Actor.confidential),
    )
    return session.execute(select(*columns).order_by(Actor.id)).all()  # type: ignore[call-overload]


def opportunity_sketches(session: Session) -> Sequence[Row[Any]]:
    """(id, source, kind, title, buyer_name, department, deadline, confidential) of every open opportunity."""
    columns = (
        *(Opportunity.id, Opportunity.source, Opportunity.kind, Opportunity.title),
        *(Opportunity.buyer_name, Opportunity.department, Opportunity.deadline, Opportunity.confidential),
    )
    statement = select(*columns).where(Opportunity.status == "open")  # type: ignore[call-overload]
    return session.execute(statement.order_by(Opportunity.id)).all()
