"""Opportunities as records, each made of its row, its lots and its case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from api.catalogue.axes import Axis, axis_of_row
from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.schemas import OpportunityStatus
from api.confidentiality.facts import Facts, facts_of
from api.confidentiality.teaser import is_announced
from api.confidentiality.told_lines import ToldLine, last_lines
from api.matching import queries
from api.matching.answer import OpportunityCard
from api.matching.conversion import opportunity_value
from matcher import text_fields
from matcher.types import Opportunity
from models.tables import Lot as LotRow
from models.tables import Opportunity as OpportunityRow
from models.tables import TakeoverCase as TakeoverRow


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


def read_opportunities(
    session: Session, gazetteer: Gazetteer, ids: Collection[str] | None
) -> dict[str, OpportunityRecord]:
    """Return the opportunities of some ids, or all of them (None), by id; those that are not there are left out."""
    if ids is not None and not ids:
        # To make the questions takes longer than to ask them.
        return {}
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
