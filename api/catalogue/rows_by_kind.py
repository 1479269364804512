"""A row of either kind, an actor or an opportunity."""

from sqlmodel import Session

from api.catalogue import queries
from api.catalogue.schemas import RecordKind
from api.core.errors import NotFoundError
from models.tables import Actor, Opportunity

# What the journal calls a row of each kind.
SUBJECTS = {"actors": "actor", "opportunities": "opportunity"}


def row_of(session: Session, kind: RecordKind, row_id: str) -> Actor | Opportunity:
    """Return a row, confidential or not. Raises NotFoundError."""
    row: Actor | Opportunity | None
    if kind == "actors":
        row = queries.actor_by_id(session, row_id, confidential=True)
    else:
        row = queries.opportunity_by_id(session, row_id, confidential=True)
    if row is None:
        raise NotFoundError("Cette fiche n’existe pas.")
    return row
