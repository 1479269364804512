"""The desk's content as the matcher sees it and as a reader is shown it, made of the tables' records."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Engine

from api.catalogue.places.places_in_text import Gazetteer
from api.confidentiality.facts import Facts
from api.confidentiality.queries import PublicEstablishment, RegisterGroup
from api.confidentiality.teaser import Teaser, Teasers
from api.confidentiality.told_lines import ToldLine
from api.matching.answer import ActorCard, OpportunityCard
from api.matching.conversion import blind
from api.matching.reading import ActorRecord, OpportunityRecord, Records, read_records
from matcher.types import Actor, Opportunity
from models.database import reading

Value = TypeVar("Value")


@dataclass(frozen=True)
class TeaserBasis:
    """The establishments among which cases are described, and the descriptions that they allow."""

    establishments: Sequence[PublicEstablishment]
    register: Sequence[RegisterGroup]
    teasers: Teasers


@dataclass(frozen=True)
class Content:
    """What the tables hold, as the matcher sees it and as a reader is shown it.

    new_lines: case → the line that is to be recorded before anybody is shown it, and how many establishments it fits.
    """

    actors: tuple[Actor, ...]
    opportunities: tuple[Opportunity, ...]
    actor_cards: dict[str, ActorCard]
    opportunity_cards: dict[str, OpportunityCard]
    confidential: frozenset[str]
    teasers: dict[str, Opportunity]
    teaser_texts: dict[str, str]
    cancelled: frozenset[str]
    gazetteer: Gazetteer
    teaser_basis: TeaserBasis | None  # None: there is no case to describe
    new_lines: Mapping[str, tuple[ToldLine, int]]


def read_content(engine: Engine, departments: Collection[str]) -> Content:
    """Return the actors with their members, and the opportunities lot by lot."""
    with reading(engine) as session:
        records = read_records(session)
    return make_content(records, departments)


def make_content(records: Records, departments: Collection[str], before: Content | None = None) -> Content:
    """Return the content of records; where it is as it was before, the same objects, or `before` itself.

    departments: the codes of those that the desk serves, the same as before.
    """
    actors, opportunities = _on_the_desk(records)
    values = _kept({actor.id: actor for actor in before.actors} if before else {}, _with_members(records, actors))
    basis = _teaser_basis(actors, opportunities, records.register, departments, before.teaser_basis if before else None)
    describe = _describer(basis, records.gazetteer)
    confidential = {actor_id for actor_id, record in actors.items() if record.confidential}
    teasers: dict[str, Opportunity] = {}
    teaser_texts: dict[str, str] = {}
    new_lines: dict[str, tuple[ToldLine, int]] = {}
    for row_id, record in opportunities.items():
        if record.confidential:
            confidential.update(value.id for value in record.values)
            if describe and record.facts:
                teaser = describe(record.facts, record.last_line)
                if teaser.line is not record.last_line:
                    new_lines[row_id] = (teaser.line, teaser.fits)
                teasers |= {value.id: blind(value, teaser.activity) for value in record.values}
                teaser_texts |= {value.id: teaser.text for value in record.values}
    content = Content(
        actors=tuple(values.values()),
        opportunities=tuple(value for record in opportunities.values() for value in record.values),
        actor_cards={actor_id: record.card for actor_id, record in actors.items()},
        opportunity_cards={card.id: card for record in opportunities.values() for card in record.cards},
        confidential=frozenset(confidential),
        teasers=_kept(before.teasers if before else {}, teasers),
        teaser_texts=teaser_texts,
        cancelled=frozenset(
            value.id for record in opportunities.values() if record.cancelled for value in record.values
        ),
        gazetteer=records.gazetteer,
        teaser_basis=basis,
        new_lines=new_lines,
    )
    return before if before == content else content


def _on_the_desk(records: Records) -> tuple[dict[str, ActorRecord], dict[str, OpportunityRecord]]:
    """Return the records without those that a person archived or said are another, and actors that have left."""
    others = _duplicates(records)
    off = others.keys() | _left(records, others)
    return (
        {row_id: record for row_id, record in records.actors.items() if row_id not in off and not record.archived},
        {
            row_id: record
            for row_id, record in records.opportunities.items()
            if row_id not in off and not record.archived
        },
    )


def _left(records: Records, others: Mapping[str, str]) -> set[str]:
    """Return the actors that have left: each SIRET of theirs, or of a row that stands for them, is closed."""
    signs: dict[str, list[bool]] = {}
    for row_id, record in records.actors.items():
        if record.siret:
            signs.setdefault(others.get(row_id, row_id), []).append(record.left)
    return {row_id for row_id, own_signs in signs.items() if all(own_signs)}


def _duplicates(records: Records) -> dict[str, str]:
    """Return rows that stand for another → that other, unless one of the two has become confidential since."""

    def confidential(row_id: str) -> bool | None:
        record = records.actors.get(row_id) or records.opportunities.get(row_id)
        return record.confidential if record else None

    return {hidden: kept for hidden, kept in records.duplicates.items() if confidential(hidden) == confidential(kept)}


def _with_members(records: Records, actors: Mapping[str, ActorRecord]) -> dict[str, Actor]:
    others = _duplicates(records)
    members: dict[str, dict[str, Actor]] = {}
    for carrier_id, member_ids in records.members.items():
        carrier = others.get(carrier_id, carrier_id)
        for member in (others.get(member_id, member_id) for member_id in member_ids):
            record = actors.get(member)
            # What a confidential member adds to its network would betray it to an outsider.
            if record and not record.confidential and member != carrier:
                members.setdefault(carrier, {})[member] = record.value
    return {
        actor_id: replace(record.value, members=tuple(members[actor_id].values()))
        if actor_id in members
        else record.value
        for actor_id, record in actors.items()
    }


def _teaser_basis(
    actors: Mapping[str, ActorRecord],
    opportunities: Mapping[str, OpportunityRecord],
    register: Sequence[RegisterGroup],
    departments: Collection[str],
    before: TeaserBasis | None,
) -> TeaserBasis | None:
    if not any(record.confidential and record.facts for record in opportunities.values()):
        return None
    establishments = [
        record.establishment for record in actors.values() if record.establishment and not record.confidential
    ]
    if before and before.register is register and before.establishments == establishments:
        return before
    return TeaserBasis(establishments, register, Teasers(establishments, departments, register))


def _describer(basis: TeaserBasis | None, gazetteer: Gazetteer) -> Callable[[Facts, ToldLine | None], Teaser] | None:
    if basis is None:
        return None
    names = gazetteer.names
    return lambda facts, last_line: basis.teasers.of(facts, names, last_line)


def _kept(before: Mapping[str, Value], after: dict[str, Value]) -> dict[str, Value]:
    """Return the values of now, each the object of before where it equals it."""
    return {name: before[name] if name in before and before[name] == value else value for name, value in after.items()}
