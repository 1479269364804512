"""Opportunities (market openings and takeover cases): read, list, add, change."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from fastapi import Body, Query
from pydantic import BaseModel, ConfigDict, Field

from api.catalogue import record_changes, records
from api.catalogue.queries import Listing
from api.catalogue.schemas import DepartmentCode, OpportunityChanges, OpportunityIn
from api.web.checked_router import CheckedRouter
from api.web.dependencies import AudienceDep, EngineDep, FacilitatorDep, PlacesDep, UnitDep
from api.web.problems import PROBLEMS
from matcher.types import OpportunityKind

router = CheckedRouter(prefix="/api/opportunities", tags=["opportunités"], responses=PROBLEMS)

EXAMPLES: dict[str, Any] = {
    "débouché": {
        "summary": "Un marché alloti",
        "value": {
            "source_id": "crest-2026-014",
            "title": "Entretien du parc et des bâtiments communaux",
            "buyer_name": "Commune de Crest",
            "commune_code": "26108",
            "deadline": "2027-01-15",
            "social_clause": True,
            "lots": [
                {"number": "1", "title": "Tonte et taille", "cpv": ["77310000"], "amount_eur": 42000},
                {"number": "2", "title": "Nettoyage des locaux", "cpv": ["90911200"], "reserved": ["siae"]},
            ],
        },
    },
    "cas de reprise": {
        "summary": "Un départ en retraite, confidentiel",
        "value": {
            "source_id": "reprise-2026-007",
            "kind": "takeover",
            "title": "Menuiserie Exemple",
            "teaser": "Menuiserie bois de six salariés, centre Ardèche",
            "naf": [{"code": "43.32A"}],
            "commune_code": "07186",
            "takeover": {"cause": "retirement", "headcount": 6, "price_min_eur": 180000, "price_max_eur": 240000},
        },
    },
}


class OpportunityBrief(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: OpportunityKind
    title: str
    commune_name: str | None
    department: str | None
    deadline: date | None
    status: str


class LotOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    number: str
    title: str
    cpv: list[str]
    amount_eur: float | None
    reserved: list[str]


class TakeoverOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    cause: str
    headcount: int | None
    turnover_eur: float | None
    price_min_eur: float | None
    price_max_eur: float | None
    transfer_on: date | None
    holder_siren: str | None


class OpportunityOut(OpportunityBrief):
    """Une opportunité ; une valeur absente est inconnue."""

    source: str
    source_id: str
    origin: str | None
    teaser: str | None
    description: str | None
    buyer_name: str | None
    buyer_siret: str | None
    naf: list[dict[str, str]]
    cpv: list[str]
    amount_eur: float | None
    commune_code: str | None
    postcode: str | None
    lat: float | None
    lon: float | None
    published_on: date | None
    reserved: list[str]
    social_clause: bool | None
    required_approvals: list[str]
    confidential: bool
    axis: int | None
    url: str | None
    updated_at: datetime
    lots: list[LotOut] = []
    takeover: TakeoverOut | None = None

    @classmethod
    def of(cls, opportunity_file: records.OpportunityFile) -> Self:
        opportunity_out = cls.model_validate(opportunity_file.opportunity)
        opportunity_out.lots = [LotOut.model_validate(lot) for lot in opportunity_file.lots]
        opportunity_out.takeover = (
            TakeoverOut.model_validate(opportunity_file.takeover) if opportunity_file.takeover else None
        )
        return opportunity_out


class OpportunityPage(BaseModel):
    opportunities: list[OpportunityBrief]
    next: str | None = Field(description="À redonner dans `after` pour la page suivante ; absent à la fin.")


@router.get("", summary="Lister les opportunités")
def list_opportunities(
    unit: UnitDep,
    audience: AudienceDep,
    q: Annotated[str, Query(max_length=100, description="Partie de l’intitulé.")] = "",
    kind: OpportunityKind | None = None,
    department: DepartmentCode | None = None,
    after: Annotated[str, Query(max_length=36)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> OpportunityPage:
    listing = Listing(q, kind, department, after, limit)
    opportunity_rows = records.opportunity_page(unit.session, listing, audience)
    return OpportunityPage(
        opportunities=[OpportunityBrief.model_validate(opportunity_row) for opportunity_row in opportunity_rows],
        next=opportunity_rows[-1].id if len(opportunity_rows) == limit else None,
    )


@router.get("/{opportunity_id}", summary="Lire une opportunité")
def read_opportunity(opportunity_id: str, unit: UnitDep, audience: AudienceDep) -> OpportunityOut:
    return OpportunityOut.of(records.read_opportunity(unit, opportunity_id, audience))


@router.post("", status_code=201, summary="Ajouter une opportunité")
def add_opportunity(
    opportunity: Annotated[OpportunityIn, Body(openapi_examples=EXAMPLES)],
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    audience: FacilitatorDep,
) -> OpportunityOut:
    created = record_changes.create_opportunity(engine, opportunity, by=audience.by, places=places)
    return OpportunityOut.of(records.read_opportunity(unit, created, audience))


@router.patch("/{opportunity_id}", summary="Modifier une opportunité")
def change_opportunity(
    opportunity_id: str,
    changes: Annotated[OpportunityChanges, Body(openapi_examples={"clôture": {"value": {"status": "closed"}}})],
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    audience: FacilitatorDep,
) -> OpportunityOut:
    """Un champ absent ne change pas ; `null` l’efface ; `lots` les remplace tous."""
    changed = changes.model_dump(exclude_unset=True)
    record_changes.change_opportunity(engine, opportunity_id, changed, by=audience.by, places=places)
    return OpportunityOut.of(records.read_opportunity(unit, opportunity_id, audience))
