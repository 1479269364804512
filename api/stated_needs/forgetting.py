"""What is erased of stated needs, what a person is given of its own, and what is forgotten by itself."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from api.stated_needs import queries
from api.stated_needs.kinds import StatedKind
from models.stated_needs import StatedNeed

# How long after its end a need is kept, for its sender to read the answer.
KEPT_AFTER_END = timedelta(days=90)


def erase_needs(session: Session, *, account_id: str = "", email: str = "") -> None:
    """Delete what an account stated, or what was stated from an address."""
    if account_id:
        session.execute(delete(StatedNeed).where(col(StatedNeed.account_id) == account_id))
    if email:
        session.execute(delete(StatedNeed).where(col(StatedNeed.email) == email))


def exported_needs(session: Session, account_id: str, email: str, *, with_confidential: bool) -> list[dict[str, Any]]:
    """Return what a person stated, as JSON values.

    with_confidential: also what owners stated, which facilitators alone read: an account's own copy has none, for
    whoever has a mailbox need not be the one who typed its address.
    """
    rows = [*(queries.needs_by(session, account_id) if account_id else ()), *queries.needs_from(session, email)]
    return [
        row.model_dump(mode="json", exclude={"decided_by"})
        for row in rows
        if with_confidential or row.kind != StatedKind.TAKEOVER
    ]


def forget_old_needs(session: Session, now: datetime, unconfirmed_days: int) -> int:
    """Delete what nobody confirmed within some days, and what has been over for long; return how many there were."""
    return queries.delete_old(
        session, unconfirmed_before=now - timedelta(days=unconfirmed_days), ended_before=now - KEPT_AFTER_END
    )
