"""One query's candidates side by side: filtered, measured, scored; then ordered, explained and made a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.eligibility import WORKING, Condition, conditions
from matcher.explaining import filter_reason, reasons, sides
from matcher.exposure import Attention
from matcher.features import Measured, Pairs
from matcher.ranking import SharedPlaces, best_units, one_place
from matcher.scoring import Weights, WeightsByRole, impute_neutral, score_pairs, sigmoid
from matcher.types import (
    BoolArray,
    FilteredCandidate,
    FloatArray,
    IntArray,
    Ranking,
    Suggestion,
    form_of,
    kind_of,
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
        pairs, position = self.locate(row)
        return Suggestion(
            candidate_id=self.ids[self.owner[row]],
            rank=rank,
            score=sigmoid(self.totals[row]),
            bias=self._weights_of(row).bias,
            reasons=reasons(pairs, position, self.features[row], self.parts[row]),
            via_member=member_of(pairs, position),
            propensity=propensity,
            same_place=same_place,
            role=pairs.role,
            form=form_of(sides(pairs, position)[0]),
        )

    def near_misses(self, n: int) -> tuple[IntArray, FloatArray]:
        """Return the rows of the n candidates without an eligible row that score highest, and what orders them."""
        excluded = self.candidates.copy()
        excluded[self.owner[self.best]] = False
        # Carried actors come last: their carrier is ranked in their place, so the reason teaches little. Nor does it
        # that somebody has not the role. Only the leading role's reason is told.
        teaches = (self.failed != Condition.CARRIED) & (self.failed != Condition.NO_ROLE)
        totals = np.where(self.leading, np.where(teaches, self.totals, LAST), -np.inf)
        rows = best_units(totals, excluded[self.owner], self.owner)[:n]
        return rows, totals[rows]

    def filtered(self, n: int) -> tuple[FilteredCandidate, ...]:
        """Return the n candidates without an eligible row that score highest: near misses come first."""
        rows, _ = self.near_misses(n)
        return tuple(
            FilteredCandidate(self.ids[self.owner[row]], filter_reason(*self.locate(row), Condition(self.failed[row])))
            for row in rows.tolist()
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
        located = [self.locate(row) for row in rows]
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
        pairs, position = self.locate(row)
        return self.weights[pairs.role].calibrated(form_of(sides(pairs, position)[0]))

    def locate(self, row: int) -> tuple[Pairs, int]:
        """Return the block of a row, and its position in it."""
        size = len(self.features) // len(self.blocks)
        return self.blocks[row // size], row % size


def compare_blocks(
    blocks: Sequence[Pairs],
    owner: IntArray,
    ids: Sequence[str],
    candidates: BoolArray,
    weights: WeightsByRole,
    *,
    side_by_side: bool = False,
) -> Comparison:
    """Measure and score the pairs of all blocks. owner, ids, candidates: as in `Comparison`.

    side_by_side: on several threads; the values are the same.
    """
    # What roles share is measured once for each unit.
    measured = {id(pairs.actors): Measured() for pairs in blocks}
    if side_by_side:
        measured[id(blocks[0].actors)].measure_trade(blocks[0])
    features = np.concatenate([measured[id(pairs.actors)].features(pairs) for pairs in blocks])
    size = len(features) // len(blocks)
    failed = np.concatenate([conditions(pairs, measured[id(pairs.actors)]) for pairs in blocks])
    roles = np.repeat([pairs.role for pairs in blocks], size)
    forms = np.concatenate([np.broadcast_to(pairs.opportunities.forms, size) for pairs in blocks])
    parts, totals = score_pairs(features, roles, forms, weights)
    eligible = (failed == Condition.ELIGIBLE) & candidates[owner]
    best = best_units(totals, eligible, owner)
    leading = np.concatenate([np.broadcast_to(_leads(pairs), size) for pairs in blocks])
    return Comparison(tuple(blocks), ids, owner, features, parts, totals, failed, leading, candidates, best, weights)


def listed(
    compared: Comparison,
    best: IntArray,
    members: Mapping[int, frozenset[int]],
    members_of_units: Mapping[int, int],
    *,
    apart: bool,
) -> tuple[IntArray, SharedPlaces]:
    """Return the rows of a list of actors, and who shares a place; best: the first of the best rows of a comparison.

    members, members_of_units: as those of `ActorIndex`, the latter by the rows of the comparison's units. apart: a
    network and its member keep a place each.
    """
    # A takeover is handed to one of them; a market's lots may go to a network and to its members.
    carried = {} if apart or len(compared.blocks) == 1 else members
    # Rows are the units, once a role.
    size = len(compared.owner) // len(compared.blocks)
    starts = range(0, len(compared.owner), size)
    via = {start + row: member for start in starts for row, member in members_of_units.items() if carried}
    # Only in doing the work does a network stand for its members.
    working = np.array([block.role in WORKING for block in compared.blocks])[best // size]
    rows, places = one_place(best[working], compared.owner, via, carried)
    return best[~working | np.isin(best, rows)], places


def _leads(pairs: Pairs) -> BoolArray:
    """Return for which opportunities `(n_opportunities,)` the pairs' role is the leading one."""
    kind = kind_of(pairs.role)
    return np.asarray((pairs.opportunities.kinds == kind.value) & (roles_of(kind)[0] == pairs.role), np.bool_)


def member_of(pairs: Pairs, row: int) -> str | None:
    """Return the id of the member through which the actor of a pair is compared; None where it is by itself."""
    unit = pairs.actors.units[row if len(pairs.actors) > 1 else 0]
    return unit.member.id if unit.member else None
