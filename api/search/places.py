"""What was asked, read: its words, those that name a commune, and those that may name a trade."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from api.catalogue.places.places_in_text import Gazetteer
from api.core.digits import is_digits
from api.search.words import asked_words
from matcher.types import Point

# Words of the longest names of communes.
LONGEST_NAME = 7


@dataclass(frozen=True)
class Question:
    """What was asked. of_place: words that name communes, or a postcode; points: where these are.

    trade: the words that may name a trade, neither numbers nor of a place.
    """

    words: Sequence[str]
    of_place: frozenset[str]
    points: Sequence[Point]
    trade: Sequence[str]


def read_question(text: str, gazetteer: Gazetteer) -> Question:
    """Read what somebody typed."""
    words, places = asked_words(text), _places(gazetteer)
    of_place: set[str] = set()
    points: list[Point] = []
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST_NAME, len(words)) + 1):
            known = places.get(tuple(words[start:end]))
            if known:
                of_place.update(words[start:end])
                points += known
    trade = [word for word in words if word not in of_place and not is_digits(word)]
    return Question(words, frozenset(of_place), points, trade)


@lru_cache(2)
def _places(gazetteer: Gazetteer) -> Mapping[tuple[str, ...], Sequence[Point]]:
    """Return where communes are, by the words of their names and by their postcodes."""
    places: dict[tuple[str, ...], list[Point]] = defaultdict(list)
    communes, _ = gazetteer.tables
    for commune in communes:
        point = Point(commune.lat, commune.lon)
        places[tuple(asked_words(commune.name))].append(point)
        for postcode in commune.postcodes:
            places[(postcode,)].append(point)
    return dict(places)
