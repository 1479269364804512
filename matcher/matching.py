"""The path from a query to a ranking, in both directions: filter, measure, score, order, explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.eligibility import WORKING, Condition, conditions
from matcher.explaining import filter_reason, reasons, sides
from matcher.exposure import POOL, Attention
from matcher.features import Measured, Pairs
from matcher.index import ActorIndex, OpportunityIndex
from matcher.ranking import SharedPlaces, best_units, one_place
from matcher.scoring import Weights, WeightsByRole, impute_neutral, score_pairs, sigmoid
from matcher.types import (
    BoolArray,
    FilteredCandidate,
    FloatArray,
    IntArray,
    OpportunityKind,
    Ranking,
    Role,
    Suggestion,
    form_of,
    roles_of,
)

# A logit below all others.
LAST = -1e6


@dataclass(frozen=True)
class Comparison:
    """One query's candidates, filtered, measured and scored in each role; explanations are computed on demand.

    blocks: of equal size, by role and unit; rows follow them. ids: of all n on the other side. candidates: `(n,)`,
    which of them are compared.
    owner: `(n_rows,)`, position among ids of each row's candidate. features, parts: `(n_rows, n_features)`.
    totals: `(n_rows,)`, logits. failed: `(n_rows,)`, Condition. leading: `(n_rows,)`, whether the role is the first for
    the opportunity's kind.
    best: the best eligible row of each candidate, best first.
    """

    blocks: tuple[Pairs, ...]
    ids: Sequence[str]
    owner: IntArray
    features: FloatArray
    parts: FloatArray
    totals: FloatArray
    failed: IntArray
    leading: BoolArray
    candidates: BoolArray
    best: IntArray
    weights: WeightsByRole

    def scores(self, k: int | None = None) -> dict[str, float]:
        """Return the score of each eligible candidate, or of the first k, best first."""
        return {self.ids[self.owner[row]]: sigmoid(self.totals[row]) for row in self.best[:k].tolist()}

    def of_block(self, block: int) -> IntArray:
        """Return the best eligible row of each candidate within one block, best first."""
        size = len(self.features) // len(self.blocks)
        inside = np.zeros(len(self.totals), np.bool_)
        inside[block * size : (block + 1) * size] = True
        eligible = (self.failed == Condition.ELIGIBLE) & self.candidates[self.owner] & inside
        return best_units(self.totals, eligible, self.owner)

    def suggestion(self, row: int, rank: int, propensity: float = 1.0, same_place: tuple[str, ...] = ()) -> Suggestion:
        """Return one row as a suggestion with its reasons."""
        pairs, position = self._locate(row)
        return Suggestion(
            candidate_id=self.ids[self.owner[row]],
            rank=rank,
            score=sigmoid(self.totals[row]),
            bias=self._weights_of(row).bias,
            reasons=reasons(pairs, position, self.features[row], self.parts[row]),
            via_member=_member(pairs, position),
            propensity=propensity,
            same_place=same_place,
            role=pairs.role,
            form=form_of(sides(pairs, position)[0]),
        )

    def filtered(self, n: int) -> tuple[FilteredCandidate, ...]:
        """Return the n candidates without an eligible row that score highest: near misses come first."""
        excluded = self.candidates.copy()
        excluded[self.owner[self.best]] = False
        # Carried actors come last: their carrier is ranked in their place, so the reason teaches little. Nor does it
        # that somebody has not the role. Only the leading role's reason is told.
        teaches = ~np.isin(self.failed, (Condition.CARRIED, Condition.NO_ROLE))
        totals = np.where(self.leading, np.where(teaches, self.totals, LAST), -np.inf)
        rows = best_units(totals, excluded[self.owner], self.owner)[:n].tolist()
        return tuple(
            FilteredCandidate(self.ids[self.owner[row]], filter_reason(*self._locate(row), Condition(self.failed[row])))
            for row in rows
        )

    def ranking(
        self,
        rows: Sequence[int],
        n_filtered: int,
        propensities: Sequence[float] | None = None,
        places: SharedPlaces | None = None,
    ) -> Ranking:
        """Return these rows, in their order, as a ranking; without `propensities` each row's is 1."""
        suggestions = tuple(
            self.suggestion(
                row, rank, propensity, tuple(self.ids[i] for i in (places or {}).get(int(self.owner[row]), ()))
            )
            for rank, (row, propensity) in enumerate(zip(rows, propensities or [1.0] * len(rows), strict=True), start=1)
        )
        return Ranking(suggestions, self.filtered(n_filtered), int(self.candidates.sum()))

    def shared(
        self, rows: Sequence[int], attention: Attention, k: int, n_filtered: int, places: SharedPlaces | None = None
    ) -> Ranking:
        """Return k of these rows (best first): sharing attention chooses which, the score orders them."""
        if not rows:
            return self.ranking(rows, n_filtered)
        ids = [self.ids[self.owner[row]] for row in rows]
        located = [self._locate(row) for row in rows]
        roles = [pairs.role for pairs, _ in located]
        known = np.stack([impute_neutral(self.features[[row]], self._weights_of(row))[0] for row in rows])
        slopes = [
            self.weights[pairs.role].calibration[form_of(sides(pairs, position)[0])].slope
            for pairs, position in located
        ]
        known *= np.array(slopes)[:, None]
        exploration = attention.explore(ids, roles, self.totals[rows], known, k)
        by_score = np.argsort(exploration.order)
        shown = [rows[place] for place in exploration.order[by_score].tolist()]
        return self.ranking(shown, n_filtered, exploration.propensity[by_score].tolist(), places)

    def _weights_of(self, row: int) -> Weights:
        """Return the weights that a row is shown by."""
        pairs, position = self._locate(row)
        return self.weights[pairs.role].calibrated(form_of(sides(pairs, position)[0]))

    def _locate(self, row: int) -> tuple[Pairs, int]:
        """Return the block of a row, and its position in it."""
        size = len(self.features) // len(self.blocks)
        return self.blocks[row // size], row % size


@dataclass(frozen=True)
class Matcher:
    """Ranks by weights of each role; similarity_range: the encoder's fixed range of cosines."""

    weights: WeightsByRole
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
        apart: bool = False,
    ) -> Ranking:
        """Rank actors for one opportunity (an index of one row). `among` `(len(actors.actors),)` restricts them.

        `n_filtered` of the filtered candidates are returned. With `attention`, the list is shared within the loss that
        `matcher.exposure` bounds. `apart`: a network and its member keep a place each.
        """
        if not actors.actors:
            return Ranking((), (), 0)
        compared = self.compare_actors(opportunity, actors, today=today, among=among)
        best, places = _listed(compared, actors, compared.best, apart=apart)
        if attention:
            return compared.shared(best[: POOL * k].tolist(), attention, k, n_filtered, places)
        return compared.ranking(best[:k].tolist(), n_filtered, places=places)

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
        if not actors.actors:
            return frozenset()
        compared = self.compare_actors(opportunity, actors, today=today, among=among)
        scores = (sigmoid(total) for total in compared.totals[compared.best])
        count = next((place for place, score in enumerate(scores) if score < least), len(compared.best))
        rows, _ = _listed(compared, actors, compared.best[:count], apart=False)
        return frozenset(compared.ids[owner] for owner in compared.owner[rows].tolist())

    def compare_actors(
        self, opportunity: OpportunityIndex, actors: ActorIndex, *, today: date, among: BoolArray | None = None
    ) -> Comparison:
        """Score all actors for one opportunity; `actors_for` explains the first k."""
        roles = roles_of(opportunity.opportunities[0].kind)
        blocks = [Pairs(opportunity, actors, self.similarity_range, today, role) for role in roles]
        ids = [actor.id for actor in actors.actors]
        return self._compare(blocks, np.tile(actors.owner, len(roles)), ids, among)

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
        if not actors.actors:
            return {}
        compared = self.compare_actors(opportunity, actors, today=today, among=among)
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
        units = [actor.unit(row) for row in range(len(actor))]
        blocks = [
            Pairs(opportunities, unit, self.similarity_range, today, role)
            for kind in OpportunityKind
            if kind in kinds
            for role in roles_of(kind)
            for unit in units
            # The leading role is always compared: it says why somebody is excluded.
            if role == roles_of(kind)[0] or unit.vocations[0, list(Role).index(role)] > 0
        ]
        return self._compare(blocks, np.tile(np.arange(len(opportunities)), len(blocks)), ids, among)

    def _places(self, compared: Comparison) -> list[str]:
        """Return whom each best row is about: the member through which a carrier is proposed, or the actor."""
        located = (compared._locate(row) for row in compared.best.tolist())
        owners = (compared.ids[owner] for owner in compared.owner[compared.best].tolist())
        return [_member(*place) or owner for place, owner in zip(located, owners, strict=True)]

    def _compare(
        self, blocks: Sequence[Pairs], owner: IntArray, ids: Sequence[str], among: BoolArray | None
    ) -> Comparison:
        # What roles share is measured once for each unit.
        measured = {id(pairs.actors): Measured() for pairs in blocks}
        features = np.concatenate([measured[id(pairs.actors)].features(pairs) for pairs in blocks])
        size = len(features) // len(blocks)
        failed = np.concatenate([conditions(pairs, measured[id(pairs.actors)]) for pairs in blocks])
        roles = np.repeat([pairs.role for pairs in blocks], size)
        forms = np.concatenate([np.broadcast_to(pairs.opportunities.forms, size) for pairs in blocks])
        parts, totals = score_pairs(features, roles, forms, self.weights)
        candidates = np.ones(len(ids), np.bool_) if among is None else among
        eligible = (failed == Condition.ELIGIBLE) & candidates[owner]
        best = best_units(totals, eligible, owner)
        leading = np.concatenate([np.broadcast_to(_leads(pairs), size) for pairs in blocks])
        return Comparison(
            tuple(blocks), ids, owner, features, parts, totals, failed, leading, candidates, best, self.weights
        )


