"""Rows to the matcher's values."""

from api.catalogue.schemas import OpportunityStatus
from api.core import official_codes
from matcher.types import Actor, ActorKind, FinanceProduct, Opportunity, OpportunityKind, Point, Reservation, Seeking
from models.tables import Actor as ActorRow
from models.tables import Lot as LotRow
from models.tables import Opportunity as OpportunityRow
from models.tables import TakeoverCase as TakeoverRow


def actor_value(
    row: ActorRow,
    point: Point | None,
    references: tuple[str, ...] = (),
    products: tuple[FinanceProduct, ...] = (),
) -> Actor:
    """Return an actor as the matcher sees it, without its members.

    references: titles of contracts that it won. products: what it lends, guarantees or brings.
    """
    return Actor(
        id=row.id,
        kind=ActorKind(row.kind),
        name=row.name,
        activities=tuple(row.activities),
        naf=tuple(activity["code"] for activity in row.naf),
        point=point,
        department=row.department,
        commune=row.commune_code,
        radius_km=row.radius_km,
        area_departments=frozenset(row.area_departments),
        area_communes=frozenset(row.area_communes),
        headcount=_headcount(row),
        turnover_eur=row.turnover_eur,
        approvals=frozenset(row.approvals),
        seeks=frozenset(Seeking(seeking) for seeking in row.seeks),
        ess=True if row.esus else row.ess,
        siren=row.siret[:9] if row.siret else None,
        informed_on=row.information_date,
        references=references,
        products=products,
    )


def opportunity_value(
    row: OpportunityRow, point: Point | None, lot: LotRow | None, case: TakeoverRow | None
) -> Opportunity:
    """Return an opportunity, or one of its lots, as the matcher sees it."""
    takeover = row.kind == OpportunityKind.TAKEOVER
    sirens = [row.buyer_siret[:9] if row.buyer_siret else None, case.holder_siren if case else None]
    price = (case.price_max_eur or case.price_min_eur) if case else None
    return Opportunity(
        id=lot.id if lot else row.id,
        kind=OpportunityKind(row.kind),
        # A case's teaser says the trade; its title is the company's name.
        title=(row.teaser or row.title) if takeover else row.title,
        description=row.description or "",
        lot_title=lot.title if lot else "",
        naf=tuple(activity["code"] for activity in row.naf),
        cpv=tuple((lot.cpv if lot else None) or row.cpv),
        point=point,
        department=row.department,
        commune=row.commune_code,
        amount_eur=price if takeover else (lot.amount_eur if lot else row.amount_eur),
        headcount=case.headcount if case else None,
        subcontract=row.origin == "subcontract",
        reserved=frozenset(Reservation(r) for r in ((lot.reserved if lot else None) or row.reserved)),
        required_approvals=frozenset(row.required_approvals),
        own_sirens=frozenset(siren for siren in sirens if siren),
        # Of what is still to come, it is the day when it is expected.
        published_on=None if row.status == OpportunityStatus.EXPECTED else row.published_on,
        deadline=row.deadline,
        open=row.status == OpportunityStatus.OPEN,
    )


def blind(case: Opportunity, activity: str) -> Opportunity:
    """Return what an outsider is told of a confidential case, as the matcher sees it: the trade that its teaser names.

    A score made from it can say no more than it; nor does who holds the case exclude anybody, which would tell it.
    """
    return Opportunity(id=case.id, kind=case.kind, title=activity, open=case.open, blind=True)


def _headcount(row: ActorRow) -> float | None:
    """Return the headcount, or the middle of its band (the lowest of an open one)."""
    if row.headcount is not None:
        return row.headcount
    low, high = official_codes.HEADCOUNT_BANDS.get(row.headcount_band or "NN", (None, None))
    if low is None:
        return None
    return low if high is None else (low + high) / 2
