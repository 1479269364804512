"""SELECTs over the open-data tables."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from api.catalogue.contract_holders import CONTRACTS_SOURCE
from models.actors import Actor
from models.base import table_of
from models.imports import FileImport, ImportedRow
from models.open_data import (
    CompanyState,
    DuplicateProposal,
    PageStamp,
    Provenance,
    RawRecord,
    RefusedRecord,
    SourceName,
    StoredCaseNotice,
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
    wanted = list(given_names)
    table = table_of(SourceName).c
    statement = core_select(table.name, table.source_id).where(table.source == source, table.name.in_(wanted))
    return {row[0]: row[1] for row in session.execute(statement)} if wanted else {}


def provenances(session: Session, source: str, source_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """(source_id, kind, reference, row_id, said, as_of, closed_on, closed_as) of these source ids, where stored."""
    table = table_of(Provenance).c
    wanted = list(source_ids)
    column_names = ("source_id", "kind", "reference", "row_id", "said", "as_of", "closed_on", "closed_as")
    statement = core_select(*(table[column_name] for column_name in column_names)).where(table.source == source)
    return session.execute(statement.where(table.source_id.in_(wanted))).all() if wanted else []


def last_values(session: Session, source: str, row_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Row id → the values that a source last gave."""
    wanted = list(row_ids)
    table = table_of(Provenance).c
    statement = core_select(table.row_id, table.said).where(table.source == source, table.row_id.in_(wanted))
    return {row.row_id: row.said for row in session.execute(statement)} if wanted else {}


def case_notices(session: Session, source: str, source_ids: Iterable[str]) -> Sequence[StoredCaseNotice]:
    """Return the stored notices of these cases, oldest first."""
    statement = select(StoredCaseNotice).where(
        StoredCaseNotice.source == source, col(StoredCaseNotice.source_id).in_(sorted(source_ids))
    )
    return session.exec(statement.order_by(col(StoredCaseNotice.published_on), StoredCaseNotice.reference)).all()


def cases_of_notices(session: Session, source: str, references: Iterable[str]) -> set[str]:
    """Return the source ids of the cases of these notices."""
    wanted = sorted(references)
    table = table_of(StoredCaseNotice).c
    statement = core_select(table.source_id).where(table.source == source, table.reference.in_(wanted))
    return set(session.execute(statement).scalars()) if wanted else set()


