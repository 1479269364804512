"""Actors: read, list, add, change."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import Body, Query
from pydantic import BaseModel, ConfigDict, Field

from api.catalogue import record_changes, records
from api.catalogue.queries import Listing
from api.catalogue.schemas import ActorChanges, ActorIn, DepartmentCode
from api.web.checked_router import CheckedRouter
from api.web.dependencies import AudienceDep, EngineDep, FacilitatorDep, PlacesDep, UnitDep
from api.web.problems import PROBLEMS
from matcher.types import ActorKind

router = CheckedRouter(prefix="/api/actors", tags=["acteurs"], responses=PROBLEMS)

EXAMPLE: dict[str, Any] = {
    "source": "saisie",
    "source_id": "jardins-du-vercors",
    "name": "Les Jardins du Vercors",
    "kind": "aci",
    "activities": ["entretien d’espaces verts", "maraîchage biologique"],
    "naf": [{"code": "81.30Z", "nomenclature": "naf_rev2"}],
    "commune_code": "26113",
    "radius_km": 40,
    "headcount": 18,
    "approvals": ["siae"],
    "seeks": ["markets"],
}


class ActorBrief(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    kind: ActorKind
    commune_name: str | None
    department: str | None


class ActorState(BaseModel):
    """Ce qu’un registre dit d’une entreprise qui n’est plus dans les listes."""

    model_config = ConfigDict(from_attributes=True)

    state: Literal["closed", "insolvent"] = Field(description="Fermée, ou en procédure collective.")
    since: date | None = Field(description="Jour de la fermeture ou de l’annonce.")
    words: str = Field(description="Ce que dit l’annonce.")
    source: str
    url: str


class ActorOut(ActorBrief):
    """Un acteur ; une valeur absente est inconnue."""

    source: str
    source_id: str | None
    siret: str | None
    legal_category: str | None
    activities: list[str]
    naf: list[dict[str, str]]
    commune_code: str | None
    postcode: str | None
    lat: float | None
    lon: float | None
    radius_km: float | None
    area_departments: list[str]
    area_communes: list[str]
    headcount: int | None
    headcount_band: str | None
    turnover_eur: float | None
    approvals: list[str]
    seeks: list[str]
    ess: bool | None
    esus: bool | None
    website: str | None
    confidential: bool
    information_date: date | None
    updated_at: datetime
    carriers: list[ActorBrief] = Field([], description="Réseaux et CAE dont il est membre.")
    state: ActorState | None = Field(None, description="Fermé ou en procédure, d’après un registre ; vide sinon.")
    listed: bool = Field(True, description="Dans les listes : ouvert, ou gardé par une personne.")
    members: list[ActorBrief] = Field([], description="Ceux dont il porte les compétences.")

    @classmethod
    def of(cls, actor_file: records.ActorFile) -> Self:
        actor_out = cls.model_validate(actor_file.actor)
        actor_out.carriers = [ActorBrief.model_validate(brief_actor) for brief_actor in actor_file.carriers]
        actor_out.members = [ActorBrief.model_validate(brief_actor) for brief_actor in actor_file.members]
        actor_out.state = ActorState.model_validate(actor_file.state) if actor_file.state else None
        actor_out.listed = actor_file.listed
        return actor_out


class ActorPage(BaseModel):
    actors: list[ActorBrief]
    next: str | None = Field(description="À redonner dans `after` pour la page suivante ; absent à la fin.")


@router.get("", summary="Lister les acteurs")
def list_actors(
    unit: UnitDep,
    audience: AudienceDep,
    q: Annotated[str, Query(max_length=100, description="Partie du nom.")] = "",
    kind: ActorKind | None = None,
    department: DepartmentCode | None = None,
    after: Annotated[str, Query(max_length=36)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ActorPage:
    listing = Listing(q, kind, department, after, limit)
    actor_rows = records.actor_page(unit.session, listing, audience)
    return ActorPage(
        actors=[ActorBrief.model_validate(actor_row) for actor_row in actor_rows],
        next=actor_rows[-1].id if len(actor_rows) == limit else None,
    )


@router.get("/{actor_id}", summary="Lire un acteur")
def read_actor(actor_id: str, unit: UnitDep, audience: AudienceDep) -> ActorOut:
    return ActorOut.of(records.read_actor(unit, actor_id, audience))


@router.post("", status_code=201, summary="Ajouter un acteur")
def add_actor(
    actor: Annotated[ActorIn, Body(openapi_examples={"chantier d’insertion": {"value": EXAMPLE}})],
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    audience: FacilitatorDep,
) -> ActorOut:
    created = record_changes.create_actor(engine, actor, by=audience.by, places=places)
    return ActorOut.of(records.read_actor(unit, created, audience))


@router.patch("/{actor_id}", summary="Modifier un acteur")
def change_actor(
    actor_id: str,
    changes: Annotated[
        ActorChanges, Body(openapi_examples={"effectif": {"value": {"headcount": 21, "radius_km": None}}})
    ],
    engine: EngineDep,
    unit: UnitDep,
    places: PlacesDep,
    audience: FacilitatorDep,
) -> ActorOut:
    """Un champ absent ne change pas ; `null` l’efface."""
    record_changes.change_actor(engine, actor_id, changes.model_dump(exclude_unset=True), by=audience.by, places=places)
    return ActorOut.of(records.read_actor(unit, actor_id, audience))
