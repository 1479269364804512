"""Ids of the records of a world, in order."""

from sqlalchemy import Engine

from api.accounts.audience import Audience
from api.catalogue import records
from api.catalogue.queries import Listing
from models.database import reading

HOUSE = Audience(confidential=True)


def actor_ids(engine: Engine, limit: int, audience: Audience = HOUSE) -> list[str]:
    """Return the first ids of actors that this audience may see."""
    with reading(engine) as session:
        return [row.id for row in records.actor_page(session, Listing(limit=limit), audience)]


def opportunity_ids(engine: Engine, limit: int, audience: Audience = HOUSE) -> list[str]:
    """Return the first ids of opportunities that this audience may see."""
    with reading(engine) as session:
        return [row.id for row in records.opportunity_page(session, Listing(limit=limit), audience)]
