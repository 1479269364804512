"""A need kept as an opportunity: through the catalogue's own writer, and journaled by it."""

from pydantic import ValidationError
from sqlalchemy import Engine

from api.catalogue import queries, record_changes
from api.catalogue.places.book import PlacesBook
from api.catalogue.schemas import (
    MOST_LOTS,
    Activity,
    LotIn,
    Nomenclature,
    OpportunityIn,
    OpportunityOrigin,
    TakeoverIn,
)
from api.catalogue.validation_messages import in_french
from api.core.errors import ConflictError, InvalidError
from api.understanding.need import Need, NeedKind, NeedPlace
from matcher.types import OpportunityKind
from models.database import reading

SOURCE = "collage"


def keep_need(engine: Engine, need: Need, reference: str, *, by: str, places: PlacesBook) -> str:
    """Store a need as an opportunity and return its id; kept twice under one reference, it is one.

    A takeover is confidential, as every new case. Raises InvalidError.
    """
    try:
        opportunity = opportunity_of(need, reference)
    except ValidationError as error:
        fields = [(".".join(map(str, problem["loc"])), in_french(problem)) for problem in error.errors()]
        raise InvalidError(fields) from error
    try:
        return record_changes.create_opportunity(engine, opportunity, by=by, places=places)
    except ConflictError:
        with reading(engine) as session:
            kept = queries.opportunity_by_key(session, opportunity.natural_key)
        if kept is None:
            raise
        return kept.id


def opportunity_of(need: Need, reference: str) -> OpportunityIn:
    """Return what the catalogue stores of a need. Raises ValidationError."""
    facts = need.takeover
    is_takeover = need.kind is NeedKind.TAKEOVER
    return OpportunityIn(
        source=SOURCE,
        source_id=reference,
        kind=OpportunityKind.TAKEOVER if is_takeover else OpportunityKind.MARKET,
        origin=_origin(need),
        title=need.title,
        description=need.description or None,
        buyer_name=need.buyer,
        naf=[Activity(code=code, nomenclature=Nomenclature.NAF_REV2) for code in need.naf],
        cpv=list(need.cpv),
        amount_eur=None if is_takeover else need.amount_eur,
        deadline=need.deadline,
        reserved=list(need.reserved),
        social_clause=need.social_clause,
        url=need.url,
        commune_code=need.place.commune if need.place else None,
        commune_name=_commune_name(need.place),
        department=need.place.department if need.place else None,
        lots=[]
        if is_takeover
        else [
            LotIn(
                number=lot.number,
                title=lot.title,
                cpv=list(lot.cpv),
                amount_eur=lot.amount_eur,
                reserved=list(lot.reserved),
            )
            for lot in need.lots[:MOST_LOTS]
        ],
        takeover=TakeoverIn(
            cause=facts.cause,
            headcount=facts.headcount,
            turnover_eur=facts.turnover_eur,
            price_max_eur=facts.price_eur,
            holder_siren=facts.holder_siren,
        )
        if is_takeover and facts
        else None,
    )


def _commune_name(place: NeedPlace | None) -> str | None:
    """Return the name of a commune, without the département that its label says."""
    return place.label.partition(" (")[0] if place and place.commune else None


def _origin(need: Need) -> OpportunityOrigin | None:
    if need.kind is NeedKind.TAKEOVER:
        return None
    if need.subcontract:
        return OpportunityOrigin.SUBCONTRACT
    return OpportunityOrigin.TENDER if need.kind is NeedKind.TENDER else OpportunityOrigin.UNMET_NEED
