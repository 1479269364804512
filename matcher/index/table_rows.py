"""Columns of indexes of actors, of which rows are taken, or which are put together."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from matcher.columns import Membership, PhraseTable, Places
from matcher.index.actors import ActorIndex
from matcher.sequences import picked
from matcher.splicing import Splice
from matcher.types import IntArray

# Columns of a row an actor; others have a row a unit.
BY_ACTOR = frozenset({"actors", "ids", "kinds", "departments", "has_members"})
# What fills up rows of lists.
_BLANKS = {"naf": -1, "naf_sure": 0}


def taken(column: Any, rows: IntArray) -> Any:
    """Return some rows of a column, in their order."""
    if isinstance(column, PhraseTable):
        return column.of_rows(rows)
    if isinstance(column, Places):
        return Places(column.lat[rows], column.lon[rows], column.exact[rows])
    if isinstance(column, Membership):
        return Membership(column.columns, column.has[rows])
    return column[rows] if isinstance(column, np.ndarray | sparse.csr_matrix) else picked(column, rows)


def joined(name: str, old: ActorIndex, fresh: ActorIndex, actors: Splice, units: Splice) -> Any:
    """Return a column of the index of old and fresh rows in a new order, as `ActorIndex.build` would make it."""
    if name == "owner":
        counts = actors.array(np.diff(old.bounds), np.diff(fresh.bounds))
        return np.repeat(np.arange(len(counts)), counts)
    rows = actors if name in BY_ACTOR else units
    before, after = getattr(old, name), getattr(fresh, name)
    if isinstance(before, PhraseTable | Places | Membership):
        return before.spliced(after, rows)
    if isinstance(before, sparse.csr_matrix):
        return rows.matrix(before, after)
    if name in _BLANKS:
        return rows.padded(before, after, _BLANKS[name])
    if name == "ids":
        ids = rows.array(before, after)
        return ids.astype(f"U{max(1, int(np.char.str_len(ids).max(initial=0)))}")
    return rows.array(before, after) if isinstance(before, np.ndarray) else rows.sequence(before, after)
