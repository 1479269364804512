"""An index of actors that follows changes: what came or changed stands beside the rows that did not, never copied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from matcher.columns import Encode
from matcher.index.actors import ActorIndex, KnownRows
from matcher.index.table_rows import joined
from matcher.index.ties import Ties
from matcher.splicing import Splice, insertion_places
from matcher.types import Actor, BoolArray, IntArray

# So many actors may stand beside the others, or a hundredth of all; then all are joined.
FEW_FRESH, FRESH_SHARE = 64, 0.01
# What follows from who they are, how many units each has, and who carries whom.
SAME_SHAPE = ("ids", "has_members", "owner", "bounds", "ties", "families", "members", "through")
COLUMNS = tuple(field.name for field in fields(ActorIndex))
# What a question reads of all units, where it compares some of them.
READ_OF_ALL = (
    *("actors", "has_members", "units", "owner", "bounds"),
    *("families", "members", "through", "known"),
)


def updated(index: ActorIndex, changed: Iterable[Actor], removed: Iterable[str], encode: Encode) -> ActorIndex:
    """Return what `ActorIndex.build` would return, bit for bit, where some actors changed or came, and others went.

    removed: ids. Only texts that are new to the index are encoded.
    """
    came = ActorIndex.build(changed, index.recalling(encode))
    gone = {*removed, *came.ids.tolist()}
    base, fresh = index, came
    if isinstance(index, FollowingIndex):
        base, fresh = index.base, FollowingIndex(index.fresh, came, gone).whole()
        gone |= index.gone
    following = FollowingIndex(base, fresh, gone)
    # Where nobody asked for families, finding whether they are the same takes longer than it saves.
    same = "families" in vars(index) and not removed and _same_shape(index, came)
    known = {name: value for name, value in vars(index).items() if same and name in SAME_SHAPE}
    vars(following).update(known)
    if max(len(following.gone), len(fresh.ids)) <= max(FEW_FRESH, FRESH_SHARE * len(base.ids)):
        return following
    whole = following.whole()
    vars(whole).update(known)
    if "retrieval" in vars(base):
        # Whoever follows the changes makes it, not the first who asks.
        _ = whole.retrieval
    return whole


def _same_shape(index: ActorIndex, changed: ActorIndex) -> bool:
    """Whether the changed actors were there, with as many units and the same members."""
    places = index.positions(changed.ids.tolist())
    if (places < 0).any():
        return False
    if not np.array_equal(index.bounds[places + 1] - index.bounds[places], np.diff(changed.bounds)):
        return False
    return index.ties.of_carriers(places) == changed.ties.of_carriers(np.arange(len(places)))


def read_ahead(index: ActorIndex, *, whole: bool) -> None:
    """Make now what is made when it is asked for: nobody who asks first after a change waits for it, nor learns of it.

    whole: all columns; else those that a question reads where it compares some units.
    """
    for name in COLUMNS if whole else ():
        getattr(index, name)
    for name in READ_OF_ALL:
        getattr(index, name)
    if isinstance(index, FollowingIndex):
        _ = index.standing


class LazyIndex(ActorIndex):
    """An index whose columns are made when they are asked for."""

    _units: int
    _make: Callable[[str], Any]

    def __new__(cls, *_: Any, **columns: Any) -> Any:
        """With columns, as `dataclasses.replace` gives them, return an index of these."""
        return ActorIndex(**columns) if columns else super().__new__(cls)

    def __init__(self, units: int, make: Callable[[str], Any]) -> None:
        """units: how many it has. make: returns a column by its name."""
        vars(self).update(_units=units, _make=make)

    def __getattr__(self, name: str) -> Any:
        if name not in COLUMNS:
            raise AttributeError(name)
        column = vars(self)[name] = self._make(name)
        return column

    def __len__(self) -> int:
        return self._units

    def whole(self) -> ActorIndex:
        """Return the same index with all columns."""
        known = vars(self)
        return ActorIndex(**{name: known[name] if name in known else self._make(name) for name in COLUMNS})


class FollowingIndex(LazyIndex):
    """An index of an older state, but for its actors that are `gone`, and `fresh` actors.

    A column of all units is as `ActorIndex.build` would make it. Comparing some units makes none (`subset`).
    """

    base: ActorIndex
    fresh: ActorIndex
    gone: frozenset[str]
    _left: IntArray  # their places in the base, in order

    def __init__(self, base: ActorIndex, fresh: ActorIndex, gone: Collection[str]) -> None:
        """gone: ids, of which the base may have none; an actor of both tables is one of them."""
        asked = sorted(gone)
        places = base.positions(asked)
        left = places[places >= 0]
        units = len(base) + len(fresh) - base.units_at(left)
        super().__init__(units, lambda name: joined(name, base, fresh, self._actors, self._rows))
        known = [actor_id for actor_id, place in zip(asked, places.tolist(), strict=True) if place >= 0]
        vars(self).update(base=base, fresh=fresh, gone=frozenset(known), _left=left)

    @cached_property
    def _actors(self) -> Splice:
        return Splice.of(self.base.ids, self.fresh.ids.tolist(), self.gone)

    @cached_property
    def _rows(self) -> Splice:
        return self._actors.within(self.base.bounds, self.fresh.bounds)

    @cached_property
    def _fresh_at(self) -> IntArray:
        """Before which of the base's actors each fresh one stands, or stood `(n_fresh,)`."""
        return insertion_places(self.base.ids, self.fresh.ids)

    @cached_property
    def bounds(self) -> IntArray:
        """Where each actor's units begin, and the last one's end `(n_actors + 1,)`."""
        counts = self._actors.array(np.diff(self.base.bounds), np.diff(self.fresh.bounds))
        return np.concatenate([[0], np.cumsum(counts)])

    @property
    def actor_count(self) -> int:
        """How many actors there are."""
        return len(self.base.ids) + len(self.fresh.ids) - len(self._left)

    @property
    def known(self) -> KnownRows:
        """The base, and which of its actors are which of these."""
        return KnownRows(self.base, self._actors.unchanged(len(self.base.ids)))

    def recalling(self, encode: Encode) -> Encode:
        """Return what `ActorIndex.recalling` does."""
        return self.base.recalling(self.fresh.recalling(encode))

    def positions(self, actor_ids: Collection[str]) -> IntArray:
        """Return what `ActorIndex.positions` does."""
        of_base, fresh = self._now_at(self.base.positions(actor_ids)), self.fresh.positions(actor_ids)
        if not len(self.fresh.ids):
            return of_base
        before = self._fresh_at[fresh]
        return np.where(fresh >= 0, before - self._left.searchsorted(before) + fresh, of_base)

    def _now_at(self, places: IntArray) -> IntArray:
        """Return where actors of the base stand `(n,)`, by their positions there; -1: gone, or -1 already."""
        # Those that are gone are not counted, and the fresh ones before it are.
        now = places - self._left.searchsorted(places) + self._fresh_at.searchsorted(places, "right")
        return np.where((places >= 0) & ~np.isin(places, self._left), now, -1)

    @cached_property
    def ties(self) -> Ties:
        """Return what `ActorIndex.ties` does."""
        of_base = self.base.ties
        of_base = replace(of_base, carriers=self._now_at(of_base.carriers), members=self._now_at(of_base.members))
        of_base = of_base.of_rows(np.flatnonzero(of_base.carriers >= 0))
        fresh_ids, of_fresh = self.fresh.ids.tolist(), self.fresh.ties
        carriers = self.positions([fresh_ids[carrier] for carrier in of_fresh.carriers.tolist()])
        members = self.positions(of_fresh.member_ids.tolist())
        # Members that changed, or that were not there, may be among the fresh ones.
        found = np.flatnonzero(of_base.members < 0)
        of_base.members[found] = self.positions(of_base.member_ids[found].tolist())
        return Ties.joined(of_base, replace(of_fresh, carriers=carriers, members=members))

    def count_units(self, actor_ids: Collection[str]) -> int:
        """Return what `ActorIndex.count_units` does."""
        old = self.base.positions(actor_ids)
        stays = old[(old >= 0) & ~np.isin(old, self._left)]
        return self.base.units_at(stays) + self.fresh.count_units(actor_ids)

    def having(self, column: str, values: Collection[str]) -> BoolArray:
        """Return what `ActorIndex.having` does."""
        return self._actors.array(self.base.having(column, values), self.fresh.having(column, values))

    @cached_property
    def standing(self) -> IntArray:
        """Where each unit stands: its row in the base, or as many more as the base has than its row of the fresh."""
        return self._rows.places(len(self.base), len(self.fresh))
