"""Ratings, for facilitators: reading partners' answers, and recording answers given by telephone."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Body, Query
from pydantic import BaseModel, ConfigDict, Field

from api.learning import ratings as journey
from api.web.checked_router import CheckedRouter
from api.web.dependencies import EngineDep, FacilitatorDep, NowDep, UnitDep
from api.web.problems import PROBLEMS
from api.web.shown_elsewhere import once_written
from matcher.learning.observations import Objection

router = CheckedRouter(prefix="/api/ratings", tags=["avis"], responses=PROBLEMS)

WHOM: dict[str, Any] = {
    "partner_id": "3b241101-e2bb-4255-8caf-4136c566a962",
    "suggestion_id": "8f14e45f-ceea-5467-9c3d-0242ac120002",
}
EXAMPLES: dict[str, Any] = {
    "intéressé": {"value": WHOM | {"interest": 3, "comment": "disponible dès mars"}},
    "pas pour nous": {"value": WHOM | {"interest": 0, "reasons": ["too_far", "too_short"]}},
    "la suite": {"value": WHOM | {"answered": True, "retained": False}},
}


class RatingIn(BaseModel):
    """Ce que dit un partenaire. L’intérêt, ou la suite qu’il a donnée, ou les deux."""

    model_config = ConfigDict(extra="forbid")

    partner_id: str = Field(max_length=36, description="Donné par GET /api/subscriptions.")
    suggestion_id: str = Field(max_length=36)
    interest: int | None = Field(
        None, ge=0, le=journey.INTERESTS[-1], description="0 pas pour nous, 1 à la rigueur, 2 intéressé, 3 à appeler."
    )
    reasons: list[Objection] = Field([], max_length=len(Objection), description="Pourquoi un non.")
    comment: str = Field("", max_length=journey.COMMENT_LENGTH, description="Sans nommer personne.")
    answered: bool | None = Field(None, description="Après l’échéance : a-t-il répondu ?")
    retained: bool | None = Field(None, description="A-t-il été retenu ?")


class RatingOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    partner_id: str
    suggestion_id: str
    impression_id: str | None = Field(description="La liste où la suggestion a été vue.")
    interest: int | None
    reasons: list[Objection]
    comment: str
    answered: bool | None
    retained: bool | None
    created_at: datetime
    superseded_at: datetime | None = Field(description="Absent : c’est ce qui vaut aujourd’hui.")


class RatingList(BaseModel):
    ratings: list[RatingOut]


@router.get("", summary="Lire les avis sur une suggestion")
def list_ratings(
    unit: UnitDep,
    _audience: FacilitatorDep,
    suggestion_id: Annotated[str, Query(max_length=36)],
    history: Annotated[bool, Query(description="Aussi ce qui a été dit avant.")] = False,
) -> RatingList:
    rating_rows = journey.list_ratings(unit.session, suggestion_id, history=history)
    return RatingList(ratings=[RatingOut.model_validate(rating_row) for rating_row in rating_rows])


@router.post("", status_code=201, summary="Noter pour un partenaire")
def add_rating(
    rating: Annotated[RatingIn, Body(openapi_examples=EXAMPLES)],
    engine: EngineDep,
    now: NowDep,
    _audience: FacilitatorDep,
) -> RatingOut:
    """Le dernier avis vaut, les précédents sont gardés ; redire la même chose n’ajoute rien."""
    rated = once_written(engine, lambda: journey.rate(engine, **rating.model_dump(), now=now))
    return RatingOut.model_validate(rated)
