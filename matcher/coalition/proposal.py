"""Coalitions: the two to five actors who together do what none of them does alone, what each brings, what is lacking.

A coalition's value is what `matcher.coalition.selection` computes of it; a member's share is its Shapley value,
taken apart by need; nothing else explains it. The words are in `api.matching.reasons`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from matcher.coalition.needs import FLOOR, HELD, Asked, Part
from matcher.coalition.selection import EXACT_POOL, Choice, best_alone, best_together, shapley
from matcher.types import BoolArray, FloatArray, Reason

# What a partner costs in calls, agreements and signatures: each must add more than this to the value.
PARTNER_COST = 0.04
# Means that carry this much of what is asked are enough.
ENOUGH = 0.995


class Verdict(StrEnum):
    """What was found."""

    COALITION = "coalition"
    ALONE = "alone"  # an actor lacks nothing, or whoever would join it adds less than it costs
    NO_LEADER = "no_leader"  # some do parts, nobody can take the lead
    NOBODY = "nobody"  # nobody does any part


@dataclass(frozen=True, slots=True)
class Member:
    """A member, its share of the coalition's value, and what it brings: the reasons' contributions sum to the share."""

    candidate_id: str
    leads: bool
    share: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Coalition:
    """Members, the leader first, then the greatest share. No coalition of that size is worth more than `at_most`.

    value, at_most in [0, 1]; `value` is the sum of the shares. `proven` is the share of the best possible value that it
    is sure to have: 1 when all were compared.
    """

    members: tuple[Member, ...]
    value: float
    at_most: float
    proven: float
    lacks: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The answer: a coalition if one is worth its cost, and beside it the best actor alone; what is lacking then."""

    verdict: Verdict
    coalition: Coalition | None
    alone: Coalition | None
    lacks: tuple[Reason, ...]
    n_candidates: int


def propose(asked: Asked, exact_up_to: int = EXACT_POOL) -> Proposal:
    """Return the set of one to five that is worth most, PARTNER_COST taken off for each member after the first.

    Of equal ones the smallest wins, then the ids that come first. Where one actor lacks nothing, it is the answer.
    """
    suffices = _suffices(asked)
    single = best_alone(asked.pool, suffices)
    sets = [] if suffices.any() else list(best_together(asked.pool, exact_up_to).values())
    if single:
        sets.append(single)
    alone, n_candidates = _coalition(asked, single) if single else None, len(asked.actors)
    if not sets:
        verdict = Verdict.NO_LEADER if n_candidates else Verdict.NOBODY
        return Proposal(verdict, None, None, _lacks(asked, None), n_candidates)
    best = min(sets, key=lambda one: (round(PARTNER_COST * len(one.rows) - one.value, 9), len(one.rows), one.rows))
    found = _coalition(asked, best)
    verdict = Verdict.ALONE if len(best.rows) == 1 else Verdict.COALITION
    return Proposal(verdict, found if len(best.rows) > 1 else None, alone, found.lacks, n_candidates)


def _suffices(asked: Asked) -> BoolArray:
    """Return who lacks nothing alone `(n,)`. Means that nobody told don't make it lack: they are to be asked."""
    pool = asked.pool
    asks = np.array([one.part != Part.LEAD for one in asked.needs], np.bool_) & (pool.trade > 0)
    skilled = (pool.cover * pool.own >= HELD) | ~asks
    ample = np.isnan(asked.ratio) | (asked.ratio >= ENOUGH) | (pool.volume == 0)
    return np.asarray((skilled & ample).all(axis=1), np.bool_)


def _coalition(asked: Asked, choice: Choice) -> Coalition:
    shares = shapley(asked.pool, choice)
    holders = _holders(asked, choice)
    members = [
        Member(
            candidate_id=asked.pool.ids[row],
            leads=row == choice.leader,
            share=float(shares[place].sum()),
            reasons=_reasons(asked, choice, row, shares[place, 0], shares[place, 1], holders),
        )
        for place, row in enumerate(choice.rows)
    ]
    members.sort(key=lambda one: (not one.leads, -round(one.share, 9), one.candidate_id))
    return Coalition(tuple(members), choice.value, choice.at_most, choice.proven, _lacks(asked, choice))


