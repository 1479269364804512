"""The desk's content as the matcher sees it and as a reader is shown it, made of the tables' records."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Engine

from api.catalogue.places.places_in_text import Gazetteer
from api.confidentiality.told_lines import ToldLine
from api.matching.answer import OpportunityCard
from api.matching.conversion import blind
from api.matching.described_cases import Described, Establishments
from api.matching.desk_actors import ActorCards, ActorChanges, DeskActors
from api.matching.reading import Records, read_records
from matcher.types import Opportunity
from models.database import reading

Value = TypeVar("Value")


@dataclass(frozen=True)
class Content:
    """What the tables hold, as the matcher sees it and as a reader is shown it.

    actor_changes: since the content that it was made after; None where that is unknown, or there is none.
    new_lines: case → the line that is to be recorded before anybody is shown it, and how many establishments it fits.
    """

    actors: DeskActors = field(compare=False)
    actor_changes: ActorChanges | None = field(compare=False)
    opportunities: tuple[Opportunity, ...]
    actor_cards: ActorCards = field(compare=False)
    opportunity_cards: dict[str, OpportunityCard]
    confidential: frozenset[str]
    teasers: dict[str, Opportunity]
    teaser_texts: dict[str, str]
    cancelled: frozenset[str]
    gazetteer: Gazetteer
    establishments: Establishments = field(compare=False)
    new_lines: Mapping[str, tuple[ToldLine, int]]


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
    actors = DeskActors(records, others, off, before.actors if before else None)
    changes = actors.changes_since(before.actors) if before else None
    if before and not changes:
        actors = before.actors
    opportunities = {
        row_id: record for row_id, record in records.opportunities.items() if row_id not in off and not record.archived
    }
    if before and changes is not None:
        establishments = before.establishments.followed_by(
            actors, records.register, before.actors, changes.establishments
        )
    else:
        establishments = Establishments(actors, records.register, departments, dict(described or {}))
    confidential = {actor_id for actor_id in records.marks.confidential if actor_id in actors}
    teasers: dict[str, Opportunity] = {}
    teaser_texts: dict[str, str] = {}
    new_lines: dict[str, tuple[ToldLine, int]] = {}
    for row_id, record in opportunities.items():
        if record.confidential:
            confidential.update(value.id for value in record.values)
            if record.facts:
                told = establishments.describe(row_id, record.facts, record.last_line, records.gazetteer.names)
                if told.line is not record.last_line:
                    new_lines[row_id] = (told.line, told.fits)
                teasers |= {value.id: blind(value, told.activity) for value in record.values}
                teaser_texts |= {value.id: told.line.text for value in record.values}
    content = Content(
        actors=actors,
        actor_changes=changes,
        opportunities=tuple(value for record in opportunities.values() for value in record.values),
        actor_cards=ActorCards(actors),
        opportunity_cards={card.id: card for record in opportunities.values() for card in record.cards},
        confidential=frozenset(confidential),
        teasers=_kept(before.teasers if before else {}, teasers),
        teaser_texts=teaser_texts,
        cancelled=frozenset(
            value.id for record in opportunities.values() if record.cancelled for value in record.values
        ),
        gazetteer=records.gazetteer,
        establishments=establishments,
        new_lines=new_lines,
    )
    return before if before and not changes and before == content else content


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


def _kept(before: Mapping[str, Value], after: dict[str, Value]) -> dict[str, Value]:
    """Return the values of now, each the object of before where it equals it."""
    return {name: before[name] if name in before and before[name] == value else value for name, value in after.items()}
