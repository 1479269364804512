"""Cases of actors that no ranking proposed: chosen by hand, or the members of a group, opened in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from api.brokerage.cases import OpenedCases, Origin, open_case_within
from api.catalogue import queries as catalogue_queries
from api.core.errors import InvalidError, NotFoundError
from models.base import identifier
from models.database import insert_new, writing
from models.suggestions import Suggestion, subject_name


@dataclass(frozen=True)
class Pair:
    """An actor for an opportunity, or for one of its lots."""

    actor_id: str
    opportunity_id: str
    lot_id: str | None = None

    @property
    def subject(self) -> str:
        """The subject of its suggestion: the same as if a ranking had proposed it."""
        return subject_name(self.opportunity_id, self.lot_id)

    @property
    def suggestion_id(self) -> str:
        """The id of its suggestion, proposed or not."""
        return identifier("suggestions", self.actor_id, self.subject)


def open_pairs(
    engine: Engine, pairs: Sequence[Pair], facilitator_id: str, *, origin: Origin, by: str, now: datetime
) -> OpenedCases:
    """Open a case for each pair in a unit of work of its own. Raises as `open_pairs_within`."""
    with writing(engine, durable=True) as session:
        return open_pairs_within(session, pairs, facilitator_id, origin=origin, by=by, now=now)


def open_pairs_within(
    session: Session, pairs: Sequence[Pair], facilitator_id: str, *, origin: Origin, by: str, now: datetime
) -> OpenedCases:
    """Open a case for each pair, all or none; what is open already is left alone. In the caller's unit of work.

    No impression is written: nobody was shown at a rank, so that nothing is learned from what becomes of the pair.
    Raises NotFoundError for an unknown actor, opportunity or lot; InvalidError without a pair, or if one side is
    archived.
    """
    if not pairs:
        raise InvalidError([("acteur", "choisissez au moins un acteur")])
    opened_cases = []
    for pair in dict.fromkeys(pairs):
        actor = catalogue_queries.actor_by_id(session, pair.actor_id, confidential=True)
        opportunity = catalogue_queries.opportunity_by_id(session, pair.opportunity_id, confidential=True)
        if actor is None or opportunity is None:
            raise NotFoundError("Cet acteur ou cette opportunité n’existe pas.")
        for row, name in ((actor, actor.name), (opportunity, opportunity.title)):
            if row.archived_at is not None:
                raise InvalidError([("acteur", f"la fiche « {name} » est archivée")])
        if pair.lot_id and pair.lot_id not in {
            lot.id for lot in catalogue_queries.lots_of(session, pair.opportunity_id)
        }:
            raise NotFoundError("Ce lot n’existe pas.")
        suggestion = Suggestion(
            id=pair.suggestion_id,
            actor_id=pair.actor_id,
            subject=pair.subject,
            opportunity_id=pair.opportunity_id,
            lot_id=pair.lot_id,
            confidential=actor.confidential or opportunity.confidential,
            created_at=now,
        )
        insert_new(session, Suggestion, [suggestion.model_dump()])
        opened_cases.append(open_case_within(session, suggestion.id, facilitator_id, origin=origin, by=by, now=now))
    return OpenedCases.of(opened_cases)
