"""What a partner asks to correct in the cards of its own actors."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from api.catalogue.card_corrections import corrections_of, propose_correction
from api.catalogue.places.book import PlacesBook
from api.partner_view.proposals import OwnActor, PartnerSpace
from models.database import writing
from models.row_history import CardCorrection


def own_corrections(space: PartnerSpace, own: OwnActor) -> Sequence[CardCorrection]:
    """Return what this account asked to correct in an own actor's card, the newest first."""
    return corrections_of(space.unit.session, own.actor.id, space.account_id)


def correct_own_card(
    space: PartnerSpace,
    engine: Engine,
    own: OwnActor,
    changes: Mapping[str, Any],
    note: str,
    *,
    now: datetime,
    places: PlacesBook,
) -> None:
    """Ask to correct an own actor's card. Raises NotFoundError, InvalidError."""
    space.unit.end_reading()
    with writing(engine, durable=True) as session:
        propose_correction(session, own.actor.id, space.account_id, changes, note, now=now, places=places)
