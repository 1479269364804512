"""An understood need as the matcher's questions: one, or one a lot."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from api.understanding.need import Need, NeedKind, NeedLot, NeedPlace
from matcher.types import Opportunity, OpportunityKind


def opportunities_of(need: Need, today: date) -> Sequence[Opportunity]:
    """Return what is asked for by a need: the whole, or each of its lots.

    A deadline that is over excludes nobody: whoever pastes an old notice asks who would suit it.
    """
    facts = need.takeover
    whole = Opportunity(
        id="text",
        kind=OpportunityKind.TAKEOVER if need.kind is NeedKind.TAKEOVER else OpportunityKind.MARKET,
        title=need.title,
        description=need.description,
        naf=need.naf,
        cpv=need.cpv,
        # The notice's own subject words say what an unknown code would.
        cpv_labels=() if need.cpv else need.trades,
        amount_eur=facts.price_eur if facts else need.amount_eur,
        headcount=facts.headcount if facts else None,
        subcontract=need.subcontract,
        reserved=frozenset(need.reserved),
        own_sirens=frozenset({facts.holder_siren} if facts and facts.holder_siren else ()),
        deadline=need.deadline if need.deadline and need.deadline >= today else None,
        pasted=True,
    )
    whole = _placed(whole, need.place)
    return [_lot(whole, lot, position) for position, lot in enumerate(need.lots)] or [whole]


def name_of_question(question: Opportunity) -> str:
    """Return what tells two questions apart, as a text of which only a hash is kept."""
    codes = [*question.cpv, *question.naf, *sorted(question.reserved), *question.cpv_labels]
    place = question.commune or question.department or repr(question.point)
    words = [question.kind, question.title, question.lot_title, question.description, *codes, place]
    return "\n".join([*words, repr((question.amount_eur, question.headcount, question.deadline))])


def _lot(whole: Opportunity, lot: NeedLot, position: int) -> Opportunity:
    cpv = lot.cpv or whole.cpv
    part = replace(
        whole,
        # An index sorts by id.
        id=f"text#{position:04}",
        lot_title=lot.title,
        cpv=cpv,
        cpv_labels=() if cpv else whole.cpv_labels,
        amount_eur=lot.amount_eur,
        reserved=frozenset(lot.reserved) or whole.reserved,
    )
    return _placed(part, lot.place) if lot.place else part


def _placed(opportunity: Opportunity, place: NeedPlace | None) -> Opportunity:
    if place is None:
        return opportunity
    return replace(opportunity, point=place.point, department=place.department, commune=place.commune)
