"""Types of settings: lists as they are written in the environment, networks, ports, days before a date."""

from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt
from pydantic_settings import NoDecode

from api.core import official_codes


def _codes(value: Any) -> Any:
    """Split a list as it is written in the environment: at commas, blanks, or both."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _network(value: str) -> str:
    """Return an IP address or network. Raises ValueError."""
    try:
        ip_network(value)
    except ValueError:
        raise ValueError(f"adresse ou réseau IP attendu, pas {value}") from None
    return value


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


Departments = Annotated[
    tuple[Annotated[str, AfterValidator(official_codes.department)], ...],
    Field(min_length=1),
    NoDecode,
    BeforeValidator(_codes),
    AfterValidator(_distinct),
]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_codes), AfterValidator(_distinct)]
Networks = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_codes), AfterValidator(_distinct)
]
# Days before a date on which it is called to mind.
LeadDays = Annotated[
    tuple[PositiveInt, ...],
    NoDecode,
    BeforeValidator(_codes),
    AfterValidator(lambda days: tuple(sorted(set(days), reverse=True))),
]
Security = Literal["none", "starttls", "tls"]
SecondFactor = Literal["off", "offered", "required"]
Port = Annotated[int, Field(ge=1, le=65_535)]
