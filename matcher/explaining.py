"""Explanations: the score taken apart, one reason per feature, with the figures to check it by.

A reason's code is the feature's name, followed by `_unknown` where the neutral value replaced it. French wording:
`api.matching.reasons`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from matcher import text_fields
from matcher.eligibility import Condition
from matcher.features import COUNTED, FEATURES, MEANS, Pairs
from matcher.geography import great_circle_km
from matcher.lexical import shared_words
from matcher.nomenclature import affinity
from matcher.roles import quoted
from matcher.types import ROLE_PLACES, Actor, FloatArray, Opportunity, OpportunityKind, Point, Reason, Seeking

# Codes of reasons that are no feature's and add nothing to the score.
CONDITION_REASONS = frozenset({"reserved_met", "approval_held", "approval_unknown"})

Figures = Mapping[str, str | float | int]


def reasons(pairs: Pairs, row: int, features: FloatArray, parts: FloatArray) -> tuple[Reason, ...]:
    """Return the reasons of pair `row`: known features by falling contribution, unknown ones, conditions.

    Conditions, which add nothing to the score: what the market is reserved for, approvals held, approvals to check.

    features, parts: `(n_features,)`, values and contributions of that pair.
    """
    opportunity, actor = sides(pairs, row)
    explained = []
    for name, value, part in zip(FEATURES, features.tolist(), parts.tolist(), strict=True):
        if name not in COUNTED[pairs.role]:
            continue
        if np.isnan(value):
            explained.append(Reason(f"{name}_unknown", part))
        else:
            explained.append(Reason(name, part, value, _FIGURES[name](pairs, row, opportunity, actor)))
    explained.sort(key=lambda reason: (reason.value is None, -reason.contribution))
    return (*explained, *_met(pairs, row))


def _met(pairs: Pairs, row: int) -> list[Reason]:
    """Return what pair `row` had to be or hold, and does; and what nothing proves yet."""
    opportunity, actor = sides(pairs, row)
    here, there = _positions(pairs, row)
    met = []
    if (pairs.opportunities.reserved[here] & pairs.actors.qualifies[there]).any():
        met.append(
            Reason("reserved_met", figures={"reserved": " ".join(sorted(opportunity.reserved)), "kind": actor.kind})
        )
    unproven = _unproven(pairs, row, opportunity)
    if held := sorted(opportunity.required_approvals - set(unproven)):
        met.append(Reason("approval_held", figures={"approvals": " ".join(held)}))
    if unproven and not actor.approvals:
        met.append(Reason("approval_unknown", figures={"approvals": " ".join(unproven)}))
    return met


def filter_reason(pairs: Pairs, row: int, condition: Condition) -> Reason:
    """Return the failed hard condition of pair `row` as a reason, with its figures."""
    opportunity, actor = sides(pairs, row)
    figures: dict[str, str | float | int] = {}
    if condition == Condition.DEADLINE_PASSED and opportunity.deadline:
        figures["deadline"] = opportunity.deadline.isoformat()
    elif condition == Condition.RESERVED:
        figures["reserved"] = " ".join(sorted(opportunity.reserved))
        figures["kind"] = actor.kind
    elif condition == Condition.MISSING_APPROVAL:
        figures["approvals"] = " ".join(_unproven(pairs, row, opportunity))
    elif condition == Condition.OUTSIDE_AREA:
        figures.update(_nearness(pairs, row, opportunity, actor))
        figures["departments"] = " ".join(sorted(actor.area_departments))
    return Reason(condition.name.lower(), figures=figures)


def sides(pairs: Pairs, row: int) -> tuple[Opportunity, Actor]:
    """Return the two sides of pair `row`; the actor as it was compared: through a member where the unit is one."""
    here, there = _positions(pairs, row)
    return pairs.opportunities.opportunities[here], pairs.actors.units[there].actor


def _positions(pairs: Pairs, row: int) -> tuple[int, int]:
    """Return the positions of pair `row` in the two indexes: opportunity, actor's unit."""
    return row if len(pairs.opportunities) > 1 else 0, row if len(pairs.actors) > 1 else 0


def _unproven(pairs: Pairs, row: int, opportunity: Opportunity) -> list[str]:
    """Return the required approvals that the actor has neither declared nor holds by its kind."""
    names = sorted(opportunity.required_approvals)
    has = pairs.actors.approvals.take(_positions(pairs, row)[1]).of(names)[0]
    return [name for name, proven in zip(names, has.tolist(), strict=True) if not proven]


