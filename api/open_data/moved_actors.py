"""Actors that moved: where an establishment of a company opens and another closed, it is one actor with a new SIRET."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from api.open_data import queries
from api.open_data.provenance import RowProvenance
from api.open_data.sources.contract import ActorFound, SourceFact


@dataclass(frozen=True)
class MovedActor:
    """An actor that has a new SIRET. source_id: its source's id of it; row: its columns, with the former SIRET."""

    source_id: str
    row: dict[str, Any]


def moved_actors(
    session: Session,
    facts: Iterable[SourceFact],
    provenances: Mapping[str, RowProvenance],
    kept_ids: Mapping[str, str],
) -> dict[str, MovedActor]:
    """Return the actors of these facts that moved, by their new SIRET.

    The source has spoken of the row before, under the SIRET that it still has, and no row has the new one: two rows are
    for a person to decide on. provenances, kept_ids: of all SIRET in these facts.
    """
    arrivals = [
        fact
        for fact in facts
        if isinstance(fact, ActorFound)
        and fact.former
        and fact.source_id not in provenances
        and fact.source_id not in kept_ids
    ]
    if not arrivals:
        return {}
    known_sirets = queries.actors_by_key(session, [f"siret:{fact.source_id}" for fact in arrivals])
    former_rows = queries.actors_by_key(session, [f"siret:{siret}" for fact in arrivals for siret in fact.former])
    moved: dict[str, MovedActor] = {}
    for fact in arrivals:
        if f"siret:{fact.source_id}" in known_sirets:
            continue
        for siret in fact.former:
            source_id = siret if siret in provenances else kept_ids.get(siret, "")
            provenance, row = provenances.get(source_id), former_rows.get(f"siret:{siret}")
            if provenance and row and provenance.row_id == row["id"]:
                moved[fact.source_id] = MovedActor(source_id, row)
                break
    return moved
