"""Groups of companies that may be shown: what is too small is merged, never hidden beside a total that betrays it.

Each company is in one group, or in none. A group has at least `LEAST` companies with a director of 60 or more, and as
many without: neither « at least one of these few » nor « all of them » is told of anybody. Divisions that are too small
are one group with the others of their section; what is too small even so joins what is too small in other sections of
the territory, and if that is not enough, its smallest group; territories without any group make one together. What is
left over at the end is in no figure at all.

**Why no hidden figure can be computed**: groups have no company in common, every figure that is shown is that of a
group or a sum of groups, and no total includes what is not shown. So whatever is added and subtracted is again a sum of
whole groups, of ten or more on either side.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self, TypeAlias

from api.catalogue.activities import section_start

LEAST = 10


class Cell(NamedTuple):
    """The finest that is counted: an intercommunality (empty where unknown) and a division."""

    territory: str
    division: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Companies, those with a director of 60 or more, those that are old, those with many employees."""

    companies: int = 0
    seniors: int = 0
    older: int = 0
    larger: int = 0

    def __add__(self, other: Self) -> "Counts":
        return Counts(
            self.companies + other.companies,
            self.seniors + other.seniors,
            self.older + other.older,
            self.larger + other.larger,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A group and its counts. territory, section, division: empty (section: 0) for the rest of what is above."""

    territory: str
    section: int
    division: str
    counts: Counts


def both_sides(part: int, whole: int) -> bool:
    """Tell whether a part, and what it leaves of the whole, are large enough to be shown."""
    return part >= LEAST and whole - part >= LEAST


def divide(cells: Mapping[Cell, Counts]) -> list[Group]:
    """Return the groups that may be shown, from the counts of each cell."""
    by_territory: dict[str, dict[int, dict[str, Counts]]] = defaultdict(lambda: defaultdict(dict))
    for (territory, division), counts in sorted(cells.items()):
        by_territory[territory][section_start(division) or 0][division] = counts
    parts = []
    for territory, by_section in by_territory.items():
        sections = []
        for section, by_division in by_section.items():
            divisions = (_part(Group(territory, section, division, counts)) for division, counts in by_division.items())
            sections.append(_join(divisions, (territory, section, "")))
        # A company without a known territory is told only with the rest of the two départements.
        if not territory:
            parts.append(_undivided(sections))
            continue
        groups, left = _join(sections, (territory, 0, ""))
        parts.append(_filled(groups, left, (territory, 0, "")))
    shown, _ = _join(parts, ("", 0, ""))
    return shown


# Groups that may be shown, and the counts of what may not yet.
_Part: TypeAlias = tuple[list[Group], Counts]
_Place: TypeAlias = tuple[str, int, str]


def _part(group: Group) -> _Part:
    return ([group], Counts()) if both_sides(group.counts.seniors, group.counts.companies) else ([], group.counts)


def _join(parts: Iterable[_Part], rest: _Place) -> _Part:
    """Return the groups of all parts, with one more for what they leave over if it is large enough."""
    groups: list[Group] = []
    left = Counts()
    for part_groups, part_left in parts:
        groups += part_groups
        left += part_left
    if both_sides(left.seniors, left.companies):
        return [*groups, Group(*rest, left)], Counts()
    return groups, left


def _filled(groups: list[Group], left: Counts, rest: _Place) -> _Part:
    """Return groups of which the smallest has taken in what is left over, so that their sum is the territory's."""
    if not groups or not left.companies:
        return groups, left
    smallest = min(groups, key=lambda group: (group.counts.seniors, group.counts.companies))
    return [*(group for group in groups if group is not smallest), Group(*rest, smallest.counts + left)], Counts()


def _undivided(parts: Sequence[_Part]) -> _Part:
    left = Counts()
    for groups, part_left in parts:
        left += sum_of(groups) + part_left
    return [], left


def sum_of(groups: Sequence[Group]) -> Counts:
    """Return the sum of the counts of groups."""
    total = Counts()
    for group in groups:
        total += group.counts
    return total
