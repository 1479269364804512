"""The three roles of a takeover, as far as an actor's record shows: taking over, supporting, financing."""

from __future__ import annotations

import re

from matcher.lexical import without_accents
from matcher.types import Actor, ActorKind, Seeking

_SUPPORTING_NAF = {"70.22Z": 0.6, "94.11Z": 0.5, "94.12Z": 0.5, "94.99Z": 0.3, "69.20Z": 0.4}
_SUPPORTING_KINDS = {ActorKind.CAE: 0.7, ActorKind.NETWORK: 0.6}
# Patterns, each of which stands somewhere after the one before: `.*` between them would go back from each beginning.
_Sequence = tuple[re.Pattern[str], ...]
_SUPPORTS: tuple[_Sequence, ...] = (
    (
        re.compile("accompagn|appui|conseil|aide|formation"),
        re.compile("repris|repren|transmission|creat|entrepreneu|cooperativ|porteur|gestion"),
    ),
    (re.compile("hebergement juridique|incubat"),),
)
_FINANCING_KINDS = {ActorKind.FOUNDATION: 0.4, ActorKind.MUTUAL: 0.3}
_FINANCES: tuple[_Sequence, ...] = (
    (re.compile(r"financ|microcredit|pret d.honneur|epargne|\bcigales?\b"),),
    (re.compile("garanti"), re.compile("emprunt|bancaire|pret")),
    (re.compile("apport"), re.compile(" capital")),
)
_SAYS_SO = 0.8
# Factors for actors that declared that they seek other things, or declared nothing.
_SEEKS_OTHERS, _SAID_NOTHING = 0.4, 0.7
_NEVER_TAKING_OVER = frozenset({ActorKind.FOUNDATION, ActorKind.MUTUAL, ActorKind.ENTREPRENEUR})


def takes_over(actor: Actor) -> float:
    """Return the factor in [0, 1] on an actor's score in the role of taking over."""
    if actor.kind in _NEVER_TAKING_OVER:
        return 0.0
    if actor.kind == ActorKind.EMPLOYEE_GROUP or Seeking.ACQUISITIONS in actor.seeks:
        return 1.0
    return _SEEKS_OTHERS if actor.seeks else _SAID_NOTHING


def supports(actor: Actor) -> float:
    """Return how much an actor supports creation and takeover, in [0, 1], by its kind, codes and activities."""
    by_code = max((_SUPPORTING_NAF.get(code, 0.0) for code in actor.naf), default=0.0)
    return max(_SUPPORTING_KINDS.get(actor.kind, 0.0), by_code, _SAYS_SO * _says(_SUPPORTS, actor))


def finances(actor: Actor) -> float:
    """Return how much an actor finances, in [0, 1], by its kind, codes (NAF 64 and 66) and activities."""
    by_code = max((0.7 for code in actor.naf if code[:2] in ("64", "66")), default=0.0)
    return max(_FINANCING_KINDS.get(actor.kind, 0.0), by_code, _SAYS_SO * _says(_FINANCES, actor))


def _says(sequences: tuple[_Sequence, ...], actor: Actor) -> bool:
    lines = [line for activity in actor.activities for line in without_accents(activity.lower()).split("\n")]
    return any(_stands_in(line, sequence) for line in lines for sequence in sequences)


def _stands_in(line: str, sequence: _Sequence) -> bool:
    start = 0
    for pattern in sequence:
        match = pattern.search(line, start)
        if match is None:
            return False
        start = match.end()
    return True
