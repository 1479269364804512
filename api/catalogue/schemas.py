"""What enters: actors and opportunities as files, services and clients send them, validated before tables change.

Every validator's message is in French: it ends before a person, in an import report or in a problem document.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, create_model, model_validator

from api.catalogue.natural_keys import natural_key
from api.core import official_codes
from api.core.digits import plain_digits
from matcher.types import ActorKind, OpportunityKind, Reservation, Seeking

T = TypeVar("T")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

Slug = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[a-z0-9_]{2,60}$")]

# Of a list, and of an opportunity's lots: each lot is ranked as an opportunity is.
MOST_ITEMS, MOST_LOTS = 1_000, 200

# As people write it, with blanks and points.
Code = Annotated[str, StringConstraints(max_length=60), AfterValidator(plain_digits)]

# Pydantic's `\d` is any digit of Unicode; the pattern is asked after they are plain ones.
Postcode = Annotated[Code, StringConstraints(pattern=r"^[0-9]{5}$")]

LegalCategory = Annotated[Code, StringConstraints(pattern=r"^[0-9]{4}$")]

# Of one of our own rows.
Id = Annotated[str, StringConstraints(max_length=36)]

Siret = Annotated[Code, AfterValidator(official_codes.siret)]

Siren = Annotated[Code, AfterValidator(official_codes.siren)]

NafCode = Annotated[Code, AfterValidator(official_codes.naf)]

CpvCode = Annotated[Code, AfterValidator(official_codes.cpv)]

CommuneCode = Annotated[Code, AfterValidator(official_codes.commune)]

DepartmentCode = Annotated[Code, AfterValidator(official_codes.department)]

HeadcountBand = Annotated[Code, AfterValidator(official_codes.headcount_band)]

Euros = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]

Headcount = Annotated[int, Field(ge=0, le=1_000_000)]

Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]

Axis = Annotated[int, Field(ge=1, le=3)]

PlausibleDate = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2100, 12, 31))]

RecordKind = Literal["actors", "opportunities"]


def _unique(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))


Distinct = Annotated[list[T], Field(max_length=MOST_ITEMS), AfterValidator(_unique)]


class Nomenclature(StrEnum):
    """NAF 2025 replaces NAF rev. 2 in 2027: a code means nothing without the name of its nomenclature."""

    NAF_REV2 = "naf_rev2"
    NAF_2025 = "naf_2025"


class OpportunityOrigin(StrEnum):
    TENDER = "tender"
    SUBCONTRACT = "subcontract"
    RECURRING_NEED = "recurring_need"
    UNMET_NEED = "unmet_need"


class OpportunityStatus(StrEnum):
    """`expected`: nothing is published yet; `published_on` is then the day when it is expected to be."""

    OPEN = "open"
    EXPECTED = "expected"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class TakeoverCause(StrEnum):
    RETIREMENT = "retirement"
    INSOLVENCY = "insolvency"
    RELOCATION = "relocation"
    OTHER = "other"


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", use_enum_values=True, str_strip_whitespace=True)


class Activity(Schema):
    """One code of an activity nomenclature."""

    code: NafCode
    nomenclature: Nomenclature = Field(Nomenclature.NAF_REV2, validate_default=True)


class Place(Schema):
    """Where something is. A commune's code is best; a name with a postcode, or a point, will do."""

    commune_code: CommuneCode | None = None
    commune_name: ShortText | None = None
    postcode: Postcode | None = None
    department: DepartmentCode | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None

    @model_validator(mode="after")
    def _point_is_whole(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("latitude et longitude vont ensemble : l’une manque")
        return self


class ActorIn(Place):
    """An actor as it is sent to us."""

    source: Slug = "saisie"
    source_id: ShortText | None = None
    siret: Siret | None = None
    name: ShortText
    kind: ActorKind
    legal_category: LegalCategory | None = None
    activities: Distinct[ShortText] = []
    naf: Annotated[list[Activity], Field(max_length=MOST_ITEMS)] = []
    radius_km: Annotated[float, Field(gt=0, le=1500, allow_inf_nan=False)] | None = None
    area_departments: Distinct[DepartmentCode] = []
    area_communes: Distinct[CommuneCode] = []
    headcount: Headcount | None = None
    headcount_band: HeadcountBand | None = None
    turnover_eur: Euros | None = None
    approvals: Distinct[Slug] = []
    seeks: Distinct[Seeking] = []
    member_of: Distinct[ShortText] = []
    ess: bool | None = None
    esus: bool | None = None
    website: Annotated[str, StringConstraints(pattern=r"^(?i:https?)://\S+$", max_length=300)] | None = None
    confidential: bool | None = None
    information_date: PlausibleDate | None = None

    @model_validator(mode="after")
    def _has_a_natural_key(self) -> Self:
        if self.siret is None and self.source_id is None:
            raise ValueError("il faut un SIRET ou un identifiant de la source")
        if self.siret is not None and self.kind == ActorKind.ENTREPRENEUR:
            raise ValueError("un·e entrepreneur·e de CAE n’a pas de SIRET propre : c’est celui de sa coopérative")
        return self

    @property
    def is_confidential(self) -> bool:
        """A group of employees betrays the takeover that it prepares: confidential unless said otherwise."""
        return self.kind == ActorKind.EMPLOYEE_GROUP if self.confidential is None else self.confidential

    @property
    def natural_key(self) -> str:
        return natural_key("actors", self.kind, self.source, self.source_id, self.siret)


class LotIn(Schema):
    number: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    title: Text
    cpv: Distinct[CpvCode] = []
    amount_eur: Euros | None = None
    reserved: Distinct[Reservation] = []


class TakeoverIn(Schema):
    cause: TakeoverCause = Field(TakeoverCause.OTHER, validate_default=True)
    headcount: Headcount | None = None
    turnover_eur: Euros | None = None
    price_min_eur: Euros | None = None
    price_max_eur: Euros | None = None
    transfer_on: PlausibleDate | None = None
    holder_siren: Siren | None = None

    @model_validator(mode="after")
    def _price_range_is_ordered(self) -> Self:
        if (
            self.price_min_eur is not None
            and self.price_max_eur is not None
            and self.price_min_eur > self.price_max_eur
        ):
            raise ValueError("le prix minimal dépasse le prix maximal")
        return self


class OpportunityIn(Place):
    """A market opening or a takeover case as it is sent to us."""

    source: Slug = "saisie"
    source_id: ShortText
    kind: OpportunityKind = Field(OpportunityKind.MARKET, validate_default=True)
    origin: OpportunityOrigin | None = None
    title: Text
    teaser: Text | None = None
    description: Text | None = None
    buyer_name: ShortText | None = None
    buyer_siret: Siret | None = None
    naf: Annotated[list[Activity], Field(max_length=MOST_ITEMS)] = []
    cpv: Distinct[CpvCode] = []
    amount_eur: Euros | None = None
    published_on: PlausibleDate | None = None
    deadline: PlausibleDate | None = None
    status: OpportunityStatus = Field(OpportunityStatus.OPEN, validate_default=True)
    reserved: Distinct[Reservation] = []
    social_clause: bool | None = None
    required_approvals: Distinct[Slug] = []
    confidential: bool | None = None
    axis: Axis | None = None
    url: Annotated[str, StringConstraints(pattern=r"^(?i:https?)://\S+$", max_length=500)] | None = None
    lots: Annotated[list[LotIn], Field(max_length=MOST_LOTS)] = []
    takeover: TakeoverIn | None = None

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        numbers = [lot.number for lot in self.lots]
        if len(numbers) != len(set(numbers)):
            raise ValueError("deux lots portent le même numéro")
        if self.kind == OpportunityKind.TAKEOVER:
            if self.lots:
                raise ValueError("un cas de reprise n’a pas de lots")
            self.takeover = self.takeover or TakeoverIn()
        elif self.takeover is not None:
            raise ValueError("les champs de reprise ne conviennent pas à un débouché")
        return self

    @property
    def is_confidential(self) -> bool:
        """A takeover case is confidential unless both sides said otherwise."""
        return self.kind == OpportunityKind.TAKEOVER if self.confidential is None else self.confidential

    @property
    def natural_key(self) -> str:
        return natural_key("opportunities", self.kind, self.source, self.source_id)


# Given to the schemas as they are: they would copy their own empty list each time, at ten times the price.
EMPTY_LISTS: dict[type[Any], dict[str, Any]] = {
    model: {name: [] for name, info in model.model_fields.items() if info.default == []}
    for model in (ActorIn, OpportunityIn)
}


def _partial(name: str, whole: type[Schema]) -> type[Schema]:
    """Return a schema with the fields of `whole`, all optional: an absent one keeps what is stored, null clears it."""
    fields: dict[str, Any] = {}
    for field, info in whole.model_fields.items():
        if field not in ("source", "source_id"):
            annotation = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
            fields[field] = (Optional[annotation], None)  # noqa: UP045 (a value, not a type expression)
    return create_model(name, __base__=Schema, __doc__=f"Ce qui change de {whole.__name__} ; null efface.", **fields)


if TYPE_CHECKING:

    class ActorChanges(Schema): ...

    class OpportunityChanges(Schema): ...

else:
    ActorChanges = _partial("ActorChanges", ActorIn)
    OpportunityChanges = _partial("OpportunityChanges", OpportunityIn)