def _listed(compared: Comparison, actors: ActorIndex, best: IntArray, *, apart: bool) -> tuple[IntArray, SharedPlaces]:
    """Return the rows of a list of actors, and who shares a place; best: the first of the best rows of a comparison.

    apart: a network and its member keep a place each.
    """
    # A takeover is handed to one of them; a market's lots may go to a network and to its members.
    carried = {} if apart or len(compared.blocks) == 1 else actors.members
    # Rows are the units, once a role.
    starts = range(0, len(compared.owner), len(actors.owner))
    via = {start + row: member for start in starts for row, member in actors.members_of_units.items() if carried}
    # Only in doing the work does a network stand for its members.
    working = np.array([block.role in WORKING for block in compared.blocks])[best // len(actors.owner)]
    rows, places = one_place(best[working], compared.owner, via, carried)
    return best[~working | np.isin(best, rows)], places


def _leads(pairs: Pairs) -> BoolArray:
    """Return for which opportunities `(n_opportunities,)` the pairs' role is the leading one."""
    kinds = [kind for kind in OpportunityKind if roles_of(kind)[0] == pairs.role]
    return np.isin(pairs.opportunities.kinds, np.array(kinds, dtype=np.str_))


def _member(pairs: Pairs, row: int) -> str | None:
    unit = pairs.actors.units[row if len(pairs.actors) > 1 else 0]
    return unit.member.id if unit.member else None
