"""The takeover case that a page or an act is about."""

from sqlmodel import Session, select

from api.core.errors import NotFoundError
from models.opportunities import Opportunity

TAKEOVER = "takeover"


def takeover_case(session: Session, opportunity_id: str, *, held: bool = False) -> Opportunity:
    """Return a takeover case, confidential or not, for facilitators. Raises NotFoundError for anything else.

    held: lock the case until this unit of work ends.
    """
    question = select(Opportunity).where(Opportunity.id == opportunity_id, Opportunity.kind == TAKEOVER)
    case = session.exec(question.with_for_update() if held else question).first()
    if case is None:
        raise NotFoundError("Ce cas de reprise n’existe pas.")
    return case
