"""The places of an opportunity and of ranked actors: for the map and for its table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from api.catalogue.wording import place as place_of
from api.matching.answer import Entry, name_of
from api.matching.reasons import distance
from api.matching.snapshot import Snapshot
from api.web.components.bars import address
from matcher.types import Point


@dataclass(frozen=True)
class PinnedActor:
    """An actor of a ranked list. distance: in words. address: of its page; its line of the list is `#rang-RANK`."""

    rank: int
    name: str
    distance: str
    address: str


@dataclass(frozen=True)
class Pin:
    """A place (degrees, WGS 84) and its actors."""

    lat: float
    lon: float
    place: str
    actors: list[PinnedActor]


@dataclass(frozen=True)
class Map:
    """Pins in the order of their best rank. target: the place of the opportunity, None if unknown."""

    target: Pin | None
    pins: Sequence[Pin]

    def drawn(self) -> dict[str, Any]:
        """Return the values that the map's script reads."""
        return asdict(self)


def ranked_map(
    snapshot: Snapshot, entries: Sequence[Entry], target_place: tuple[Point, str] | None = None
) -> Map | None:
    """Return the map of a list; None where no place is known.

    Only exact places are drawn: the centre of a département would mislead.
    """
    spots = snapshot.spots([entry.card.id for entry in entries])
    pins_by_place: dict[tuple[float, float], Pin] = {}
    for entry in entries:
        spot, card = spots.get(entry.card.id), entry.card
        if spot is None or not spot.exact:
            continue
        place_pin = Pin(spot.lat, spot.lon, place_of(card.commune, card.department), [])
        place_pin = pins_by_place.setdefault((spot.lat, spot.lon), place_pin)
        place_pin.actors.append(
            PinnedActor(entry.suggestion.rank, name_of(card), distance(entry.suggestion.reasons), address(card))
        )
    if not pins_by_place:
        return None
    target_pin = (
        Pin(target_place[0].lat, target_place[0].lon, target_place[1], [])
        if target_place and target_place[0].exact
        else None
    )
    return Map(target_pin, list(pins_by_place.values()))
