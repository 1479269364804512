"""The path from a query to a ranking, in both directions: filter, measure, score, order, explain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.comparing import Comparison, compare_blocks
from matcher.exposure import POOL, Attention
from matcher.features import Pairs
from matcher.index import ActorIndex, OpportunityIndex, read_ahead, subset
from matcher.scoring import WeightsByRole, logit, sigmoid
from matcher.two_stage import PartComparison, Question, Reach, highest_logits, reaching
from matcher.types import (
    ROLE_PLACES,
    BoolArray,
    FloatArray,
    OpportunityKind,
    Ranking,
    Role,
    Suggestion,
    roles_of,
)

# Up to so many units, comparing all of them takes less time than a bound on each (docs/performance.md).
EXHAUSTIVE_UNITS = 2_000


@dataclass(frozen=True)
class Matcher:
    """Ranks by weights of each role; similarity_range: the encoder's fixed range of cosines.

    exhaustive_units: above so many units of actors, only those that can reach a list are measured: the same list.
    open_units: how many units everybody may see, None: all. How long an answer takes follows from them alone: at the
    very size where the way changes, it would tell an outsider of one more.
    """

    weights: WeightsByRole
    similarity_range: tuple[float, float]
    exhaustive_units: int = EXHAUSTIVE_UNITS
    open_units: int | None = None

    def read_ahead(self, actors: ActorIndex) -> None:
        """Make what questions read of all units of an index that follows changes (`matcher.index.read_ahead`)."""
        read_ahead(actors, whole=self.measures_all(actors))

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
        apart: bool = False,
    ) -> Ranking:
        """Rank actors for one opportunity (an index of one row). `among` `(len(actors.actors),)` restricts them.

        `n_filtered` of the filtered candidates are returned. With `attention`, the list is shared within the loss that
        `matcher.exposure` bounds. `apart`: a network and its member keep a place each.
        """
        if not len(actors):
            return Ranking((), (), 0)
        question = self._question(opportunity, actors, today, among)
        pool = POOL * k if attention else k
        part = self._reaching(question, Reach(k=pool, filtered=n_filtered, apart=apart))
        best, places = part.listed(part.comparison.best, apart=apart)
        if attention:
            return part.comparison.shared(best[:pool].tolist(), attention, k, n_filtered, places)
        return part.comparison.ranking(best[:k].tolist(), n_filtered, places=places)

    def actors_above(
        self,
        opportunity: OpportunityIndex,
        actors: ActorIndex,
        *,
        today: date,
        least: float,
        among: BoolArray | None = None,
    ) -> frozenset[str]:
        """Return the ids of the actors that `actors_for` lists with a score of at least `least`."""
        if not len(actors):
            return frozenset()
        question = self._question(opportunity, actors, today, among)
        part = self._reaching(question, Reach(least=logit(least) - 1e-6))
        compared = part.comparison
        scores = (sigmoid(total) for total in compared.totals[compared.best])
        count = next((place for place, score in enumerate(scores) if score < least), len(compared.best))
        rows, _ = part.listed(compared.best[:count], apart=False)
        return frozenset(compared.ids[owner] for owner in compared.owner[rows].tolist())

    def compare_actors(
        self, opportunity: OpportunityIndex, actors: ActorIndex, *, today: date, among: BoolArray | None = None
    ) -> Comparison:
        """Score all actors for one opportunity; `actors_for` explains the first k."""
        return self._question(opportunity, actors, today, among).compared().comparison

    def compare_some(
        self, opportunity: OpportunityIndex, actors: ActorIndex, *, today: date, chosen: BoolArray
    ) -> Comparison:
        """Score the chosen actors `(n_actors,)` alone, to the same bits as among all."""
        return self._question(opportunity, actors, today, chosen).compared(chosen).comparison

    def highest_logits(
        self,
        opportunity: OpportunityIndex,
        actors: ActorIndex,
        *,
        today: date,
        least: float,
        among: BoolArray | None = None,
    ) -> FloatArray:
        """Return the most that each actor's logit can be `(n_actors,)`; -inf where it cannot be listed.

        least: what is below it is looked at less closely; it stays below.
        """
        return highest_logits(self._question(opportunity, actors, today, among), least, self.everybody(actors))

    def measures_all(self, actors: ActorIndex) -> bool:
        """Return whether comparing all of these actors takes less time than a bound on each."""
        return self.everybody(actors) <= self.exhaustive_units

    def actors_by_role(
        self,
        opportunity: OpportunityIndex,
        actors: ActorIndex,
        *,
        today: date,
        k: int,
        among: BoolArray | None = None,
    ) -> dict[Role, tuple[Suggestion, ...]]:
        """Return the first k actors of each role of one opportunity, by score; an actor may play several roles."""
        if not len(actors):
            return {}
        question = self._question(opportunity, actors, today, among)
        compared = self._reaching(question, Reach(k=k, by_role=True)).comparison
        return {
            pairs.role: tuple(
                compared.suggestion(row, rank)
                for rank, row in enumerate(compared.of_block(block)[:k].tolist(), start=1)
            )
            for block, pairs in enumerate(compared.blocks)
        }

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
        compared = self.compare(actor, opportunities, today=today, among=among)
        return compared.ranking(compared.best[:k].tolist(), n_filtered)

    def compare(
        self, actor: ActorIndex, opportunities: OpportunityIndex, *, today: date, among: BoolArray | None = None
    ) -> Comparison:
        """Score all opportunities for one actor; `opportunities_for` explains the first k."""
        ids = [opportunity.id for opportunity in opportunities.opportunities]
        kinds = set(opportunities.kinds.tolist())
        units = [subset(actor, np.array([row])) for row in range(len(actor))]
        blocks = [
            Pairs(opportunities, unit, self.similarity_range, today, role)
            for kind in OpportunityKind
            if kind in kinds
            for role in roles_of(kind)
            for unit in units
            # The leading role is always compared: it says why somebody is excluded.
            if role == roles_of(kind)[0] or unit.vocations[0, ROLE_PLACES[role]] > 0
        ]
        candidates = np.ones(len(ids), np.bool_) if among is None else among
        owner = np.tile(np.arange(len(opportunities)), len(blocks))
        return compare_blocks(blocks, owner, ids, candidates, self.weights)

    def everybody(self, actors: ActorIndex) -> int:
        """Return of how many units of these actors everybody may see: what the way to compare them depends on."""
        return len(actors) if self.open_units is None else self.open_units

    def _question(
        self, opportunity: OpportunityIndex, actors: ActorIndex, today: date, among: BoolArray | None
    ) -> Question:
        candidates = np.ones(actors.actor_count, np.bool_) if among is None else among
        return Question(opportunity, actors, self.weights, self.similarity_range, today, candidates)

    def _reaching(self, question: Question, reach: Reach) -> PartComparison:
        """Compare with all actors, or where these are many with those that can be within reach."""
        if self.measures_all(question.actors):
            return question.compared()
        return reaching(question, reach, self.everybody(question.actors))
