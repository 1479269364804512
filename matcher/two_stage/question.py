"""One opportunity beside all actors, and its comparison with some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.comparing import Comparison, compare_blocks, listed
from matcher.features import Pairs
from matcher.index import OWN_UNIT, ActorIndex, OpportunityIndex, subset
from matcher.ranking import SharedPlaces
from matcher.scoring import WeightsByRole
from matcher.sequences import LazySequence
from matcher.two_stage.reach import Reach
from matcher.types import BoolArray, IntArray, roles_of

# Of more than so many, a share that is compared exactly is worth several threads.
SIDE_BY_SIDE = 40_000


@dataclass(frozen=True)
class PartComparison:
    """A comparison of some units of an index. rows: `(n_compared,)`, their rows in it; None: of all."""

    comparison: Comparison
    actors: ActorIndex
    rows: IntArray | None = None

    def listed(self, best: IntArray, *, apart: bool) -> tuple[IntArray, SharedPlaces]:
        """Return `matcher.comparing.listed` of the comparison."""
        through: Mapping[int, int] = {}
        members: Mapping[int, frozenset[int]] = {}
        if len(self.comparison.blocks) > 1 and not apart:
            members = self.actors.members
            if self.rows is None:
                through = self.actors.members_of_units
            else:
                # Those who are not in the list share no place.
                present = frozenset(self.comparison.owner[best].tolist())
                carriers = [carrier for carrier in sorted(present) if self.actors.has_members[carrier]]
                members = {carrier: members[carrier] & present for carrier in carriers if carrier in members}
                of_rows = self.actors.through[self.rows].tolist()
                through = {row: member for row, member in enumerate(of_rows) if member != OWN_UNIT}
        return listed(self.comparison, best, members, through, apart=apart)


@dataclass(frozen=True)
class Question:
    """One opportunity (an index of one row), and whom it is compared with. candidates: `(n_actors,)`."""

    opportunity: OpportunityIndex
    actors: ActorIndex
    weights: WeightsByRole
    similarity_range: tuple[float, float]
    today: date
    candidates: BoolArray

    def may_share(self, reach: Reach) -> bool:
        """Whether a network and its member may fill one place of the list."""
        listed = reach.k > 0 and not reach.apart and not reach.by_role
        return listed and len(roles_of(self.opportunity.opportunities[0].kind)) > 1

    def blocks(self, actors: ActorIndex) -> list[Pairs]:
        """Return the pairs with some or all of the actors, in each role."""
        roles = roles_of(self.opportunity.opportunities[0].kind)
        return [Pairs(self.opportunity, actors, self.similarity_range, self.today, role) for role in roles]

    def compared(self, chosen: BoolArray | None = None, *, everybody: int = 0) -> PartComparison:
        """Compare exactly with the chosen actors `(n_actors,)`, or with all.

        everybody: of how many they are a share, where it decides whether several threads compare.
        """
        if chosen is None:
            return PartComparison(self._compared(self.actors), self.actors)
        rows = np.flatnonzero(chosen[self.actors.owner])
        if not len(rows):
            # A comparison has at least one row; who is no candidate is in no list.
            rows = np.zeros(1, np.int64)
        return PartComparison(self._compared(subset(self.actors, rows), everybody > SIDE_BY_SIDE), self.actors, rows)

    def _compared(self, actors: ActorIndex, side_by_side: bool = False) -> Comparison:
        blocks, everybody = self.blocks(actors), self.actors
        ids = LazySequence(everybody.actor_count, lambda position: everybody.actors[position].id)
        owner = np.tile(actors.owner, len(blocks))
        return compare_blocks(blocks, owner, ids, self.candidates, self.weights, side_by_side=side_by_side)
