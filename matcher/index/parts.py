"""Some units of an index, whose columns are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from matcher.index.actors import ActorIndex, KnownRows, columns_by_actor
from matcher.index.following import COLUMNS, FollowingIndex, LazyIndex
from matcher.index.table_rows import BY_ACTOR, joined, taken
from matcher.index.ties import Ties
from matcher.splicing import Splice
from matcher.types import Actor, BoolArray, IntArray


def subset(index: ActorIndex, rows: IntArray) -> ActorIndex:
    """Return units by their rows, in their order; `actors` and the numbers in `owner` stay those of the whole index."""
    if isinstance(index, _WithoutRows):
        return _WithoutRows(subset(index.index, rows), index.rows[rows])
    if not isinstance(index, FollowingIndex):
        return _Part(
            index, rows, lambda name: getattr(index, name) if name in BY_ACTOR else taken(getattr(index, name), rows)
        )
    places = index.standing[rows]
    is_fresh = places >= len(index.base)
    old, fresh = subset(index.base, places[~is_fresh]), subset(index.fresh, places[is_fresh] - len(index.base))
    both = Splice.by_mask(is_fresh)

    def column(name: str) -> Any:
        if name in BY_ACTOR:
            return getattr(index, name)
        if name == "owner":
            return index.owner[rows]
        if name == "phrases":
            return old.phrases.beside(fresh.phrases, both)
        return joined(name, old, fresh, both, both)

    return _Part(index, rows, column)


def alone(index: ActorIndex, actor: Actor) -> ActorIndex:
    """Return the index of one of an index's actors, as `ActorIndex.build` would make it; it holds no other actor.

    It differs in how wide rows of lists are, and in the names of memberships that it has not.
    """
    units = subset(index, index.units_of(index.position(actor.id)))

    def column(name: str) -> Any:
        if name == "owner":
            return np.zeros(len(units), np.int64)
        made = getattr(units, name)
        if name == "phrases":
            return replace(made, phrases=tuple(made.phrases))
        return tuple(made) if name == "units" else made

    by_actor = columns_by_actor((actor,))
    return ActorIndex(**by_actor, **{name: column(name) for name in COLUMNS if name not in BY_ACTOR})


def without_rows(index: ActorIndex, rows: BoolArray) -> ActorIndex:
    """Return the same rows, some of which `(n_units,)` are as those that cannot sign alone: no candidates."""
    return _WithoutRows(index, rows)


class _Part(LazyIndex):
    """Some units of an index; `actors` and who carries whom are those of the whole."""

    _whole: ActorIndex
    _of_whole: IntArray

    def __init__(self, whole: ActorIndex, rows: IntArray, make: Callable[[str], Any]) -> None:
        """rows: `(n_units,)`, those of the whole."""
        super().__init__(len(rows), make)
        vars(self).update(_whole=whole, _of_whole=rows)

    @property
    def ties(self) -> Ties:
        """That of the whole."""
        return self._whole.ties

    @property
    def through(self) -> IntArray:
        """Some rows of that of the whole."""
        return self._whole.through[self._of_whole]


class _WithoutRows(LazyIndex):
    """An index some of whose rows are no candidates."""

    index: ActorIndex
    rows: BoolArray

    def __init__(self, index: ActorIndex, rows: BoolArray) -> None:
        super().__init__(len(index), lambda name: index.carried | rows if name == "carried" else getattr(index, name))
        vars(self).update(index=index, rows=rows)

    @property
    def ties(self) -> Ties:
        """That of the whole."""
        return self.index.ties

    @property
    def actor_count(self) -> int:
        """That of the whole."""
        return self.index.actor_count

    @property
    def bounds(self) -> IntArray:
        """Those of the whole."""
        return self.index.bounds

    @property
    def through(self) -> IntArray:
        """That of the whole."""
        return self.index.through

    @property
    def known(self) -> KnownRows:
        """That of the whole: who may sign only lowers what a first look takes for possible."""
        return self.index.known
