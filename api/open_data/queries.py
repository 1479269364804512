"""Every SELECT over what open data brought."""

from collections.abc import Iterable, Sequence
from datetime import datetime
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
    """Reference → hash of the record as it was last read; what is new is absent."""
    table = table_of(RawRecord).c
    question = core_select(table.reference, table.sha256).where(table.source == source)
    return {row[0]: row[1] for row in session.execute(question.where(table.reference.in_(list(references))))}


def refused_among(session: Session, source: str, references: Iterable[str]) -> set[str]:
    table = table_of(RefusedRecord).c
    question = core_select(table.reference).where(table.source == source, table.reference.in_(list(references)))
    return set(session.execute(question).scalars())


def refused_page(session: Session, source: str, limit: int) -> Sequence[RefusedRecord]:
    """The last refusals of a source, newest first."""
    question = select(RefusedRecord).where(RefusedRecord.source == source)
    return session.exec(
        question.order_by(col(RefusedRecord.refused_at).desc(), RefusedRecord.reference).limit(limit)
    ).all()


def refused_counts(session: Session) -> dict[str, int]:
    question = select(RefusedRecord.source, func.count()).group_by(RefusedRecord.source)
    return dict(session.exec(question.order_by(RefusedRecord.source)).all())


def other_names(session: Session, source: str, names: Iterable[str]) -> dict[str, str]:
    """Name → the id under which what it names is kept."""
    table = table_of(SourceName).c
    question = core_select(table.name, table.source_id).where(table.source == source, table.name.in_(list(names)))
    return {row[0]: row[1] for row in session.execute(question)}


def provenances(session: Session, source: str, source_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """(source_id, kind, reference, row_id, said, as_of, closed_on, closed_as) of what is known under these ids."""
    table = table_of(Provenance).c
    names = ("source_id", "kind", "reference", "row_id", "said", "as_of", "closed_on", "closed_as")
    question = core_select(*(table[name] for name in names)).where(table.source == source)
    return session.execute(question.where(table.source_id.in_(list(source_ids)))).all()


def rows_said_since(session: Session, source: str, kind: str, moment: datetime) -> Sequence[str]:
    """Ids of rows of which a source spoke since a moment."""
    question = select(Provenance.row_id).where(
        Provenance.source == source, Provenance.kind == kind, Provenance.said_at >= moment
    )
    return [one for one in session.exec(question.order_by(Provenance.row_id)).all() if one]


def actors_by_key(session: Session, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Natural key → the actor's columns."""
    table = table_of(Actor)
    rows = session.execute(core_select(table).where(table.c.natural_key.in_(list(keys)))).mappings()
    return {row["natural_key"]: dict(row) for row in rows}


def opportunities_by_key(session: Session, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Natural key → the opportunity's columns, with its `lots` by number and its `takeover` case, None for a market."""
    table, lots, cases = (table_of(one) for one in (Opportunity, Lot, TakeoverCase))
    rows = session.execute(core_select(table).where(table.c.natural_key.in_(list(keys)))).mappings()
    found = {row["id"]: {**row, "lots": [], "takeover": None} for row in rows}
    if found:
        inside = lots.c.opportunity_id.in_(list(found))
        for row in session.execute(core_select(lots).where(inside).order_by(lots.c.number)).mappings():
            of = row["opportunity_id"]
            found[of]["lots"].append({name: row[name] for name in row if name not in ("id", "opportunity_id")})
        for row in session.execute(core_select(cases).where(cases.c.opportunity_id.in_(list(found)))).mappings():
            found[row["opportunity_id"]]["takeover"] = {name: row[name] for name in row if name != "opportunity_id"}
    return {whole["natural_key"]: whole for whole in found.values()}


def last_run(session: Session, source: str) -> SyncRun | None:
    question = select(SyncRun).where(SyncRun.source == source)
    return session.exec(question.order_by(col(SyncRun.number).desc()).limit(1)).first()


def last_complete_run(session: Session, source: str) -> SyncRun | None:
    question = select(SyncRun).where(SyncRun.source == source, col(SyncRun.complete))
    return session.exec(question.order_by(col(SyncRun.number).desc()).limit(1)).first()


def page_stamp(session: Session, ident: str) -> PageStamp | None:
    return session.get(PageStamp, ident)


def duplicate_page(session: Session, status: str, limit: int) -> Sequence[DuplicateProposal]:
    """Proposals of a status, the most alike first."""
    question = select(DuplicateProposal).where(DuplicateProposal.status == status)
    return session.exec(
        question.order_by(col(DuplicateProposal.similarity).desc(), DuplicateProposal.id).limit(limit)
    ).all()


def duplicate_count(session: Session, status: str) -> int:
    return session.exec(
        select(func.count()).select_from(DuplicateProposal).where(DuplicateProposal.status == status)
    ).one()


def proposed_pairs(session: Session, ids: Iterable[str]) -> set[tuple[str, str]]:
    """Pairs with one of these rows that were proposed already, whatever was decided."""
    wanted = list(ids)
    touching = or_(col(DuplicateProposal.first_id).in_(wanted), col(DuplicateProposal.second_id).in_(wanted))
    return set(session.exec(select(DuplicateProposal.first_id, DuplicateProposal.second_id).where(touching)).all())


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
    question = select(*columns).where(Opportunity.status == "open")  # type: ignore[call-overload]
    return session.execute(question.order_by(Opportunity.id)).all()
