"""Units of an index in portions: what bounds are computed by, each by itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import proxy

import numpy as np
from numpy.typing import NDArray

from matcher.index import ActorIndex, subset
from matcher.types import FloatArray, IntArray, Role

# A feature of so many units stays in a processor's own cache until the next one is added.
MOST_UNITS = 1 << 16
# So many columns are kept: a takeover reads 20, of which five are of all units; a number takes four bytes.
MOST_KEPT = 32


@dataclass(frozen=True)
class Portion:
    """Some units of an index. rows: which."""

    rows: slice | IntArray
    units: ActorIndex

    @property
    def count(self) -> int:
        """How many units."""
        return len(self.units)


@dataclass(frozen=True)
class SomeUnits(Portion):
    """Some units by their rows."""

    rows: IntArray


@dataclass(frozen=True)
class Portions:
    """An index in portions."""

    index: ActorIndex
    _kept: dict[Hashable, NDArray[Any]] = field(default_factory=dict)

    @cached_property
    def whole(self) -> Portion:
        """All units at once."""
        return Portion(slice(0, len(self.index)), self.index)

    def keeping(self, name: Hashable, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return what `make` returned when that name was asked for, if it was one of the last."""
        found = self._kept.pop(name, None)
        # The last one asked for goes last: the one that nobody has asked for longest goes first.
        found = self._kept[name] = make() if found is None else found
        for oldest in list(self._kept)[:-MOST_KEPT]:
            self._kept.pop(oldest, None)
        return found

    @cached_property
    def players(self) -> dict[Role, SomeUnits]:
        """Those who play each role, whatever the case."""
        playing = {role: np.flatnonzero(self.index.vocations[:, place] > 0) for place, role in enumerate(Role)}
        return {role: SomeUnits(rows, subset(self.index, rows)) for role, rows in playing.items()}

    def of(self, rows: IntArray) -> tuple[tuple[SomeUnits, slice], ...]:
        """Return some units by their rows, and where each portion stands among them; not kept."""
        size = MOST_UNITS // 4
        places = [slice(start, start + size) for start in range(0, len(rows), size)]
        return tuple((SomeUnits(rows[own], subset(self.index, rows[own])), own) for own in places)

    def highest(self, values: FloatArray) -> FloatArray:
        """Return the highest of each actor's units' values: `(n_units,)` to `(n_actors,)`."""
        highest: FloatArray = values[self.index.bounds[:-1]]
        np.maximum.at(highest, self.index.owner[self._others], values[self._others])
        return highest

    @cached_property
    def _others(self) -> IntArray:
        """All units but the first of each actor."""
        return np.flatnonzero(np.diff(self.index.owner, prepend=-1) == 0)


def portions_of(index: ActorIndex) -> Portions:
    """Return the portions of an index; they are kept with it, and do not keep it."""
    kept: Portions | None = vars(index).get("portions")
    if kept is None:
        kept = vars(index)["portions"] = Portions(proxy(index))
    return kept
