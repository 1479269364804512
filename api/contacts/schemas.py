"""What a contact may hold: validated in one place, for forms and for imported files."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.accounts.email_address import WHY_REFUSED, normalize_email
from api.contacts.phone_numbers import normalize_phone
from api.core.errors import InvalidError

# From the day on which a contact is entered or confirmed: what the CNIL recommends for people whom one may call.
RETENTION = timedelta(days=3 * 365)


class LawfulBasis(StrEnum):
    """Why a person may be kept (GDPR, article 6(1))."""

    LEGITIMATE_INTEREST = "legitimate_interest"
    CONSENT = "consent"
    CONTRACT = "contract"
    PUBLIC_TASK = "public_task"


def _email(value: str) -> str:
    try:
        return normalize_email(value) if value else ""
    except InvalidError:
        raise ValueError(WHY_REFUSED) from None


def _phone(value: str) -> str:
    return normalize_phone(value) if value else ""


class ContactIn(BaseModel):
    """A contact as it is entered: whom to reach, and how. retained_until: the last day on which it is kept."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(default="", max_length=200)
    role: str = Field(default="", max_length=100)
    phone: Annotated[str, AfterValidator(_phone)] = Field(default="", max_length=60)
    email: Annotated[str, AfterValidator(_email)] = Field(default="", max_length=300)
    source: str = Field(min_length=1, max_length=300)
    lawful_basis: LawfulBasis = LawfulBasis.LEGITIMATE_INTEREST
    retained_until: date = Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))

    @model_validator(mode="after")
    def _is_of_use(self) -> Self:
        if not (self.name or self.phone or self.email):
            raise ValueError("donnez au moins un nom, un téléphone ou une adresse électronique")
        return self