def _semantic(pairs: Pairs, row: int, opportunity: Opportunity, actor: Actor) -> Figures:
    # Always from the actor's side: among equally near phrases, both directions then show the same pair.
    here, there = _positions(pairs, row)
    done, wanted, cosine = pairs.actors.phrases.closest(there, pairs.opportunities.phrases.take(here))
    figures: dict[str, str | float | int] = {"trade": done.shown, "need": wanted.shown, "cosine": round(cosine, 4)}
    if set(opportunity.naf) & set(actor.naf):
        figures["same_class"] = 1
    return figures


def _said(pairs: Pairs, row: int, _opportunity: Opportunity, _actor: Actor) -> Figures:
    here, there = _positions(pairs, row)
    own = pairs.actors.phrases.take(there).first(int(pairs.actors.own_phrases[there]))
    done, _, _ = own.closest(0, pairs.opportunities.phrases.take(here))
    return {"activity": done.shown}


def _words(_pairs: Pairs, _row: int, opportunity: Opportunity, actor: Actor) -> Figures:
    return {
        "shared": ", ".join(shared_words(text_fields.opportunity_words(opportunity), text_fields.actor_words(actor)))
    }


def _sector(_pairs: Pairs, _row: int, opportunity: Opportunity, actor: Actor) -> Figures:
    wanted = " ".join([*opportunity.naf, *opportunity.cpv])
    by_words = affinity(opportunity.naf, opportunity.cpv) is None
    return {"naf": " ".join(actor.naf), "wanted": wanted, "by_words": int(by_words)}


def _nearness(_pairs: Pairs, _row: int, opportunity: Opportunity, actor: Actor) -> Figures:
    figures: dict[str, str | float | int] = {}
    here, there = opportunity.point, actor.point
    if here and there:
        figures.update(km=_km(here, there), exact=int(here.exact and there.exact))
    if actor.radius_km is not None:
        figures["radius_km"] = actor.radius_km
    return figures


@lru_cache(maxsize=10_000)
def _km(here: Point, there: Point) -> float:
    return round(float(great_circle_km(here.lat, here.lon, there.lat, there.lon)), 1)


def _local_reach(pairs: Pairs, row: int, opportunity: Opportunity, actor: Actor) -> Figures:
    figures = dict(_nearness(pairs, row, opportunity, actor))
    figures["reach_km"] = float(pairs.actors.local_km[_positions(pairs, row)[1]])
    return figures


def _capacity(pairs: Pairs, row: int, opportunity: Opportunity, actor: Actor) -> Figures:
    # A CAE, or who accompanies or finances, is asked about the size of the case; others about their means.
    limits = pairs.actors.role_heads[_positions(pairs, row)[1], ROLE_PLACES[pairs.role]]
    if pairs.role not in MEANS or not np.isnan(limits).all():
        heads = {} if opportunity.headcount is None else {"needed_headcount": opportunity.headcount}
        return {"fits": 1, **heads}
    known = {
        "headcount": actor.headcount,
        "turnover_eur": actor.turnover_eur,
        "amount_eur": opportunity.amount_eur,
        "needed_headcount": opportunity.headcount,
    }
    return {name: value for name, value in known.items() if value is not None}


def _seeking(_pairs: Pairs, _row: int, opportunity: Opportunity, actor: Actor) -> Figures:
    wanted = Seeking.ACQUISITIONS if opportunity.kind == OpportunityKind.TAKEOVER else Seeking.MARKETS
    if opportunity.subcontract and wanted not in (Seeking.ACQUISITIONS, *actor.seeks):
        wanted = Seeking.SUBCONTRACTS
    return {"wanted": wanted, "seeks": " ".join(sorted(actor.seeks))}


def _freshness(_pairs: Pairs, _row: int, opportunity: Opportunity, actor: Actor) -> Figures:
    figures: dict[str, str | float | int] = {}
    if actor.informed_on:
        figures["informed_on"] = actor.informed_on.isoformat()
    if opportunity.published_on:
        figures["published_on"] = opportunity.published_on.isoformat()
    return figures


def _vocation(pairs: Pairs, _row: int, _opportunity: Opportunity, actor: Actor) -> Figures:
    figures: dict[str, str | float | int] = {"role": pairs.role.value, "kind": actor.kind.value}
    if says := quoted(pairs.role, actor):
        figures["says"] = says
    return figures


def _no_figures(_pairs: Pairs, _row: int, _opportunity: Opportunity, _actor: Actor) -> Figures:
    return {}


_FIGURES: dict[str, Callable[[Pairs, int, Opportunity, Actor], Figures]] = {
    "semantic": _semantic,
    "said": _said,
    "words": _words,
    "spelling": _no_figures,
    "sector": _sector,
    "nearness": _nearness,
    "local_reach": _local_reach,
    "capacity": _capacity,
    "seeking": _seeking,
    "freshness": _freshness,
    "vocation": _vocation,
}
