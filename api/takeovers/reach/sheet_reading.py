"""Who reads a blind sheet outside: an actor that the house let in, the version that stands, each reading noted."""

from datetime import datetime

from sqlmodel import Session

from api.audit import log
from api.confidentiality.disclosure import confidential_case, standing_consents
from api.confidentiality.teaser import is_announced
from api.takeovers.reach.proposals import is_proposed
from api.takeovers.sheet.queries import standing_sheet
from models.blind_sheets import BlindSheet
from models.unit_of_work import UnitOfWork

READ_ACTION = "sheet.read"


def open_sheet(
    unit: UnitOfWork, opportunity_id: str, actor_id: str, *, account_id: str, now: datetime
) -> BlindSheet | None:
    """Return the standing sheet for an actor that may read it, None otherwise; the reading is noted in the journal.

    The caller has checked that the account speaks for the actor.
    """
    session = unit.session
    if not is_announced(confidential_case(session, opportunity_id)) or not may_read(session, opportunity_id, actor_id):
        return None
    sheet = standing_sheet(session, opportunity_id)
    if sheet is not None:
        # Nothing of the version: a partner's own data would count them.
        by, detail = f"account:{account_id}", {"actor": actor_id}
        unit.later(
            lambda session: log.note(
                session, by=by, action=READ_ACTION, kind="opportunity", of=opportunity_id, detail=detail, now=now
            ),
            durable=True,
        )
    return sheet


def may_read(session: Session, opportunity_id: str, actor_id: str) -> bool:
    """Return whether the house lets an actor read a sheet: it proposed the case, or noted the owner's consent."""
    consents = standing_consents(session, opportunity_id, actor_id)
    return consents.holder is not None or is_proposed(session, opportunity_id, actor_id)
