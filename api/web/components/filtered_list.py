"""What lists with filters share: what was asked as it was typed, headings that sort, and one page of the list."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import Field

from api.catalogue.places.places_in_text import Gazetteer
from api.core import french_input, french_numbers
from api.search.places import read_place
from api.web.components.forms import Pages
from api.web.components.saved_views import ShownViews
from matcher.types import Point

# What a list may be asked for: outside, moments do not convert.
FIRST_YEAR, LAST_YEAR = 2000, 2200
RADII_KM = (10, 20, 30, 50, 100)
# Values of an address, by what is typed into them.
Word = Annotated[str, Field(max_length=60)]
Line = Annotated[str, Field(max_length=100)]
# Before the name of an order in the address: the order turned round.
TURNED = "-"
# The name of the field of the place.
PLACE = "lieu"
UNKNOWN_PLACE = "Commune ou code postal inconnu : le lieu n’est pas pris en compte."


@dataclass(frozen=True)
class Chosen:
    """The filters of a list as they were typed. values, problems, notes: by the names of the fields.

    problems: what is wrong with a value, which then filters nothing. notes: how another was understood.
    """

    values: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The address's query, with all that was typed."""
        return urlencode({name: value for name, value in self.values.items() if value})

    @property
    def kept_query(self) -> str:
        """The same without what filters nothing: what a saved view keeps."""
        kept = {name: value for name, value in self.values.items() if value and name not in self.problems}
        return urlencode(kept)


class FieldReader:
    """Reads typed values one by one; what it cannot read counts as none, and `problems` says why, by field."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}

    def day(self, name: str, text: str) -> date | None:
        if not text:
            return None
        try:
            value = french_input.day(text)
        except ValueError:
            self.problems[name] = "Écrivez une date, par exemple 24/11/2026."
            return None
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.problems[name] = f"Écrivez une date entre {FIRST_YEAR} et {LAST_YEAR}."
            return None
        return value

    def euros(self, name: str, text: str) -> float | None:
        if not text:
            return None
        try:
            value = french_numbers.number(text)
        except ValueError:
            self.problems[name] = "Écrivez un montant en euros, par exemple 45 000."
            return None
        if not 0 <= value < 1e12:
            self.problems[name] = "Écrivez un montant de zéro euro au moins."
            return None
        return value


@dataclass(frozen=True)
class AskedPlace:
    """Where a list is asked for. problems, notes: as in `Chosen`, about the field of the place."""

    points: Sequence[Point] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, gazetteer: Gazetteer) -> "AskedPlace":
        """Read a commune or a postcode; without a text no place is asked for."""
        if not text:
            return cls()
        place = read_place(text, gazetteer)
        if place is None or not place.points:
            return cls(problems={PLACE: UNKNOWN_PLACE})
        return cls(place.points, notes={PLACE: f"Compris comme {place.name}."} if place.name else {})


def read_turn(order_text: str, offered: Collection[str]) -> tuple[str, bool]:
    """Return the order that an address names, and whether it is turned round; an order that nobody offers is ""."""
    if order_text not in offered:
        return "", False
    return order_text.removeprefix(TURNED), order_text.startswith(TURNED)


@dataclass(frozen=True)
class Column:
    """A column of a list. order: by which it sorts, "" where it does not; largest_first: when it is asked at first."""

    words: str
    order: str = ""
    is_number: bool = False
    largest_first: bool = False


@dataclass(frozen=True)
class Heading:
    """The heading of a column. address: of the list sorted by it, "" where it does not sort.

    sort: « ascending » or « descending » where the list is sorted by it, else "".
    """

    words: str
    is_number: bool
    address: str
    sort: str


def headings(
    columns: Sequence[Column], path: str, chosen: Chosen, offered: Collection[str], order: str, is_turned: bool
) -> list[Heading]:
    """Return the headings of a list; order, is_turned: what it is sorted by. A second click turns the order round."""

    def heading(column: Column) -> Heading:
        is_sorted = bool(column.order) and column.order == order
        turned = f"{TURNED}{column.order}"
        asked = turned if is_sorted and not is_turned and turned in offered else column.order
        sort = "descending" if column.largest_first != is_turned else "ascending"
        query = Chosen({**chosen.values, "tri": asked}).query
        address = f"{path}?{query}" if column.order in offered else ""
        return Heading(column.words, column.is_number, address, sort if is_sorted else "")

    return [heading(column) for column in columns]


@dataclass(frozen=True)
class FilteredList:
    """A page of a list at `path`. choices: by the name of a field, its values with their words."""

    path: str
    rows: Sequence[Mapping[str, Any]]
    words: str
    pages: Pages
    chosen: Chosen
    choices: Mapping[str, Sequence[tuple[str, str]]]
    headings: Sequence[Heading]
    folded_open: bool
    saved: ShownViews
