"""What hangs on rows that an import created: what people did about them, and the traces that the desk left itself."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, delete, or_, select
from sqlmodel import Session

from api.catalogue.schemas import RecordKind
from models.base import table_of
from models.tables import (
    AccountActor,
    Announcement,
    BlindSheet,
    BrokerageCase,
    CardCorrection,
    CaseDocument,
    CaseProposal,
    Consent,
    Contact,
    DuplicateProposal,
    FinanceProduct,
    FinancingPlan,
    Impression,
    Interaction,
    Membership,
    Provenance,
    Rating,
    RowEdit,
    Subscription,
    Suggestion,
    TakeoverCandidate,
    TakeoverFacts,
    TakeoverFile,
)


def attached(session: Session, kind: RecordKind, ids: Sequence[str]) -> set[str]:
    """Return those of these rows about which somebody did something: a rating, a case, an interaction, a consent, …

    A public source that speaks of a row by now counts too. That it was proposed or shown does not.
    """
    if not ids:
        return set()
    return {row_id for question in _questions(kind, ids) for row_id in session.execute(question).scalars() if row_id}


def with_other_contacts(session: Session, kind: RecordKind, ids: Sequence[str], import_id: str) -> set[str]:
    """Return those of these rows that have a contact which this import did not add, or which a person changed since."""
    contacts = table_of(Contact).c
    owner = contacts.actor_id if kind == "actors" else contacts.opportunity_id
    other = or_(contacts.import_id.is_(None), contacts.import_id != import_id)
    return set(session.execute(select(owner).where(owner.in_(ids), other)).scalars())


def members_of(session: Session, ids: Sequence[str]) -> dict[str, set[str]]:
    """Return the members that these actors carry, by actor."""
    table, members = table_of(Membership).c, dict[str, set[str]]()
    for row in session.execute(select(table.carrier_id, table.member_id).where(table.carrier_id.in_(ids))):
        members.setdefault(row.carrier_id, set()).add(row.member_id)
    return members


def delete_traces(session: Session, kind: RecordKind, ids: Sequence[str]) -> None:
    """Delete what the desk noted of these rows by itself: their history, that they were shown, and as duplicates."""
    suggestions, impressions, pairs = table_of(Suggestion), table_of(Impression), table_of(DuplicateProposal)
    edits = table_of(RowEdit)
    session.execute(delete(edits).where(edits.c.kind == kind, edits.c.row_id.in_(ids)))
    own = select(suggestions.c.id).where(_of(suggestions.c, kind).in_(ids))
    session.execute(delete(impressions).where(impressions.c.suggestion_id.in_(own)))
    session.execute(delete(suggestions).where(_of(suggestions.c, kind).in_(ids)))
    session.execute(delete(pairs).where(or_(pairs.c.first_id.in_(ids), pairs.c.second_id.in_(ids))))


def _questions(kind: RecordKind, ids: Sequence[str]) -> Iterator[Select[Any]]:
    suggestions = table_of(Suggestion).c
    for model in (Rating, BrokerageCase, Announcement):
        acts = table_of(model).c
        column = _of(suggestions, kind)
        yield select(column).join(table_of(model), acts.suggestion_id == suggestions.id).where(column.in_(ids))
    interactions = table_of(Interaction).c
    yield select(_of(interactions, kind)).where(_of(interactions, kind).in_(ids))
    provenances = table_of(Provenance).c
    yield select(provenances.row_id).where(provenances.row_id.in_(ids))
    for agreed in (Consent, CaseProposal, TakeoverCandidate):
        columns = table_of(agreed).c
        yield select(_of(columns, kind)).where(_of(columns, kind).in_(ids))
    if kind == "opportunities":
        for owned in (BlindSheet, CaseDocument, FinancingPlan, TakeoverFacts, TakeoverFile):
            opportunity_id = table_of(owned).c.opportunity_id
            yield select(opportunity_id).where(opportunity_id.in_(ids))
        return
    for owner in (Announcement, Subscription, AccountActor, CardCorrection, FinanceProduct):
        actor_id = table_of(owner).c.actor_id
        yield select(actor_id).where(actor_id.in_(ids))


def _of(columns: Any, kind: RecordKind) -> Any:
    return columns.actor_id if kind == "actors" else columns.opportunity_id
