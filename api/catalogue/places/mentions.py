"""What is read of places in a text: each place, the words that named it, and what is there."""

from dataclasses import dataclass
from enum import StrEnum

from matcher.types import Point


class PlaceKind(StrEnum):
    COMMUNE = "commune"
    TERRITORY = "territory"  # an intercommunality, or a country that people speak of (Vercors)
    DEPARTMENT = "department"


class PlaceRole(StrEnum):
    """What is at a place."""

    WORK = "work"
    BUYER = "buyer"  # who asks, or its seat
    DELIVERY = "delivery"
    OTHER = "other"  # a court, a distance, a postal address to answer to


@dataclass(frozen=True)
class MentionedPlace:
    """A place that a text names; `text[start:end]` are the words that it was read from."""

    kind: PlaceKind
    name: str
    department: str | None  # None for a territory of several
    commune: str | None  # INSEE code, of a commune only
    point: Point | None  # inexact for all but communes
    words: str
    start: int
    end: int
    role: PlaceRole
    confidence: float  # between 0 and 1, two decimals

    @property
    def label(self) -> str:
        """Return the name as pages show it: `Crest (26)`, `Ardèche`."""
        if self.kind is PlaceKind.DEPARTMENT or self.department is None:
            return self.name
        return f"{self.name} ({self.department})"


@dataclass(frozen=True)
class PlaceReading:
    """All places of a text, each once in each list, the most plausible first.

    Where no work is placed, `work` holds the places of who asks, with less confidence and in the role BUYER.
    """

    work: tuple[MentionedPlace, ...] = ()
    others: tuple[MentionedPlace, ...] = ()

    @property
    def best(self) -> MentionedPlace | None:
        """Return the most plausible place of work."""
        return self.work[0] if self.work else None
