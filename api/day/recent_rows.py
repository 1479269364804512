"""The rows that somebody of the house last changed or spoke about: what is corrected next is often one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models.actors import Actor
from models.interactions import Interaction
from models.opportunities import Opportunity
from models.row_history import RowEdit

# Acts of each kind that are looked through: several are about one row.
_LOOKED_THROUGH = 30


@dataclass(frozen=True)
class RecentRow:
    """A row that somebody handled, and when."""

    row: Actor | Opportunity
    at: datetime


def recent_rows(session: Session, by: str, limit: int) -> list[RecentRow]:
    """Return the rows on the desk that an account handled by hand, the last first. by: as the journal names it."""
    edits = select(RowEdit.row_id, RowEdit.edited_at).where(RowEdit.edited_by == by, RowEdit.through == "")
    edited = session.exec(edits.order_by(col(RowEdit.number).desc()).limit(_LOOKED_THROUGH)).all()
    acts = select(Interaction.actor_id, Interaction.opportunity_id, Interaction.at).where(Interaction.by == by)
    spoken = session.exec(acts.order_by(col(Interaction.at).desc(), Interaction.id).limit(_LOOKED_THROUGH)).all()
    moments: dict[str, datetime] = {}
    about = [(row_id, at) for actor_id, opportunity_id, at in spoken for row_id in (actor_id, opportunity_id) if row_id]
    for row_id, at in (*edited, *about):
        moments[row_id] = max(at, moments.get(row_id, at))
    rows = [RecentRow(row, moments[row.id]) for row in _on_the_desk(session, moments)]
    return sorted(rows, key=lambda recent: (recent.at, recent.row.id), reverse=True)[:limit]


def _on_the_desk(session: Session, ids: Iterable[str]) -> Sequence[Actor | Opportunity]:
    wanted = list(ids)
    actors = select(Actor).where(col(Actor.id).in_(wanted), col(Actor.archived_at).is_(None))
    opportunities = select(Opportunity).where(col(Opportunity.id).in_(wanted), col(Opportunity.archived_at).is_(None))
    return [*session.exec(actors).all(), *session.exec(opportunities).all()]
