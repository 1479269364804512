"""Reports of the nights, for facilitators."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.night import reports
from api.web.checked_router import CheckedRouter
from api.web.dependencies import FacilitatorDep, UnitDep
from api.web.problems import PROBLEMS

router = CheckedRouter(prefix="/api/nights", tags=["nuits"], responses=PROBLEMS)


class NightOut(BaseModel):
    """Une nuit : ce qui a été lu, rapproché, envoyé, laissé et pourquoi, et le verdict sur les poids appris."""

    model_config = ConfigDict(from_attributes=True)

    day: date
    stages: dict[str, Any] = Field(description="Ce que chaque étape terminée a fait, avec sa durée.")
    mails: dict[str, int] = Field(description="Combien de messages de cette nuit sont dans chaque état, à cet instant.")
    announcements: dict[str, int] = Field(alias="told", title="Told", description="Combien d’annonces de chaque sorte.")
    started_at: datetime | None
    finished_at: datetime | None = Field(description="Absent tant que des messages attendent.")
    complete: bool = Field(description="Tout est fait, et rien n’a été abandonné.")

    @classmethod
    def of(cls, report: reports.NightReport) -> Self:
        return cls.model_validate(report.as_json())


class NightList(BaseModel):
    nights: list[NightOut]


@router.get("", summary="Les dernières nuits")
def nights(unit: UnitDep, _audience: FacilitatorDep, limit: Annotated[int, Query(ge=1, le=365)] = 30) -> NightList:
    return NightList(nights=[NightOut.of(report) for report in reports.last_nights(unit.session, limit)])


@router.get("/{day}", summary="Une nuit")
def night(day: date, unit: UnitDep, _audience: FacilitatorDep) -> NightOut:
    return NightOut.of(reports.read_night(unit.session, day))
