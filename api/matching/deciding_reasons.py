"""Which facts of a suggestion decide, and are shown first."""

from collections.abc import Sequence

from api.matching.reasons import FEATURES, FORGOTTEN
from matcher.types import Reason

# Facts that are shown first; the others are a click away.
DECIDING = 4
# Where texts hardly meet, they say nothing that a reader could use.
_LEAST = {"words": 0.05, "spelling": 0.15}


def deciding_reasons(reasons: Sequence[Reason]) -> list[Reason]:
    """Return the facts that decide, at most DECIDING, the strongest first: known, and saying something by themselves.

    What speaks against a candidate (far off, too small, seeking something else) is a fact too.
    """
    facts = [reason for reason in reasons if reason.code in FEATURES and _decides(reason)]
    return sorted(facts, key=_strength, reverse=True)[:DECIDING]


def _decides(reason: Reason) -> bool:
    if reason.value is None:
        return False
    if reason.code in _LEAST and reason.value < _LEAST[reason.code]:
        return False
    if reason.code == "words":
        return FORGOTTEN in reason.figures or bool(reason.figures.get("shared"))
    # That data are recent decides nothing; the same spelling is the same trade said again.
    if reason.code == "said":
        return reason.value > 0
    return reason.code not in ("freshness", "spelling", "local_reach")


def _strength(reason: Reason) -> float:
    value = reason.value or 0.0
    against = {"capacity": value < 0.6, "seeking": value <= 0}.get(reason.code, False)
    return 1e3 if against else reason.contribution
