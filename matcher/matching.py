"""The whole path from a query to a ranking, in both directions: eligible, measured, scored, ordered, explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.eligibility import Condition, conditions
from matcher.explaining import filter_reason, reasons, sides
from matcher.exposure import POOL, Attention
from matcher.features import Pairs, measure
from matcher.index import ActorIndex, OpportunityIndex
from matcher.ranking import best_units, diversify
from matcher.scoring import WeightsByKind, impute_neutral, score_pairs, sigmoid
from matcher.types import BoolArray, FilteredCandidate, FloatArray, IntArray, Ranking, Suggestion


@dataclass(frozen=True)
class Comparison:
    """One query's candidates, measured and weighed; what is told of one is worked out when it is asked for.

    ids: of the candidates, owner `(n_rows,)`: which of them a row is of. parts `(n_rows, n_features)`, totals, failed
    `(n_rows,)`. best: rows, the best eligible one of each candidate, best first.
    """

    blocks: tuple[Pairs, ...]
    ids: Sequence[str]
    owner: IntArray
    features: FloatArray
    parts: FloatArray
    totals: FloatArray
    failed: IntArray
    candidates: BoolArray
    best: IntArray
    weights: WeightsByKind

    def scores(self) -> dict[str, float]:
        """Return the score of each eligible candidate, best first."""
        return {self.ids[self.owner[row]]: sigmoid(self.totals[row]) for row in self.best.tolist()}

    def suggestion(self, row: int, rank: int, propensity: float = 1.0) -> Suggestion:
        """Return one row as a suggestion, explained."""
        pairs, here = self._locate(row)
        kind = sides(pairs, here)[0].kind
        return Suggestion(
            candidate_id=self.ids[self.owner[row]],
            rank=rank,
            score=sigmoid(self.totals[row]),
            bias=self.weights[kind].bias,
            reasons=reasons(pairs, here, self.features[row], self.parts[row]),
            via_member=_member(pairs, here),
            propensity=propensity,
        )

    def filtered(self, n: int) -> tuple[FilteredCandidate, ...]:
        """Return the n candidates without an eligible row that score highest: near misses come first."""
        excluded = self.candidates.copy()
        excluded[self.owner[self.best]] = False
        # Carried actors come last: their carrier is ranked in their place, so the reason teaches little.
        totals = np.where(self.failed == Condition.CARRIED, -np.inf, self.totals)
        rows = best_units(totals, excluded[self.owner], self.owner)[:n].tolist()
        return tuple(
            FilteredCandidate(self.ids[self.owner[row]], filter_reason(*self._locate(row), Condition(self.failed[row])))
            for row in rows
        )

    def ranking(self, rows: Sequence[int], n_filtered: int, propensities: Sequence[float] | None = None) -> Ranking:
        """Return these rows, in their order, as a list; `propensities`: how likely each was to be in it, 1 without."""
        chances = propensities or [1.0] * len(rows)
        suggestions = tuple(
            self.suggestion(row, rank, chance)
            for rank, (row, chance) in enumerate(zip(rows, chances, strict=True), start=1)
        )
        return Ranking(suggestions, self.filtered(n_filtered), int(self.candidates.sum()))

    def shared(self, rows: Sequence[int], attention: Attention, k: int, n_filtered: int) -> Ranking:
        """Return the first k of these rows, best first, once attention is shared among them."""
        if not rows:
            return self.ranking(rows, n_filtered)
        kind = sides(*self._locate(rows[0]))[0].kind
        ids = [self.ids[self.owner[row]] for row in rows]
        known = impute_neutral(self.features[rows], self.weights[kind])
        found = attention.explore(ids, kind, self.totals[rows], known, k)
        return self.ranking([rows[place] for place in found.order.tolist()], n_filtered, found.propensity.tolist())

    def _locate(self, row: int) -> tuple[Pairs, int]:
        size = len(self.features) // len(self.blocks)
        return self.blocks[row // size], row % size


@dataclass(frozen=True)
class Matcher:
    """Weights of each kind of opportunity, and the fixed range of cosines of the encoder that made the vectors."""

    weights: WeightsByKind
    similarity_range: tuple[float, float]

    def actors_for(
        self,
        opportunity: OpportunityIndex,
        actors: ActorIndex,
        *,
        today: date,
        k: int,
        n_filtered: int = 20,
        among: BoolArray | None = None,
        attention: Attention | None = None,
    ) -> Ranking:
        """Rank actors for one opportunity (an index of one row). `among` `(len(actors.actors),)` restricts them.

        With `attention`, the list is shared within the loss that `matcher.exposure` bounds.
        """
        ids = [actor.id for actor in actors.actors]
        if not ids:
            return Ranking((), (), 0)
        pairs = Pairs(opportunity, actors, self.similarity_range, today)
        found = self._compare([pairs], actors.owner, ids, among)
        # Trades take turns among actors; an actor's own opportunities are ordered by score alone.
        trades = actors.naf[:, 0]
        if attention:
            return found.shared(diversify(found.best, found.totals, trades, POOL * k), attention, k, n_filtered)
        return found.ranking(diversify(found.best, found.totals, trades, k), n_filtered)

    def opportunities_for(
        self,
        actor: ActorIndex,
        opportunities: OpportunityIndex,
        *,
        today: date,
        k: int,
        n_filtered: int = 20,
        among: BoolArray | None = None,
    ) -> Ranking:
        """Rank opportunities for one actor (an index of one actor). `among` `(len(opportunities),)` restricts them."""
        if not len(opportunities):
            return Ranking((), (), 0)
        found = self.compare(actor, opportunities, today=today, among=among)
        return found.ranking(found.best[:k].tolist(), n_filtered)

    def compare(
        self, actor: ActorIndex, opportunities: OpportunityIndex, *, today: date, among: BoolArray | None = None
    ) -> Comparison:
        """Weigh opportunities for one actor; `opportunities_for` is the first of them, told."""
        owner = np.tile(np.arange(len(opportunities)), len(actor))
        ids = [opportunity.id for opportunity in opportunities.opportunities]
        blocks = [Pairs(opportunities, actor.unit(i), self.similarity_range, today) for i in range(len(actor))]
        return self._compare(blocks, owner, ids, among)

    def _compare(
        self, blocks: Sequence[Pairs], owner: IntArray, ids: Sequence[str], among: BoolArray | None
    ) -> Comparison:
        features = np.concatenate([measure(pairs) for pairs in blocks])
        failed = np.concatenate([conditions(pairs) for pairs in blocks])
        kinds = np.concatenate(
            [np.broadcast_to(pairs.opportunities.kinds, len(features) // len(blocks)) for pairs in blocks]
        )
        parts, totals = score_pairs(features, kinds, self.weights)
        candidates = np.ones(len(ids), np.bool_) if among is None else among
        eligible = (failed == Condition.ELIGIBLE) & candidates[owner]
        best = best_units(totals, eligible, owner)
        return Comparison(tuple(blocks), ids, owner, features, parts, totals, failed, candidates, best, self.weights)


def _member(pairs: Pairs, row: int) -> str | None:
    unit = pairs.actors.units[row if len(pairs.actors) > 1 else 0]
    return unit.member.id if unit.member else None