def company_states(session: Session, source: str, source_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Source id → what the source said last of this company or establishment."""
    table = table_of(CompanyState)
    statement = core_select(table).where(table.c.source == source, table.c.source_id.in_(list(source_ids)))
    return {row["source_id"]: dict(row) for row in session.execute(statement).mappings()}


def closed_sirets(session: Session) -> set[str]:
    """SIRET of the establishments that a register says are closed."""
    table = table_of(CompanyState).c
    statement = core_select(table.siret).where(table.state == "closed", table.siret.is_not(None))
    return set(session.execute(statement).scalars())


def rows_updated_since(session: Session, source: str, kind: str, moment: datetime) -> Sequence[str]:
    """Ids of the rows that a source has set since a moment."""
    statement = select(Provenance.row_id).where(
        Provenance.source == source, Provenance.kind == kind, Provenance.said_at >= moment
    )
    return [row_id for row_id in session.exec(statement.order_by(col(Provenance.row_id).nulls_first())).all() if row_id]


def actors_by_key(session: Session, natural_keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Natural key → the actor's columns."""
    wanted = list(natural_keys)
    if not wanted:
        return {}
    table = table_of(Actor)
    actor_rows = session.execute(core_select(table).where(table.c.natural_key.in_(wanted))).mappings()
    return {actor_row["natural_key"]: dict(actor_row) for actor_row in actor_rows}


def opportunities_by_key(session: Session, natural_keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Natural key → the opportunity's columns, with its `lots` by number and its `takeover` case, None for a market."""
    wanted = list(natural_keys)
    if not wanted:
        return {}
    opportunities, lots, takeover_cases = (table_of(model) for model in (Opportunity, Lot, TakeoverCase))
    opportunity_rows = session.execute(
        core_select(opportunities).where(opportunities.c.natural_key.in_(wanted))
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


def coverages_before(session: Session, source: str, number: int, limit: int = 30) -> list[dict[str, Any]]:
    """Coverages of the complete runs before this one, the newest ones."""
    statement = select(SyncRun.coverage).where(
        SyncRun.source == source, col(SyncRun.complete), col(SyncRun.number) < number
    )
    newest = statement.order_by(col(SyncRun.number).desc()).limit(limit)
    return [dict(coverage) for coverage in session.exec(newest).all()]


def page_stamps(session: Session, source: str) -> dict[str, Row[Any]]:
    """Id → (id, etag, last_modified, following) of the marks of a source's pages."""
    table = table_of(PageStamp).c
    statement = core_select(table.id, table.etag, table.last_modified, table.following).where(table.source == source)
    return {row.id: row for row in session.execute(statement)}


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
    table = table_of(Actor)
    columns = table.c["id", "source", "siret", "name", "department", "commune_code", "postcode", "confidential"]
    return session.execute(core_select(*columns).order_by(table.c.id)).all()


def opportunity_sketches(session: Session) -> Sequence[Row[Any]]:
    """(id, source, kind, title, buyer_name, department, deadline, confidential) of every open opportunity."""
    columns = (
        *(Opportunity.id, Opportunity.source, Opportunity.kind, Opportunity.title),
        *(Opportunity.buyer_name, Opportunity.department, Opportunity.deadline, Opportunity.confidential),
    )
    statement = select(*columns).where(Opportunity.status == "open")  # type: ignore[call-overload]
    return session.execute(statement.order_by(Opportunity.id)).all()


def expected_openings(session: Session) -> Sequence[Row[Any]]:
    """(id, natural_key, title, buyer_name, buyer_siret, cpv, department, published_on) of the openings to come.

    Those whose day is not known are left out.
    """
    columns = (
        *(Opportunity.id, Opportunity.natural_key, Opportunity.title, Opportunity.buyer_name),
        *(Opportunity.buyer_siret, Opportunity.cpv, Opportunity.department, Opportunity.published_on),
    )
    statement = select(*columns).where(Opportunity.status == "expected", Opportunity.source == CONTRACTS_SOURCE)  # type: ignore[call-overload]
    statement = statement.where(col(Opportunity.published_on).is_not(None))
    return session.execute(statement.order_by(Opportunity.id)).all()


def notices_since(session: Session, day: date) -> Sequence[Row[Any]]:
    """(id, title, buyer_name, buyer_siret, cpv, department, published_on, url) of public markets published since a day.

    Of any source but contracts; newest first.
    """
    columns = (
        *(Opportunity.id, Opportunity.title, Opportunity.buyer_name, Opportunity.buyer_siret),
        *(Opportunity.cpv, Opportunity.department, Opportunity.published_on, Opportunity.url),
    )
    statement = select(*columns).where(  # type: ignore[call-overload]
        Opportunity.kind == "market",
        Opportunity.source != CONTRACTS_SOURCE,
        Opportunity.status != "expected",
        ~col(Opportunity.confidential),
        col(Opportunity.published_on) >= day,
    )
    return session.execute(statement.order_by(col(Opportunity.published_on).desc().nulls_last(), Opportunity.id)).all()


def contract_provenances(session: Session, row_ids: Iterable[str]) -> Sequence[Provenance]:
    """Provenances by which contracts gave these rows."""
    statement = select(Provenance).where(Provenance.source == CONTRACTS_SOURCE)
    return session.exec(statement.where(col(Provenance.row_id).in_(list(row_ids)))).all()


def provenances_of_row(session: Session, kind: str, row_id: str) -> Sequence[Provenance]:
    """What sources said of a row, the latest first."""
    statement = select(Provenance).where(Provenance.row_id == row_id, Provenance.kind == kind)
    return session.exec(
        statement.order_by(col(Provenance.said_at).desc(), Provenance.source, Provenance.source_id)
    ).all()


def imports_of_row(session: Session, kind: str, row_id: str) -> Sequence[tuple[FileImport, ImportedRow]]:
    """Files that created or changed a row and were not undone, the latest first, with what the row was before."""
    statement = select(FileImport, ImportedRow).join(ImportedRow, col(ImportedRow.import_id) == FileImport.id)
    statement = statement.where(
        ImportedRow.row_id == row_id, FileImport.kind == kind, col(FileImport.undone_at).is_(None)
    )
    return session.exec(statement.order_by(col(FileImport.imported_at).desc(), FileImport.id)).all()


def row_with_parts(session: Session, kind: str, row_id: str) -> dict[str, Any] | None:
    """The columns of an actor, or of an opportunity with its `lots` and its `takeover` case."""
    if kind == "actors":
        actor = session.get(Actor, row_id)
        return actor.model_dump() if actor else None
    opportunity = session.get(Opportunity, row_id)
    if opportunity is None:
        return None
    return opportunities_by_key(session, [opportunity.natural_key]).get(opportunity.natural_key)
