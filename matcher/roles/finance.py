"""Who finances a takeover: loans of honour, guarantees, shares; and the size of a case that fits.

Where an actor's products are known one by one, they speak in place of its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from matcher.lexical import without_accents
from matcher.roles.sayings import is_named, saying, says
from matcher.types import ADAPTED_KINDS, SIAE_KINDS, Actor, ActorKind

REACH_KM = 120.0
# Sizes, in people: microcredit helps to start alone or nearly so, shares are bought in larger companies.
SMALL_HEADS, CAPITAL_HEADS = 5.0, 20.0
_SAYS, _NAMED, _FINANCIAL_NAF = 0.9, 0.7, 0.5
_NEVER = frozenset({*SIAE_KINDS, *ADAPTED_KINDS, ActorKind.GEIQ, ActorKind.EMPLOYEE_GROUP, ActorKind.ENTREPRENEUR})
_BY_KIND = {ActorKind.FOUNDATION: 0.3, ActorKind.MUTUAL: 0.2}

_FINANCES = (
    saying(r"financement|\bfinance\b|microcredit|prets? d.honneur|\bcigales?\b|capital.(risque|invest|developp)"),
    saying("epargne", "solidaire|entreprise|locale"),
    saying("garanti", "emprunt|bancaire|pret"),
    saying("pret", "entrepreneu|repreneur|createur|entreprise"),
    saying("apport|prise de participation|investi", "capital|fonds propres|entreprises|ess"),
)
_NAMES = (saying(r"france active|\badie\b|\bcigales?\b|credit cooperatif|\bnef\b|banque|initiative|socoden"),)
_SMALL = (saying("microcredit|petites entreprises|micro.entrepr"),)
_CAPITAL = (saying("capital.(risque|invest|developp)|prise de participation"),)
_CEILING = re.compile(r"(?:jusqu.a|maximum|plafond\w*|au plus)\D{0,20}(\d[\d .]*)\s*(k€|000 ?€|€|euros|m€)")


def vocation(actor: Actor) -> float:
    if actor.kind in _NEVER:
        return 0.0
    if actor.products:
        return _SAYS
    by_code = max((_FINANCIAL_NAF for code in actor.naf if code[:2] in ("64", "66")), default=0.0)
    spoken = _SAYS if says(actor, _FINANCES) else 0.0
    named = _NAMED if is_named(actor, _NAMES) and (by_code or actor.kind == ActorKind.ASSOCIATION) else 0.0
    return max(spoken, named, by_code, _BY_KIND.get(actor.kind, 0.0))


def heads(actor: Actor) -> tuple[float | None, float | None]:
    """Return the least and the most people of a case that it says it finances; None where it says nothing."""
    if actor.products:
        return None, _highest([product.most_heads for product in actor.products])
    if says(actor, _CAPITAL):
        return CAPITAL_HEADS, None
    return None, SMALL_HEADS if says(actor, _SMALL) else None


def ceiling_eur(actor: Actor) -> float | None:
    """Return the most that it says it lends or brings, in euros; None where nothing, or one product, bounds it."""
    if actor.products:
        return _highest([product.most_eur for product in actor.products])
    ceilings = []
    for activity in actor.activities:
        for amount, unit in _CEILING.findall(without_accents(activity.lower())):
            digits = re.sub(r"[ .]", "", amount)
            factor = {"k€": 1_000, "m€": 1_000_000}.get(unit, 1_000 if unit.startswith("000") else 1)
            ceilings.append(float(digits[:12]) * factor)
    return max(ceilings, default=None)


def quoted(actor: Actor) -> str:
    return actor.products[0].name if actor.products else says(actor, _FINANCES)


def _highest(limits: Sequence[float | None]) -> float | None:
    """Return the highest limit; None where one product has none."""
    known = [limit for limit in limits if limit is not None]
    return max(known) if len(known) == len(limits) else None
