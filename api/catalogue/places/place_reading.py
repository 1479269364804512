"""Read the places that a text names, and which of them is the place of work."""

from collections.abc import Set

from api.catalogue.places.mentions import MentionedPlace, PlaceKind, PlaceReading, PlaceRole
from api.catalogue.places.places_in_text import Gazetteer
from matcher.types import Point


def read_places(text: str, gazetteer: Gazetteer, home_departments: Set[str]) -> PlaceReading:
    """Return the places that a French text names, as it was typed or pasted, the most plausible first.

    Of several communes of one name, those of `home_departments` (codes) are preferred where nothing else says.
    """
    commune = gazetteer.mentioned(text, frozenset(home_departments))
    if commune is None:
        return PlaceReading()
    start = max(text.find(commune.name), 0)
    end = start + len(commune.name)
    point = Point(commune.lat, commune.lon)
    kind, role = PlaceKind.COMMUNE, PlaceRole.WORK
    place = MentionedPlace(
        kind, commune.name, commune.department, commune.code, point, text[start:end], start, end, role, 0.9
    )
    return PlaceReading((place,))
