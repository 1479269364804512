"""Points of communes and of groups of them, and the names under which communes are known."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Protocol

from api.catalogue.places.place_names import PlaceNames
from matcher.geography import department_middle
from matcher.types import Point
from models.places import Commune, FormerCommune


class Placed(Protocol):
    """Columns of a row that say where it is."""

    @property
    def lat(self) -> float | None: ...

    @property
    def lon(self) -> float | None: ...

    @property
    def commune_code(self) -> str | None: ...

    @property
    def commune_name(self) -> str | None: ...

    @property
    def postcode(self) -> str | None: ...

    @property
    def department(self) -> str | None: ...


class Gazetteer:
    """The communes of the tables, today’s and former, and the middles of all départements."""

    def __init__(self, communes: Sequence[Commune], former: Sequence[FormerCommune] = ()) -> None:
        self._communes = {commune.code: commune for commune in communes}
        self._former = tuple(former)
        self._postcodes: dict[str, list[Commune]] = {}
        for commune in communes:
            for postcode in commune.postcodes:
                self._postcodes.setdefault(postcode, []).append(commune)
        self.departments = frozenset(commune.department for commune in communes)

    @property
    def tables(self) -> tuple[tuple[Commune, ...], tuple[FormerCommune, ...]]:
        """Return the rows that all else follows from."""
        return tuple(self._communes.values()), self._former

    @cached_property
    def place_names(self) -> PlaceNames:
        """Return the communes by the words that name them."""
        return PlaceNames.build(self._communes.values(), self._former)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Return the communes' names by their codes."""
        return {code: commune.name for code, commune in self._communes.items()}

    def point(self, row: Placed) -> Point | None:
        """Return the row's own point, else its commune's, its postcode's or its département's middle, else nothing."""
        if row.lat is not None and row.lon is not None:
            return Point(row.lat, row.lon)
        commune = self._communes.get(row.commune_code or "")
        if commune:
            return Point(commune.lat, commune.lon)
        return self._around(row.postcode) or department_middle(row.department)

    def name(self, row: Placed) -> str | None:
        commune = self._communes.get(row.commune_code or "")
        return commune.name if commune else row.commune_name

    def commune(self, code: str) -> Commune | None:
        return self._communes.get(code)

    def of_postcode(self, postcode: str) -> tuple[str, ...]:
        """Return the codes of a postcode's communes, the most populous first."""
        inside = self._postcodes.get(postcode, [])
        return tuple(commune.code for commune in sorted(inside, key=lambda commune: -(commune.population or 0)))

    def middle(self, codes: Iterable[str]) -> Point | None:
        """Return the middle of these communes, by population; those that are not known count for nothing."""
        return _middle([self._communes[code] for code in codes if code in self._communes])

    def department(self, codes: Iterable[str]) -> str | None:
        """Return the département in which all but a few of the people of these communes live, if there is one."""
        people: Counter[str] = Counter()
        for code in codes:
            if commune := self._communes.get(code):
                people[commune.department] += commune.population or 0
        return next((code for code, count in people.most_common(1) if count > 0.8 * people.total()), None)

    def side(self, department: str, side: str) -> tuple[str, ...]:
        """Return the third of a département's communes that lies `nord`, `sud`, `est`, `ouest` or at its `centre`."""
        inside = [commune for commune in self._communes.values() if commune.department == department]
        axis = {"nord": lambda c: -c.lat, "sud": lambda c: c.lat, "est": lambda c: -c.lon, "ouest": lambda c: c.lon}
        middle = department_middle(department)
        if side == "centre" and middle:
            inside.sort(key=lambda c: (c.lat - middle.lat) ** 2 + ((c.lon - middle.lon) * 0.7) ** 2)
        elif side in axis:
            inside.sort(key=axis[side])
        return tuple(commune.code for commune in inside[: len(inside) // 3 + 1])

    def _around(self, postcode: str | None) -> Point | None:
        """Return the middle of a postcode's communes, by population."""
        inside = self._postcodes.get(postcode or "", [])
        return _middle(inside)


def _middle(inside: Sequence[Commune]) -> Point | None:
    people = [(commune.population or 0) + 1 for commune in inside]
    if not inside:
        return None
    lat = sum(commune.lat * weight for commune, weight in zip(inside, people, strict=True)) / sum(people)
    lon = sum(commune.lon * weight for commune, weight in zip(inside, people, strict=True)) / sum(people)
    return Point(lat, lon, exact=False)