def _holders(asked: Asked, choice: Choice) -> list[int]:
    """Return who holds each need, -1 for nobody: the best under this leader, the first id of equal ones."""
    covers = np.round(asked.pool.under(choice.leader)[0][list(choice.rows)], 9)
    best = covers.argmax(axis=0)
    return [choice.rows[row] if covers[row, need] > 0 else -1 for need, row in enumerate(best.tolist())]


def _reasons(
    asked: Asked, choice: Choice, row: int, trade: FloatArray, volume: FloatArray, holders: list[int]
) -> tuple[Reason, ...]:
    """Return what a member brings, the most first, then how it stands to the leader.

    trade, volume: its shares of each need `(m,)`.
    """
    found = []
    for need, one in enumerate(asked.needs):
        figures: dict[str, str | float | int] = {"need": one.id, "part": one.part, "title": one.title}
        if asked.via[row][need]:
            figures["via"] = asked.via[row][need]
        if one.part == Part.LEAD:
            continue
        if trade[need] > 0:
            code = "coalition_holds" if holders[need] == row else "coalition_backs"
            found.append(Reason(code, float(trade[need]), float(asked.pool.cover[row, need]), figures))
        if volume[need] > 0:
            carried = float(asked.ratio[row, need])
            if np.isnan(carried):
                found.append(Reason("coalition_means_unknown", float(volume[need]), None, figures))
            else:
                found.append(Reason("coalition_means", float(volume[need]), round(carried, 3), figures))
    found.sort(key=lambda reason: -round(reason.contribution, 9))
    if row == choice.leader:
        worth = sum(float(trade[need]) for need, one in enumerate(asked.needs) if one.part == Part.LEAD)
        return (Reason("coalition_leads", worth, figures={"kind": asked.actors[row].kind}), *found)
    common = sorted(asked.networks[row] & asked.networks[choice.leader])
    if common:
        found.append(Reason("coalition_network", figures={"networks": " ".join(common)}))
    km = float(asked.km[choice.leader, row])
    if not np.isnan(km):
        exact = bool(asked.exact[row] and asked.exact[choice.leader])
        found.append(Reason("coalition_near", figures={"km": round(km, 1), "exact": int(exact)}))
    return tuple(found)


def _lacks(asked: Asked, choice: Choice | None) -> tuple[Reason, ...]:
    """Return what is lacking still, need by need: nobody, a weak holder, too few means, means or amounts untold.

    Without a choice, what is lacking even of all together.
    """
    rows, pool = list(choice.rows if choice else range(len(asked.actors))), asked.pool
    cover, ratio = pool.cover[rows].copy(), asked.ratio[rows]
    if choice:
        cover[rows.index(choice.leader)] *= pool.own
    found = []
    for need, one in enumerate(asked.needs):
        if one.part == Part.LEAD:
            continue
        figures: dict[str, str | float | int] = {"need": one.id, "part": one.part, "title": one.title}
        best = float(cover[:, need].max(initial=0))
        if pool.trade[need] > 0 and best < HELD:
            found.append(Reason("lack_nobody" if best < FLOOR else "lack_weak", value=best, figures=figures))
        if pool.volume[need] == 0 or best < FLOOR:
            continue
        mine = cover[:, need] > 0
        silent = mine & np.isnan(ratio[:, need])
        carried = float(ratio[mine & ~silent, need].sum())
        if carried < ENOUGH:
            code = "lack_means_unknown" if silent.any() else "lack_means"
            if silent.any():
                figures["unknown"] = " ".join(pool.ids[row] for row, quiet in zip(rows, silent, strict=True) if quiet)
            found.append(Reason(code, value=round(carried, 3), figures=figures))
    if not any(pool.volume > 0) and any(one.part in (Part.LOT, Part.TRADE) for one in asked.needs):
        found.append(Reason("lack_amount_unknown", figures={"need": "whole", "part": Part.WHOLE, "title": ""}))
    return tuple(found)
