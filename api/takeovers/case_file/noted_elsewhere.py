"""Days that other pages of a case say: the owner agreed to the sheet, a candidate signed its agreement to secrecy."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlmodel import Session, col, select

from api.takeovers.calendar.date_kinds import DateKind
from api.takeovers.sheet import state as sheet_state
from api.takeovers.sheet.approval import BY_WORDS, ApprovedBy
from api.takeovers.sheet.queries import standing_sheet
from api.takeovers.sheet.state import SheetState
from models.agreements import SignedAgreement
from models.reveal import Consent
from models.takeovers import TakeoverDate


def noted_elsewhere(session: Session, opportunity_id: str, *, since: datetime | None) -> dict[DateKind, TakeoverDate]:
    """Return such days as rows that are stored nowhere. since: agreements of before are those of former candidates.

    A sheet whose facts have changed since the owner agreed to it is to be approved again.
    """
    return {DateKind(row.kind): row for row in _rows(session, opportunity_id, since)}


def _rows(session: Session, opportunity_id: str, since: datetime | None) -> Iterator[TakeoverDate]:
    sheet = standing_sheet(session, opportunity_id)
    is_current = sheet and sheet_state.summary(session, opportunity_id).state == SheetState.APPROVED
    if sheet and sheet.approved_on and is_current:
        by = BY_WORDS.get(ApprovedBy(sheet.approved_by), "") if sheet.approved_by else ""
        yield _row(opportunity_id, DateKind.SHEET_APPROVED, sheet.approved_on, by, f"version {sheet.number}")
    signed = select(col(SignedAgreement.signed_on)).join(Consent, col(Consent.id) == SignedAgreement.consent_id)
    signed = signed.where(SignedAgreement.opportunity_id == opportunity_id, col(Consent.withdrawn_at).is_(None))
    if since:
        signed = signed.where(SignedAgreement.noted_at >= since)
    signed_on = session.exec(signed.order_by(col(SignedAgreement.signed_on), SignedAgreement.id)).first()
    if signed_on:
        yield _row(opportunity_id, DateKind.COMMITMENT, signed_on, "", "page « Engagements »")


def _row(opportunity_id: str, kind: DateKind, day: date, said_by: str, note: str) -> TakeoverDate:
    return TakeoverDate(
        opportunity_id=opportunity_id, kind=kind.value, day=day, said_by=said_by, note=note, noted_by=""
    )
