"""Hard conditions: a candidate that fails one is filtered out, with a reason. They never enter the score."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from matcher.features import Measured, Pairs, distance_km
from matcher.types import ROLE_PLACES, BoolArray, Role, kind_of

# Points are those of communes: distances may be wrong by this much.
AREA_TOLERANCE_KM = 5.0
# Evidence of the trade (`Measured.trade`) below which nobody takes over or keeps the work.
LEAST_TRADE = 0.4
# Where only the very trade will do, and no code says it.
SAME_TRADE_SEMANTIC = 0.6
# Roles whose holder does the work itself, and so needs its approvals.
WORKING = frozenset({Role.SUPPLY, Role.TAKE_OVER, Role.KEEP_WORK})


class Condition(IntEnum):
    """Conditions that exclude; a pair that fails several gets the first in this order. 0 is eligible."""

    ELIGIBLE = 0
    CARRIED = 1
    CLOSED = 2
    DEADLINE_PASSED = 3
    OWN_CASE = 4
    OTHER_EMPLOYER = 5
    RESERVED = 6
    NO_ROLE = 7
    MISSING_APPROVAL = 8
    OUTSIDE_AREA = 9


def conditions(pairs: Pairs, measured: Measured | None = None) -> NDArray[np.int8]:
    """Return the Condition `(n,)` of each pair; `measured`: of the same indexes, if there is one."""
    opportunities, actors = pairs.opportunities, pairs.actors
    n = max(len(opportunities), len(actors))
    with np.errstate(invalid="ignore"):
        passed = opportunities.deadline < pairs.today.toordinal()
    own = _own_case(pairs)
    if pairs.role == Role.TAKE_OVER:
        # Employees may take over their own company.
        own = own & ~actors.traits[:, 0]
    never = np.zeros(1, np.bool_)
    reserved = never
    if opportunities.reserved.any():
        reserved = _any(opportunities.reserved) & ~_any(opportunities.reserved & actors.qualifies)
    failed = [
        (Condition.CARRIED, actors.carried),
        (Condition.CLOSED, ~opportunities.open),
        (Condition.DEADLINE_PASSED, passed),
        (Condition.OWN_CASE, own),
        (Condition.OTHER_EMPLOYER, _other_employer(pairs) if pairs.role != Role.SUPPLY else never),
        (Condition.RESERVED, reserved),
        (Condition.NO_ROLE, lacks_role(pairs, measured or Measured())),
        (Condition.MISSING_APPROVAL, _lacks_approval(pairs) if pairs.role in WORKING else never),
        # Of a takeover the area is soft: nearness tells it.
        (Condition.OUTSIDE_AREA, _outside_area(pairs) if pairs.role == Role.SUPPLY else never),
    ]
    result = np.zeros(n, np.int8)
    for condition, mask in reversed(failed):
        np.copyto(result, np.int8(condition), where=mask)
    return result


def may_be_told(pairs: Pairs) -> BoolArray:
    """Return all pairs `(n,)` that can fail another condition than those of carried actors and of roles, and more."""
    opportunities, actors = pairs.opportunities, pairs.actors
    n = max(len(opportunities), len(actors))
    with np.errstate(invalid="ignore"):
        passed = opportunities.deadline < pairs.today.toordinal()
    names, needs = opportunities.required_approvals
    if pairs.role == Role.SUPPLY or opportunities.reserved.any() or not opportunities.open.all() or passed.any():
        return np.ones(n, np.bool_)
    told = _own_case(pairs)
    if (opportunities.own_sirens != "").any():
        told |= actors.traits[:, 4]
    if names:
        told |= _any(needs) & actors.approvals_known
    return told


def _lacks_approval(pairs: Pairs) -> BoolArray:
    """Return where an approval is required that is not among those that the actor declared; unknown never excludes."""
    names, needs = pairs.opportunities.required_approvals
    if not names:
        return np.zeros(max(len(needs), len(pairs.actors)), np.bool_)
    return _any(needs & ~pairs.actors.approvals.of(names)) & pairs.actors.approvals_known


def _outside_area(pairs: Pairs) -> BoolArray:
    """Return where a pair is beyond the declared radius, or in none of the declared départements and communes.

    Unknown never excludes.
    """
    opportunities, actors = pairs.opportunities, pairs.actors
    exact = opportunities.places.exact & actors.places.exact
    with np.errstate(invalid="ignore"):
        too_far = exact & (distance_km(pairs) > actors.radius_km + AREA_TOLERANCE_KM)
    communes = [row.commune for row in opportunities.opportunities]
    departments = opportunities.departments
    # An opportunity known only by its département may be in any commune of it.
    anywhere = [None if row.commune else row.department for row in opportunities.opportunities]
    named = _has(
        actors.area_departments.of(departments)
        | actors.area_communes.of(communes)
        | actors.commune_departments.of(anywhere)
    )
    declared = actors.area_departments.any() | actors.area_communes.any()
    placed = np.array([department is not None for department in departments])
    outside: BoolArray = too_far | (declared & placed & ~named)
    return outside


def lacks_role(pairs: Pairs, measured: Measured) -> BoolArray:
    """Return where the actor has no such role about the opportunity: proximity and seeking alone list nobody."""
    opportunities, actors, role = pairs.opportunities, pairs.actors, pairs.role
    of_kind = opportunities.kinds == kind_of(role).value
    plays = of_kind & (actors.vocations[:, ROLE_PLACES[role]] > 0)
    own_trade_only, farm_land, _, own_branch_only, _ = actors.traits.T
    premises, farm, _, _ = opportunities.asks.T
    if role == Role.TAKE_OVER and of_kind.any():
        trade = _shows_trade(pairs, measured)
        same = (measured.column(pairs, "sector") >= 1) | (measured.column(pairs, "semantic") >= SAME_TRADE_SEMANTIC)
        plays = plays & np.where(own_trade_only, same | _own_case(pairs), trade)
    elif role == Role.KEEP_WORK and of_kind.any():
        plays = plays & _shows_trade(pairs, measured)
    elif role != Role.SUPPLY:
        # Who is there for farms is no help to others.
        plays = plays & (farm | ~farm_land)
        if role == Role.ACCOMPANY and of_kind.any():
            plays = plays & (~own_branch_only | _shows_trade(pairs, measured))
        if role == Role.PREMISES:
            plays = plays & premises
    return np.asarray(~plays, np.bool_)


def _shows_trade(pairs: Pairs, measured: Measured) -> BoolArray:
    """Return where the actor's trade is near enough; a case told in wide words excludes nobody."""
    return np.asarray((measured.trade(pairs) >= LEAST_TRADE) | pairs.opportunities.asks[:, 3], np.bool_)


