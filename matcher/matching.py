"""The whole path from a query to a ranking, in both directions: eligible, measured, scored, ordered, explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.eligibility import Condition, conditions
from matcher.explaining import reasons, refusal
from matcher.features import Pairs, measure
from matcher.index import ActorIndex, OpportunityIndex
from matcher.ranking import best_units, take_turns
from matcher.scoring import Weights, contributions, logits, sigmoid
from matcher.types import BoolArray, IntArray, Ranking, Refusal, Suggestion


@dataclass(frozen=True)
class Matcher:
    """Weights, and the fixed range of cosines of the encoder that made the indexes' vectors."""

    weights: Weights
    similarity_range: tuple[float, float]

    def actors_for(
        self,
        opportunity: OpportunityIndex,
        actors: ActorIndex,
        *,
        today: date,
        k: int,
        k_refused: int = 20,
        among: BoolArray | None = None,
    ) -> Ranking:
        """Rank actors for one opportunity (an index of one row). `among` `(len(actors.actors),)` restricts them."""
        owner, ids = actors.owner, [actor.id for actor in actors.actors]
        pairs = Pairs(opportunity, actors, self.similarity_range, today)
        # Trades take turns among actors; an actor's own opportunities are ordered by score alone.
        return self._rank([pairs], owner, ids, k, k_refused, among, actors.naf[:, 0])

    def opportunities_for(
        self,
        actor: ActorIndex,
        opportunities: OpportunityIndex,
        *,
        today: date,
        k: int,
        k_refused: int = 20,
        among: BoolArray | None = None,
    ) -> Ranking:
        """Rank opportunities for one actor (an index of one actor). `among` `(len(opportunities),)` restricts them."""
        owner = np.tile(np.arange(len(opportunities)), len(actor))
        ids = [opportunity.id for opportunity in opportunities.opportunities]
        blocks = [Pairs(opportunities, actor.unit(i), self.similarity_range, today) for i in range(len(actor))]
        return self._rank(blocks, owner, ids, k, k_refused, among, np.full(len(owner), -1))

    def _rank(
        self,
        blocks: list[Pairs],
        owner: IntArray,
        ids: list[str],
        k: int,
        k_refused: int,
        among: BoolArray | None,
        trades: IntArray,
    ) -> Ranking:
        """Rank the candidates `ids` from the stacked rows of blocks.

        owner, trades `(n_rows,)`: which candidate a row is of, and which trade it stands for.
        """
        if not ids:
            return Ranking((), (), 0)
        features = np.concatenate([measure(pairs) for pairs in blocks])
        failed = np.concatenate([conditions(pairs) for pairs in blocks])
        parts = contributions(features, self.weights)
        totals = logits(parts, self.weights)
        considered = np.ones(len(ids), np.bool_) if among is None else among
        eligible = (failed == Condition.ELIGIBLE) & considered[owner]
        best = best_units(totals, eligible, owner)

        def locate(row: int) -> tuple[Pairs, int]:
            size = len(features) // len(blocks)
            return blocks[row // size], row % size

        suggestions = tuple(
            Suggestion(
                candidate_id=ids[owner[row]],
                rank=rank,
                score=sigmoid(totals[row]),
                bias=self.weights.bias,
                reasons=reasons(*locate(row), features[row], parts[row]),
                via_member=_member(*locate(row)),
            )
            for rank, row in enumerate(take_turns(best, totals, trades, k), start=1)
        )
        never = considered.copy()
        never[owner[best]] = False
        return Ranking(
            suggestions,
            self._refusals(totals, failed, never[owner], owner, ids, k_refused, locate),
            int(considered.sum()),
        )

    def _refusals(
        self,
        totals: np.ndarray,
        failed: np.ndarray,
        refused: BoolArray,
        owner: IntArray,
        ids: list[str],
        k: int,
        locate: Callable[[int], tuple[Pairs, int]],
    ) -> tuple[Refusal, ...]:
        """Return the refused candidates that would have ranked best, so that the near misses are seen first."""
        # Those whom another candidate carries come last: they are not lost, and their refusal teaches little.
        carried = np.where(failed == Condition.CARRIED, -np.inf, totals)
        rows = best_units(carried, refused, owner)[:k].tolist()
        return tuple(Refusal(ids[owner[row]], refusal(*locate(row), Condition(failed[row]))) for row in rows)


def _member(pairs: Pairs, row: int) -> str | None:
    unit = pairs.actors.units[row if len(pairs.actors) > 1 else 0]
    return unit.member.id if unit.member else None
