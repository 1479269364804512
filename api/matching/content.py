"""The desk's content as the matcher sees it and as a reader is shown it, made of the tables' records."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine

from api.catalogue.places.places_in_text import Gazetteer
from api.matching.described_cases import Described, Establishments
from api.matching.desk_actors import ActorCards, ActorChanges, DeskActors
from api.matching.opportunity_content import OpportunityContent, OpportunitySources, make_opportunity_content
from api.matching.reading import Records, read_records
from models.database import reading


@dataclass(frozen=True)
class Content:
    """What the tables hold, as the matcher sees it and as a reader is shown it.

    actor_changes: since the content that it was made after; None where that is unknown, or there is none.
    confidential: ids of actors, opportunities and lots.
    """

    actors: DeskActors = field(compare=False)
    actor_changes: ActorChanges | None = field(compare=False)
    opportunities: OpportunityContent
    actor_cards: ActorCards = field(compare=False)
    confidential: frozenset[str]
    gazetteer: Gazetteer
    establishments: Establishments = field(compare=False)


def read_content(engine: Engine, departments: Collection[str]) -> Content:
    """Return the actors with their members, and the opportunities lot by lot."""
    with reading(engine) as session:
        records = read_records(session)
    return make_content(records, departments)


def make_content(
    records: Records,
    departments: Collection[str],
    before: Content | None = None,
    described: Mapping[str, Described] | None = None,
) -> Content:
    """Return the content of records; where it is as it was before, the same objects, or `before` itself.

    departments: the codes of those that the desk serves, the same as before. described: cases, as they were described
    among the establishments of these very records.
    """
    others = _duplicates(records)
    off = frozenset(others) | records.marks.archived | _left(records, others)
    if before and off == before.actors.off:
        off = before.actors.off
    actors = DeskActors(records, others, off, before.actors if before else None)
    changes = actors.changes_since(before.actors) if before else None
    if before and not changes:
        actors = before.actors
    if before and changes is not None:
        establishments = before.establishments.followed_by(
            actors, records.register, before.actors, changes.establishments
        )
    else:
        establishments = Establishments(actors, records.register, departments, dict(described or {}))
    opportunities = make_opportunity_content(
        OpportunitySources(records.opportunities, frozenset(others), establishments, records.gazetteer),
        before.opportunities if before else None,
    )
    content = Content(
        actors=actors,
        actor_changes=changes,
        opportunities=opportunities,
        actor_cards=ActorCards(actors),
        confidential=_confidential(actors, records.marks.confidential, opportunities, before, changes),
        gazetteer=records.gazetteer,
        establishments=establishments,
    )
    return before if before and not changes and before == content else content


def _confidential(
    actors: DeskActors,
    marked: frozenset[str],
    opportunities: OpportunityContent,
    before: Content | None,
    changes: ActorChanges | None,
) -> frozenset[str]:
    """Return what of the desk is confidential. marked: actors that are, on the desk or not."""
    if before and changes is not None:
        is_same = opportunities is before.opportunities and marked is before.actors.confidential
        # Who came on the desk, or went, is among what changed.
        if is_same and marked.isdisjoint(changes.changed) and marked.isdisjoint(changes.removed):
            return before.confidential
    return opportunities.confidential.union(filter(actors.__contains__, marked))


def _left(records: Records, others: Mapping[str, str]) -> frozenset[str]:
    """Return the actors that have left: each SIRET of theirs, or of a row that stands for them, is closed."""
    several = {*others, *others.values()}
    signs: dict[str, list[bool]] = {}
    for row_id in several:
        record = records.actors.get(row_id)
        if record and record.siret:
            signs.setdefault(others.get(row_id, row_id), []).append(record.left)
    return (records.marks.left - several) | {row_id for row_id, own_signs in signs.items() if all(own_signs)}


def _duplicates(records: Records) -> dict[str, str]:
    """Return rows that stand for another → that other, unless one of the two has become confidential since."""

    def confidential(row_id: str) -> bool | None:
        if row_id in records.actors:
            return row_id in records.marks.confidential
        record = records.opportunities.get(row_id)
        return record.confidential if record else None

    return {hidden: kept for hidden, kept in records.duplicates.items() if confidential(hidden) == confidential(kept)}