def _own_case(pairs: Pairs) -> BoolArray:
    """Return where the opportunity is about the actor's own company."""
    own = np.zeros(max(len(pairs.opportunities), len(pairs.actors)), np.bool_)
    for theirs in pairs.opportunities.own_sirens.T:
        if (theirs != "").any():
            for siren in pairs.actors.sirens.T:
                own |= (theirs == siren) & (theirs != "")
    return own


def _other_employer(pairs: Pairs) -> BoolArray:
    """Return where employees are those of another company than the one that is sold; unknown never excludes.

    Of a case that outsiders are told blind no company is known: there it excludes nobody, which would tell of it.
    """
    of_case = (pairs.opportunities.own_sirens != "").any(axis=1)
    employees = pairs.actors.traits[:, 4]
    if not of_case.any() or not employees.any():
        return np.zeros(max(len(of_case), len(employees)), np.bool_)
    known = of_case & (pairs.actors.sirens != "").any(axis=1)
    return np.asarray(employees & known & ~_own_case(pairs), np.bool_)


def _any(mask: BoolArray) -> BoolArray:
    """Return which rows `(n,)` of a mask `(n, m)`, m small, have a true value."""
    # numpy's own takes ten times as long for rows of a few values.
    found = np.zeros(len(mask), np.bool_)
    for values in mask.T:
        found |= values
    return found


def _has(membership: BoolArray) -> BoolArray:
    """Flatten `(n, 1)` or `(1, n)` to `(n,)`."""
    return membership.ravel()
