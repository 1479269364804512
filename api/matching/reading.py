"""The tables' rows as records: read whole once, and afterwards only those that changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlmodel import Session

from api.catalogue.axes import Axis, axis_of_row
from api.catalogue.changes import change_counter, changes_since
from api.catalogue.company_states import company_states, siren_of
from api.catalogue.places import queries as place_queries
from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.schemas import OpportunityStatus
from api.confidentiality import queries as confidentiality_queries
from api.confidentiality.facts import Facts, facts_of
from api.confidentiality.queries import PublicEstablishment, RegisterGroup
from api.confidentiality.teaser import is_announced
from api.confidentiality.told_lines import ToldLine, last_lines
from api.matching import queries
from api.matching.actor_marks import ActorMarks
from api.matching.answer import ActorCard, OpportunityCard
from api.matching.conversion import actor_value, opportunity_value
from api.matching.row_tables import RowTable
from matcher import text_fields
from matcher.types import Actor, ActorKind, FinanceProduct, Opportunity
from models.tables import Actor as ActorRow
from models.tables import Lot as LotRow
from models.tables import Opportunity as OpportunityRow
from models.tables import TakeoverCase as TakeoverRow

Record = TypeVar("Record")


@dataclass(frozen=True)
class ActorRecord:
    """An actor by itself. value: without members; establishment: what a teaser counts, None for a network.

    siret: its own, if known. left: a register says that it is closed or insolvent, and nobody keeps it in the lists.
    archived: a person took it from the desk.
    """

    value: Actor
    card: ActorCard
    confidential: bool
    establishment: PublicEstablishment | None
    siret: str | None = None
    left: bool = False
    archived: bool = False

    @property
    def texts(self) -> set[str]:
        """The texts that must be encoded before it can be shown."""
        return {phrase.text for phrase in text_fields.actor_phrases(self.value)} or {""}


@dataclass(frozen=True)
class OpportunityRecord:
    """An opportunity, lot by lot, or whole where it has none.

    facts: of a case that is announced; last_line: the last that was told of it, if any. archived: as of an actor.
    """

    values: tuple[Opportunity, ...]
    cards: tuple[OpportunityCard, ...]
    confidential: bool
    cancelled: bool
    facts: Facts | None
    last_line: ToldLine | None
    archived: bool = False

    @property
    def texts(self) -> set[str]:
        """The texts that must be encoded before it can be shown."""
        return {phrase.text for value in self.values for phrase in text_fields.opportunity_phrases(value)}


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
        actors = _table(_read_actors(session, gazetteer, None), known.actors if known else {})
        return Records(
            counter,
            actors,
            ActorMarks().with_rows(actors),
            _table(_read_opportunities(session, gazetteer, None), known.opportunities if known else {}),
            _read_members(session, None),
            queries.hidden_as_duplicates(session),
            gazetteer,
            known.register if known and "register" not in changed else confidentiality_queries.register_groups(session),
        )
    actor_ids = (
        changed.get("actors", set())
        | queries.actor_ids_of(session, changed.get("contracts_won", ()))
        | queries.actor_ids_of_companies(session, changed.get("company_states", ()))
    )
    opportunity_ids = changed.get("opportunities", set())
    carriers = changed.get("memberships", set())
    read = _asked(_read_actors(session, known.gazetteer, actor_ids), actor_ids)
    return Records(
        counter,
        known.actors.with_rows(read),
        known.marks.with_rows(read),
        known.opportunities.with_rows(
            _asked(_read_opportunities(session, known.gazetteer, opportunity_ids), opportunity_ids)
        ),
        _patched(known.members, _read_members(session, carriers), carriers),
        queries.hidden_as_duplicates(session) if "duplicate_proposals" in changed else known.duplicates,
        known.gazetteer,
        confidentiality_queries.register_groups(session) if "register" in changed else known.register,
    )


def read_some(
    session: Session, gazetteer: Gazetteer, actor_ids: Collection[str], opportunity_ids: Collection[str] = ()
) -> Records:
    """Return the records of some rows alone; what stands for another is said of all rows."""
    actors = _table(_read_actors(session, gazetteer, actor_ids), {})
    return Records(
        change_counter(session),
        actors,
        ActorMarks().with_rows(actors),
        _table(_read_opportunities(session, gazetteer, opportunity_ids), {}),
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
    if not changed:
        return known
    rest = {row_id: record for row_id, record in known.items() if row_id not in changed}
    return dict(sorted({**rest, **read}.items()))


def _kept(known: Record | None, read: Record) -> Record:
    """Return the known object where it equals what was read."""
    return known if known is not None and known == read else read


def _read_actors(session: Session, gazetteer: Gazetteer, ids: Collection[str] | None) -> dict[str, ActorRecord]:
    rows = list(queries.actors_among(session, ids))
    sirets = None if ids is None else {row.siret for row in rows if row.siret}
    contracts = queries.contract_titles(session, sirets)
    states = company_states(session, None if sirets is None else {siren_of(siret) for siret in sirets})
    products = queries.finance_products(session, ids)
    return {
        row.id: _actor_record(
            row,
            gazetteer,
            contracts.get(row.siret or "", ()),
            products.get(row.id, ()),
            left=not row.stays_listed and states.of(row.siret) is not None,
        )
        for row in rows
    }


def _actor_record(
    row: ActorRow, gazetteer: Gazetteer, references: Iterable[str], products: Iterable[FinanceProduct], *, left: bool
) -> ActorRecord:
    establishment = PublicEstablishment(
        row.id, row.siret, row.naf, row.commune_code, row.department, row.headcount, row.headcount_band
    )
    return ActorRecord(
        actor_value(row, gazetteer.point(row), tuple(dict.fromkeys(references)), tuple(products)),
        ActorCard(row.id, row.name, row.kind, gazetteer.name(row), row.department),
        row.confidential,
        None if row.kind == ActorKind.NETWORK else establishment,
        row.siret,
        left,
        row.archived_at is not None,
    )


def _read_opportunities(
    session: Session, gazetteer: Gazetteer, ids: Collection[str] | None
) -> dict[str, OpportunityRecord]:
    lots: dict[str, list[LotRow]] = {}
    for lot in queries.lots_among(session, ids):
        lots.setdefault(lot.opportunity_id, []).append(lot)
    cases = {case.opportunity_id: case for case in queries.takeover_cases_among(session, ids)}
    rows = list(queries.opportunities_among(session, ids))
    lines = last_lines(session, [row.id for row in rows if is_announced(row)])
    return {
        row.id: _opportunity_record(row, gazetteer, lots.get(row.id, []), cases.get(row.id), lines.get(row.id))
        for row in rows
    }


def _opportunity_record(
    row: OpportunityRow,
    gazetteer: Gazetteer,
    lots: Sequence[LotRow],
    case: TakeoverRow | None,
    last_line: ToldLine | None,
) -> OpportunityRecord:
    parts: Sequence[LotRow | None] = lots or [None]
    point, commune, axis = gazetteer.point(row), gazetteer.name(row), axis_of_row(row, lots)
    amount = _amount(row, lots, case)
    return OpportunityRecord(
        tuple(opportunity_value(row, point, part, case) for part in parts),
        tuple(_opportunity_card(row, part, commune, axis, amount) for part in parts),
        row.confidential,
        row.status == OpportunityStatus.CANCELLED,
        facts_of(row, case.headcount if case else None) if is_announced(row) else None,
        last_line,
        row.archived_at is not None,
    )


def _amount(row: OpportunityRow, lots: Sequence[LotRow], case: TakeoverRow | None) -> float | None:
    """Return euros: what a market says or all its lots say together; of a takeover, the price."""
    if case:
        return case.price_max_eur or case.price_min_eur
    of_lots = [lot.amount_eur for lot in lots if lot.amount_eur is not None]
    return row.amount_eur or (sum(of_lots) if of_lots and len(of_lots) == len(lots) else None)


def _opportunity_card(
    row: OpportunityRow, lot: LotRow | None, commune: str | None, axis: Axis, amount: float | None
) -> OpportunityCard:
    return OpportunityCard(
        id=lot.id if lot else row.id,
        opportunity_id=row.id,
        lot_id=lot.id if lot else None,
        lot_number=lot.number if lot else None,
        title=row.title,
        lot_title=lot.title if lot else None,
        kind=row.kind,
        commune=commune,
        department=row.department,
        deadline=row.deadline.isoformat() if row.deadline else None,
        axis=axis,
        buyer=row.buyer_name,
        source=row.source,
        amount_eur=amount,
    )


def _read_members(session: Session, carriers: Collection[str] | None) -> dict[str, tuple[str, ...]]:
    members: dict[str, list[str]] = {}
    for membership in queries.memberships_among(session, carriers):
        members.setdefault(membership.carrier_id, []).append(membership.member_id)
    return {carrier: tuple(sorted(members[carrier])) for carrier in sorted(members)}
