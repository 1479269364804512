"""Units of an index in portions: what bounds are computed by, each by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from weakref import proxy

import numpy as np

from matcher.index import ActorIndex, portion, subset
from matcher.types import FloatArray, IntArray, Role

# A feature of so many units stays in a processor's own cache until the next one is added.
MOST_UNITS = 1 << 16


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
class Portions:
    """An index in portions."""

    index: ActorIndex

    @cached_property
    def all(self) -> tuple[Portion, ...]:
        """All units, neighbours together."""
        rows = [
            slice(start, min(start + MOST_UNITS, len(self.index))) for start in range(0, len(self.index), MOST_UNITS)
        ]
        return tuple(Portion(own, portion(self.index, own)) for own in rows)

    @cached_property
    def players(self) -> dict[Role, Portion]:
        """Those who play each role, whatever the case."""
        playing = {role: np.flatnonzero(self.index.vocations[:, place] > 0) for place, role in enumerate(Role)}
        return {role: Portion(rows, subset(self.index, rows)) for role, rows in playing.items()}

    def of(self, rows: IntArray) -> tuple[Portion, ...]:
        """Some units by their rows; not kept."""
        return tuple(
            Portion(own, subset(self.index, own))
            for start in range(0, len(rows), MOST_UNITS // 4)
            for own in [rows[start : start + MOST_UNITS // 4]]
        )

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
