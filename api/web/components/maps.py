"""Where an opportunity and ranked actors are: what the map draws, and its table says."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from api.catalogue.wording import place as place_of
from api.matching.answer import Entry, name_of
from api.matching.reasons import distance
from api.matching.snapshot import Snapshot
from matcher.types import Point


@dataclass(frozen=True)
class Pin:
    """A place (degrees, WGS 84) and who is there: (rank, name, how far)."""

    lat: float
    lon: float
    place: str
    actors: list[tuple[int, str, str]]


@dataclass(frozen=True)
class Map:
    """Pins by their best rank. `target` is where the opportunity is, where that is known."""

    target: Pin | None
    pins: Sequence[Pin]

    def drawn(self) -> dict[str, Any]:
        """Return what the script of the map reads."""
        return asdict(self)


def ranked_map(snapshot: Snapshot, entries: Sequence[Entry], target: tuple[Point, str] | None = None) -> Map | None:
    """Return the map of a list; None where no place is known.

    Only exact places are drawn: the middle of a département would be a false one.
    """
    spots = snapshot.spots([entry.card.id for entry in entries])
    found: dict[tuple[float, float], Pin] = {}
    for entry in entries:
        spot, card = spots.get(entry.card.id), entry.card
        if spot is None or not spot.exact:
            continue
        pin = Pin(spot.lat, spot.lon, place_of(card.commune, card.department), [])
        pin = found.setdefault((spot.lat, spot.lon), pin)
        pin.actors.append((entry.suggestion.rank, name_of(card), distance(entry.suggestion.reasons)))
    if not found:
        return None
    aim = Pin(target[0].lat, target[0].lon, target[1], []) if target and target[0].exact else None
    return Map(aim, list(found.values()))
