"""The communes, read from their tables and indexed once, then kept until the tables change."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from sqlmodel import Session

from api.catalogue.places import queries
from api.catalogue.places.places_in_text import Gazetteer
from api.catalogue.places.record_places import Places
from models.places import Commune, FormerCommune


@dataclass(frozen=True)
class KnownPlaces:
    """One state of the tables of communes, indexed on first use."""

    communes: Sequence[Commune]
    former_communes: Sequence[FormerCommune]

    @cached_property
    def places(self) -> Places:
        """Return what checks and completes the place of a record."""
        return Places(self.communes, self.former_communes)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """Return what gives the point of a record and the names of places in texts."""
        return Gazetteer(self.communes, self.former_communes)


class PlacesBook:
    """The communes as they were last read; threads may share it, and databases, as long as they hold the same."""

    def __init__(self) -> None:
        self._kept: tuple[queries.PlacesStamp, KnownPlaces] | None = None

    def current(self, session: Session) -> KnownPlaces:
        """Return the communes as this session sees them; they are read again only if they changed."""
        stamp, kept = queries.places_stamp(session), self._kept
        if kept is None or kept[0] != stamp:
            # In a session of its own: a rollback would empty the rows of the caller's.
            with Session(session.connection(), expire_on_commit=False) as aside:
                communes, former = queries.all_communes(aside), queries.all_former_communes(aside)
            self._kept = kept = stamp, KnownPlaces(communes, former)
        return kept[1]


@cache
def process_book() -> PlacesBook:
    """Return this process's own book."""
    return PlacesBook()
