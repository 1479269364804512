"""What was understood of a pasted text, as the API answers it."""

from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from api.understanding.need import Need, NeedPlace, UnderstoodNeed
from matcher.types import Reservation


class PlaceOut(BaseModel):
    label: str
    department: str | None
    commune_code: str | None

    @classmethod
    def of(cls, place: NeedPlace) -> Self:
        return cls(label=place.label, department=place.department, commune_code=place.commune)


class LotOut(BaseModel):
    number: str
    title: str
    cpv: list[str]
    amount_eur: float | None
    reserved: list[Reservation]
    place: PlaceOut | None


class TakeoverOut(BaseModel):
    cause: str
    headcount: int | None
    turnover_eur: float | None
    price_eur: float | None
    premises: bool | None = Field(description="Des locaux, des murs ou un terrain vont avec.")
    employees_willing: bool | None = Field(description="Des salariés veulent reprendre.")
    holder: str | None
    holder_siren: str | None


class UnderstoodOut(BaseModel):
    """Ce qui a été compris d’un texte, avant de classer ; `words` cite les mots dont chaque champ est tiré."""

    kind: str = Field(description="tender, message ou takeover.")
    title: str
    lots: list[LotOut]
    place: PlaceOut | None
    other_places: list[PlaceOut]
    cpv: list[str]
    naf: list[str]
    trades: list[str]
    amount_eur: float | None
    deadline: date | None
    reserved: list[Reservation]
    social_clause: bool | None
    social_hours: int | None
    buyer: str | None
    url: str | None
    subcontract: bool
    takeover: TakeoverOut | None
    words: dict[str, str]

    @classmethod
    def of(cls, understood: UnderstoodNeed) -> Self:
        need = understood.need
        return cls.model_validate(
            {
                **{name: getattr(need, name) for name in cls.model_fields if hasattr(Need, name) and name not in _OWN},
                "lots": [
                    {
                        "number": lot.number,
                        "title": lot.title,
                        "cpv": list(lot.cpv),
                        "amount_eur": lot.amount_eur,
                        "reserved": list(lot.reserved),
                        "place": PlaceOut.of(lot.place) if lot.place else None,
                    }
                    for lot in need.lots
                ],
                "place": PlaceOut.of(need.place) if need.place else None,
                "other_places": [PlaceOut.of(place) for place in need.other_places],
                "takeover": (
                    {name: getattr(need.takeover, name) for name in TakeoverOut.model_fields} if need.takeover else None
                ),
                "words": {name: understood.words(name) for name in understood.spans},
            }
        )


_OWN = frozenset({"lots", "place", "other_places", "takeover"})
