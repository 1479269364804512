"""Coalitions: two to five actors who together cover what none covers alone, what each brings, and what is lacking.

A coalition's value is that of `matcher.coalition.pool`; a member's share is its Shapley value, taken apart by need;
nothing else explains it. French wording: `api.matching.coalition_wording`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from matcher.coalition.cover import FLOOR, HELD
from matcher.coalition.needs import CoalitionProblem, Need, Part
from matcher.coalition.selection import EXACT_POOL, Choice, best_alone, best_together
from matcher.coalition.shapley import shapley
from matcher.types import BoolArray, FloatArray, Reason

# Cost of a partner in calls, agreements and signatures: each must add more than this to the value.
PARTNER_COST = 0.04
# Means that carry this share of what is needed are enough.
ENOUGH = 0.995


class Verdict(StrEnum):
    """Outcome of the search."""

    COALITION = "coalition"
    ALONE = "alone"  # one actor lacks nothing, or each partner would add less than it costs
    NO_LEADER = "no_leader"  # some actors cover needs, none can lead
    NOBODY = "nobody"  # no actor covers any need


@dataclass(frozen=True, slots=True)
class Member:
    """A member, its share of the coalition's value, and the reasons whose contributions sum to that share."""

    candidate_id: str
    leads: bool
    share: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Coalition:
    """Members: the leader, then by falling share.

    value: in [0, 1], the sum of the shares. at_most: upper bound of the value of any coalition of that size.
    proven: guaranteed share of the best possible value; 1 when all coalitions were compared.
    """

    members: tuple[Member, ...]
    value: float
    at_most: float
    proven: float
    lacks: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The answer: a coalition if one is worth its cost, the best actor alone, and what is still lacking.

    n_candidates: how many actors cover at least one need.
    """

    verdict: Verdict
    coalition: Coalition | None
    alone: Coalition | None
    lacks: tuple[Reason, ...]
    n_candidates: int


def propose(problem: CoalitionProblem, exact_up_to: int = EXACT_POOL) -> Proposal:
    """Return the set of one to five actors with the highest value minus PARTNER_COST for each member after the first.

    Among equals the smallest set wins, then the one whose ids come first. An actor that lacks nothing alone is the
    answer.
    """
    suffices = _suffices(problem)
    single = best_alone(problem.pool, suffices)
    sets = [] if suffices.any() else list(best_together(problem.pool, exact_up_to).values())
    if single:
        sets.append(single)
    alone, n_candidates = _coalition(problem, single) if single else None, len(problem.actors)
    if not sets:
        verdict = Verdict.NO_LEADER if n_candidates else Verdict.NOBODY
        return Proposal(verdict, None, None, _lacks(problem, None), n_candidates)
    best = min(sets, key=lambda some: (round(PARTNER_COST * len(some.rows) - some.value, 9), len(some.rows), some.rows))
    chosen = _coalition(problem, best)
    verdict = Verdict.ALONE if len(best.rows) == 1 else Verdict.COALITION
    return Proposal(verdict, chosen if len(best.rows) > 1 else None, alone, chosen.lacks, n_candidates)


def _suffices(problem: CoalitionProblem) -> BoolArray:
    """Return which actors `(n,)` lack nothing alone. Unknown means count as enough: they can be problem for."""
    pool = problem.pool
    counts = np.array([need.part != Part.LEAD for need in problem.needs], np.bool_) & (pool.trade > 0)
    skilled = (pool.cover * pool.own >= HELD) | ~counts
    ample = np.isnan(problem.ratio) | (problem.ratio >= ENOUGH) | (pool.volume == 0)
    return np.asarray((skilled & ample).all(axis=1), np.bool_)


def _coalition(problem: CoalitionProblem, choice: Choice) -> Coalition:
    shares = shapley(problem.pool, choice)
    holders = _holders(problem, choice)
    members = [
        Member(
            candidate_id=problem.pool.ids[row],
            leads=row == choice.leader,
            share=float(shares[place].sum()),
            reasons=_reasons(problem, choice, row, shares[place, 0], shares[place, 1], holders),
        )
        for place, row in enumerate(choice.rows)
    ]
    members.sort(key=lambda member: (not member.leads, -round(member.share, 9), member.candidate_id))
    return Coalition(tuple(members), choice.value, choice.at_most, choice.proven, _lacks(problem, choice))


def _holders(problem: CoalitionProblem, choice: Choice) -> list[int]:
    """Return the row that covers each need best under this leader, the first of equals; -1 where none does."""
    covers = np.round(problem.pool.under(choice.leader)[0][list(choice.rows)], 9)
    best = covers.argmax(axis=0)
    return [choice.rows[row] if covers[row, need] > 0 else -1 for need, row in enumerate(best.tolist())]


def _reasons(
    problem: CoalitionProblem, choice: Choice, row: int, trade: FloatArray, volume: FloatArray, holders: list[int]
) -> tuple[Reason, ...]:
    """Return what a member brings, the largest contribution first, then its relation to the leader.

    trade, volume: `(m,)`, the member's share of each need's value. holders: as `_holders` returns.
    """
    brought = []
    for column, need in enumerate(problem.needs):
        if need.part == Part.LEAD:
            continue
        figures = _need_figures(need)
        if problem.via[row][column]:
            figures["via"] = problem.via[row][column]
        if trade[column] > 0:
            code = "coalition_holds" if holders[column] == row else "coalition_backs"
            brought.append(Reason(code, float(trade[column]), float(problem.pool.cover[row, column]), figures))
        if volume[column] > 0:
            carried = float(problem.ratio[row, column])
            if np.isnan(carried):
                brought.append(Reason("coalition_means_unknown", float(volume[column]), None, figures))
            else:
                brought.append(Reason("coalition_means", float(volume[column]), round(carried, 3), figures))
    brought.sort(key=lambda reason: -round(reason.contribution, 9))
    if row == choice.leader:
        worth = sum(float(trade[column]) for column, need in enumerate(problem.needs) if need.part == Part.LEAD)
        return (Reason("coalition_leads", worth, figures={"kind": problem.actors[row].kind}), *brought)
    common = sorted(problem.together.networks[row] & problem.together.networks[choice.leader])
    if common:
        brought.append(Reason("coalition_network", figures={"networks": " ".join(common)}))
    km = float(problem.together.km(choice.leader)[row])
    if not np.isnan(km):
        exact = bool(problem.exact[row] and problem.exact[choice.leader])
        brought.append(Reason("coalition_near", figures={"km": round(km, 1), "exact": int(exact)}))
    return tuple(brought)


def _lacks(problem: CoalitionProblem, choice: Choice | None) -> tuple[Reason, ...]:
    """Return what is still lacking, need by need: no cover, weak cover, too few means, unknown means or amounts.

    Without a choice: what all actors together lack.
    """
    rows, pool = list(choice.rows if choice else range(len(problem.actors))), problem.pool
    cover, ratio = pool.cover[rows].copy(), problem.ratio[rows]
    if choice:
        cover[rows.index(choice.leader)] *= pool.own
    lacks = []
    for column, need in enumerate(problem.needs):
        if need.part == Part.LEAD:
            continue
        figures = _need_figures(need)
        best = float(cover[:, column].max(initial=0))
        if pool.trade[column] > 0 and best < HELD:
            lacks.append(Reason("lack_nobody" if best < FLOOR else "lack_weak", value=best, figures=figures))
        if pool.volume[column] == 0 or best < FLOOR:
            continue
        covering = cover[:, column] > 0
        unknown = covering & np.isnan(ratio[:, column])
        carried = float(ratio[covering & ~unknown, column].sum())
        if carried < ENOUGH:
            code = "lack_means_unknown" if unknown.any() else "lack_means"
            if unknown.any():
                figures["unknown"] = " ".join(
                    pool.ids[row] for row, is_unknown in zip(rows, unknown, strict=True) if is_unknown
                )
            lacks.append(Reason(code, value=round(carried, 3), figures=figures))
    if not any(pool.volume > 0) and any(need.part in (Part.LOT, Part.TRADE) for need in problem.needs):
        lacks.append(Reason("lack_amount_unknown", figures={"need": "whole", "part": Part.WHOLE, "title": ""}))
    return tuple(lacks)


def _need_figures(need: Need) -> dict[str, str | float | int]:
    return {"need": need.id, "part": need.part, "title": need.title}
