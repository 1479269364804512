"""A need as it was understood, or as somebody corrected it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from api.catalogue.places.mentions import MentionedPlace
from api.catalogue.schemas import TakeoverCause
from matcher.types import Point, Reservation

_AROUND = ' \t\n-–—:.,;|/•*«»"(\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'


class NeedKind(StrEnum):
    TENDER = "tender"
    MESSAGE = "message"
    TAKEOVER = "takeover"


class Span(NamedTuple):
    """Where something was read: `text[start:end]`."""

    start: int
    end: int

    def inside(self, other: "Span") -> bool:
        return other.start <= self.start and self.end <= other.end

    def trimmed(self, text: str) -> "Span":
        """Return the span without the blanks and marks around its words."""
        words = text[self.start : self.end]
        left = len(words) - len(words.lstrip(_AROUND))
        return Span(self.start + left, self.start + max(left, len(words.rstrip(_AROUND))))


@dataclass(frozen=True, slots=True)
class NeedPlace:
    """A place; `commune` is an INSEE code, None for a département or a territory."""

    label: str
    department: str | None = None
    commune: str | None = None
    point: Point | None = None

    @classmethod
    def of(cls, place: MentionedPlace) -> "NeedPlace":
        return cls(place.label, place.department, place.commune, place.point)


@dataclass(frozen=True, slots=True)
class NeedLot:
    """A lot; what it does not say itself is the whole's."""

    number: str
    title: str
    cpv: tuple[str, ...] = ()
    amount_eur: float | None = None
    reserved: tuple[Reservation, ...] = ()
    place: NeedPlace | None = None


@dataclass(frozen=True, slots=True)
class TakeoverFacts:
    """What only a takeover has. None: not said. `premises`: land or buildings go with it."""

    cause: TakeoverCause = TakeoverCause.OTHER
    headcount: int | None = None
    turnover_eur: float | None = None
    price_eur: float | None = None
    premises: bool | None = None
    employees_willing: bool | None = None
    holder: str | None = None
    holder_siren: str | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody needs. None and empty: not said.

    title: the object in one line; description: what else of the text is compared. trades: the notice's own subject
    words. other_places: those that were read too, which a reader may mean. takeover: only of that kind.
    """

    kind: NeedKind
    title: str
    description: str = ""
    lots: tuple[NeedLot, ...] = ()
    place: NeedPlace | None = None
    other_places: tuple[NeedPlace, ...] = ()
    cpv: tuple[str, ...] = ()
    naf: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()
    amount_eur: float | None = None
    deadline: date | None = None
    reserved: tuple[Reservation, ...] = ()
    social_clause: bool | None = None
    social_hours: int | None = None
    buyer: str | None = None
    url: str | None = None
    subcontract: bool = False
    takeover: TakeoverFacts | None = None


@dataclass(frozen=True, slots=True)
class UnderstoodNeed:
    """A need, and the words of `text` that its fields were read from, by the field's name (`lots.2.amount_eur`)."""

    need: Need
    text: str = ""
    spans: Mapping[str, Span] = field(default_factory=dict)

    def words(self, field_name: str) -> str:
        """Return the words that a field was read from, in one line; empty where it was not read."""
        span = self.spans.get(field_name)
        return " ".join(self.text[span.start : span.end].split()) if span else ""
