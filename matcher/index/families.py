"""Who carries whom, over any number of steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from matcher.types import IntArray


def families_of(count: int, members: Mapping[int, frozenset[int]]) -> IntArray:
    """Return which family `(count,)` each actor is of, -1 alone; members: by position, as `ActorIndex.members`."""
    # With it come the solvers of linear systems, which nothing else needs.
    from scipy.sparse import csgraph

    carriers = [carrier for carrier, own_members in members.items() for _ in own_members]
    carried = [member for own_members in members.values() for member in own_members]
    ties = sparse.coo_matrix((np.ones(len(carried), np.bool_), (carriers, carried)), shape=(count, count))
    _, numbers = csgraph.connected_components(ties, directed=False)
    alone = np.bincount(numbers, minlength=1)[numbers] == 1
    return np.where(alone, -1, numbers).astype(np.int64)
