"""The tables' rows as records: read whole once, and afterwards only those that changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlmodel import Session

from api.catalogue.changes import change_counter, changes_since
from api.catalogue.places import queries as place_queries
from api.catalogue.places.places_in_text import Gazetteer
from api.confidentiality import queries as confidentiality_queries
from api.confidentiality.queries import RegisterGroup
from api.matching import queries
from api.matching.actor_marks import ActorMarks
from api.matching.actor_records import ActorRecord, read_actors
from api.matching.opportunity_records import OpportunityRecord, read_opportunities
from api.matching.row_tables import RowTable

Record = TypeVar("Record")


@dataclass(frozen=True)
class Records:
    """What the tables hold at a value of the change counter; everything is sorted by id.

    marks: of the actors. members: carrier → its members; duplicates: rows that a person said are another → that other;
    register: groups of establishments of an extract, none if none was loaded.
    """

    counter: int
    actors: RowTable[ActorRecord]
    marks: ActorMarks
    opportunities: RowTable[OpportunityRecord]
    members: Mapping[str, tuple[str, ...]]
    duplicates: Mapping[str, str]
    gazetteer: Gazetteer
    register: Sequence[RegisterGroup]


def read_records(session: Session, known: Records | None = None) -> Records:
    """Return the records of this moment: with those that are known, only what changed since is read.

    A record that did not change is the same object as before, so that what is made of it can be kept.
    """
    counter = change_counter(session)
    if known and counter == known.counter:
        return known
    changed = changes_since(session, known.counter) if known else {}
    if known is None or "communes" in changed:
        # A commune places any row that names it.
        gazetteer = Gazetteer(place_queries.all_communes(session), place_queries.all_former_communes(session))
        actors = _table(read_actors(session, gazetteer, None), known.actors if known else {})
        return Records(
            counter,
            actors,
            ActorMarks().with_rows(actors),
            _table(read_opportunities(session, gazetteer, None), known.opportunities if known else {}),
            _read_members(session, None),
            queries.hidden_as_duplicates(session),
            gazetteer,
            known.register if known and "register" not in changed else confidentiality_queries.register_groups(session),
        )
    actor_ids = changed.get("actors", set())
    if sirets := changed.get("contracts_won"):
        actor_ids |= queries.actor_ids_of(session, sirets)
    if sirens := changed.get("company_states"):
        actor_ids |= queries.actor_ids_of_companies(session, sirens)
    opportunity_ids = changed.get("opportunities", set())
    carriers = changed.get("memberships", set())
    read = _asked(read_actors(session, known.gazetteer, actor_ids), actor_ids)
    return Records(
        counter,
        known.actors.with_rows(read),
        known.marks.with_rows(read),
        known.opportunities.with_rows(
            _asked(read_opportunities(session, known.gazetteer, opportunity_ids), opportunity_ids)
        ),
        _patched(known.members, _read_members(session, carriers), carriers) if carriers else known.members,
        queries.hidden_as_duplicates(session) if "duplicate_proposals" in changed else known.duplicates,
        known.gazetteer,
        confidentiality_queries.register_groups(session) if "register" in changed else known.register,
    )


def read_some(
    session: Session, gazetteer: Gazetteer, actor_ids: Collection[str], opportunity_ids: Collection[str] = ()
) -> Records:
    """Return the records of some rows alone; what stands for another is said of all rows."""
    actors = _table(read_actors(session, gazetteer, actor_ids), {})
    return Records(
        change_counter(session),
        actors,
        ActorMarks().with_rows(actors),
        _table(read_opportunities(session, gazetteer, opportunity_ids), {}),
        _read_members(session, actor_ids),
        queries.hidden_as_duplicates(session),
        gazetteer,
        (),
    )


def hold_back(records: Records, shown: Records, waiting: Collection[str]) -> Records:
    """Return records in which rows that wait for their texts stand as they are shown, or not at all.

    Never as less confidential than they are: who may hear of a row is taken from what it is now.
    """
    actors: dict[str, ActorRecord | None] = {}
    opportunities: dict[str, OpportunityRecord | None] = {}
    for row_id in waiting:
        if actor := records.actors.get(row_id):
            before = shown.actors.get(row_id)
            actors[row_id] = before and replace(
                before,
                confidential=actor.confidential,
                siret=actor.siret,
                left=actor.left,
                archived=actor.archived,
            )
        elif opportunity := records.opportunities.get(row_id):
            former = shown.opportunities.get(row_id)
            opportunities[row_id] = former and replace(
                former,
                confidential=opportunity.confidential,
                facts=opportunity.facts,
                last_line=opportunity.last_line,
                archived=opportunity.archived,
            )
    return replace(
        records,
        actors=records.actors.with_rows(actors),
        marks=records.marks.with_rows(actors),
        opportunities=records.opportunities.with_rows(opportunities),
    )


def _table(read: Mapping[str, Record], known: Mapping[str, Record]) -> RowTable[Record]:
    """Return the rows that were read in the order of their ids, each the known object where it equals it."""
    return RowTable({row_id: _kept(known.get(row_id), read[row_id]) for row_id in sorted(read)})


def _asked(read: Mapping[str, Record], asked: Collection[str]) -> dict[str, Record | None]:
    """Return the rows that were asked for, None where there is none."""
    return {row_id: read.get(row_id) for row_id in asked}


def _patched(known: Mapping[str, Record], read: Mapping[str, Record], changed: Collection[str]) -> Mapping[str, Record]:
    """Return what is known, with what was read in its place; changed: which rows were asked for."""
    rest = {row_id: record for row_id, record in known.items() if row_id not in changed}
    return dict(sorted({**rest, **read}.items()))


def _kept(known: Record | None, read: Record) -> Record:
    """Return the known object where it equals what was read."""
    return known if known is not None and known == read else read


def _read_members(session: Session, carriers: Collection[str] | None) -> dict[str, tuple[str, ...]]:
    members: dict[str, list[str]] = {}
    for membership in queries.memberships_among(session, carriers):
        members.setdefault(membership.carrier_id, []).append(membership.member_id)
    return {carrier: tuple(sorted(members[carrier])) for carrier in sorted(members)}
