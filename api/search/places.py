"""What was asked, read: its words, those that name a commune, and those that may name a trade."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from api.catalogue.places.places_in_text import Gazetteer
from api.core.digits import is_digits
from api.search.words import asked_words, words_of
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


@dataclass(frozen=True)
class NamedPlace:
    """A place that somebody named. name: the commune that was meant, where it was not spelt so; "" otherwise."""

    points: Sequence[Point]
    name: str = ""


def read_place(text: str, gazetteer: Gazetteer) -> NamedPlace | None:
    """Return the commune or postcode that a text names, with a slip of spelling or two; None where it names none."""
    points = read_question(text, gazetteer).points
    if points:
        return NamedPlace(points)
    typed = " ".join(words_of(text))
    nearest = extractOne(typed, _names(gazetteer), scorer=OSA.distance, score_cutoff=min(2, len(typed) // 4))
    if nearest is None:
        return None
    name = nearest[2]
    return NamedPlace(_places(gazetteer)[tuple(asked_words(name))], name)


@lru_cache(2)
def _names(gazetteer: Gazetteer) -> Mapping[str, str]:
    """Return the names of communes as they are typed, by the names as they are written."""
    communes, _ = gazetteer.tables
    return {commune.name: " ".join(words_of(commune.name)) for commune in communes}


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
