"""The tables' content as the matcher sees it and as a reader is shown it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from api.catalogue import queries
from api.catalogue.axes import Axis, axis_of_row
from api.catalogue.places.gazetteer import Gazetteer
from api.catalogue.schemas import OpportunityStatus
from api.confidentiality.teaser import Teaser, Teasers, facts_of, is_announced
from api.matching.answer import ActorCard, OpportunityCard
from api.matching.conversion import actor_value, blind, opportunity_value
from matcher.types import Actor, ActorKind, Opportunity
from models.database import reading
from models.tables import Actor as ActorRow
from models.tables import Lot as LotRow
from models.tables import Opportunity as OpportunityRow
from models.tables import TakeoverCase as TakeoverRow


@dataclass(frozen=True)
class Content:
    """What the tables hold, as the matcher sees it and as a reader is shown it."""

    actors: tuple[Actor, ...]
    opportunities: tuple[Opportunity, ...]
    actor_cards: dict[str, ActorCard]
    opportunity_cards: dict[str, OpportunityCard]
    confidential: frozenset[str]
    teasers: dict[str, Opportunity]
    teaser_texts: dict[str, str]
    cancelled: frozenset[str]
    gazetteer: Gazetteer


def read_content(engine: Engine, departments: Collection[str]) -> Content:
    """Return the actors with their members, and the opportunities lot by lot."""
    with reading(engine) as session:
        gazetteer = Gazetteer(queries.all_communes(session))
        actor_rows = queries.all_actors(session)
        memberships = queries.all_memberships(session)
        opportunity_rows = queries.all_opportunities(session)
        lots = queries.all_lots(session)
        cases = {case.opportunity_id: case for case in queries.all_takeover_cases(session)}
        other = queries.hidden_as_duplicates(session)
        contracts = queries.contracts_by_siret(session)
    # What a person said is another: that other stands for both, unless one has become confidential since.
    secret = {row.id: row.confidential for rows in (actor_rows, opportunity_rows) for row in rows}
    other = {one: kept for one, kept in other.items() if secret.get(one) == secret.get(kept)}
    actor_rows = [row for row in actor_rows if row.id not in other]
    opportunity_rows = [row for row in opportunity_rows if row.id not in other]
    won = {siret: tuple(dict.fromkeys(one.title for one in rows)) for siret, rows in contracts.items()}
    lone = {row.id: actor_value(row, gazetteer.point(row), won.get(row.siret or "", ())) for row in actor_rows}
    members: dict[str, list[Actor]] = {}
    hidden = {row.id for row in actor_rows if row.confidential}
    for membership in memberships:
        # What a confidential member adds to its network would betray it to an outsider.
        member, carrier = (other.get(one, one) for one in (membership.member_id, membership.carrier_id))
        joined = members.setdefault(carrier, []) if member in lone and member != carrier else []
        if member not in hidden and member in lone and lone[member] not in joined:
            joined.append(lone[member])
    lots_by_opportunity: dict[str, list[LotRow]] = {}
    for lot in lots:
        lots_by_opportunity.setdefault(lot.opportunity_id, []).append(lot)
    opportunities: list[Opportunity] = []
    cards: dict[str, OpportunityCard] = {}
    confidential, cancelled = set(hidden), set[str]()
    teasers: dict[str, Opportunity] = {}
    teaser_texts: dict[str, str] = {}
    announced = [row for row in opportunity_rows if is_announced(row)]
    describe = _describer(actor_rows, cases, gazetteer, departments) if announced else None
    for row in opportunity_rows:
        own_lots = lots_by_opportunity.get(row.id, [])
        parts: Sequence[LotRow | None] = own_lots or [None]
        axis = axis_of_row(row, own_lots)
        for part in parts:
            value = opportunity_value(row, gazetteer.point(row), part, cases.get(row.id))
            opportunities.append(value)
            cards[value.id] = _opportunity_card(row, part, gazetteer.name(row), axis)
            if row.status == OpportunityStatus.CANCELLED:
                cancelled.add(value.id)
            if row.confidential:
                confidential.add(value.id)
                if describe and is_announced(row):
                    teaser = describe(row)
                    teasers[value.id], teaser_texts[value.id] = blind(value, teaser.activity), teaser.text
    return Content(
        actors=tuple(
            replace(actor, members=tuple(members[actor.id])) if actor.id in members else actor
            for actor in lone.values()
        ),
        opportunities=tuple(opportunities),
        actor_cards={
            row.id: ActorCard(row.id, row.name, row.kind, gazetteer.name(row), row.department) for row in actor_rows
        },
        opportunity_cards=cards,
        confidential=frozenset(confidential),
        teasers=teasers,
        teaser_texts=teaser_texts,
        cancelled=frozenset(cancelled),
        gazetteer=gazetteer,
    )


def _describer(
    actors: Sequence[ActorRow], cases: Mapping[str, TakeoverRow], gazetteer: Gazetteer, departments: Collection[str]
) -> Callable[[OpportunityRow], Teaser]:
    establishments = [row for row in actors if not row.confidential and row.kind != ActorKind.NETWORK]
    teasers = Teasers(establishments, departments)

    def describe(row: OpportunityRow) -> Teaser:
        case = cases.get(row.id)
        return teasers.of(facts_of(row, case.headcount if case else None), gazetteer.names)

    return describe


def _opportunity_card(row: OpportunityRow, lot: LotRow | None, commune: str | None, axis: Axis) -> OpportunityCard:
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
    )
