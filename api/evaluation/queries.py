"""Queries of the evaluation."""

from sqlmodel import Session, select

from models.tables import Actor, Lot, Opportunity


def source_ids(session: Session) -> dict[str, str]:
    """Ids of actors, opportunities and lots → what their source calls them; a lot is `opportunity#number`."""
    names = {row.id: row.source_id or row.natural_key for row in session.exec(select(Actor)).all()}
    opportunities = {row.id: row.source_id for row in session.exec(select(Opportunity)).all()}
    lots = {lot.id: f"{opportunities[lot.opportunity_id]}#{lot.number}" for lot in session.exec(select(Lot)).all()}
    return names | opportunities | lots
