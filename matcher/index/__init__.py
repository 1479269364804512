"""Actors and opportunities as arrays, compared exactly, in process.

Of many actors most are ruled out by a bound (`matcher.two_stage`): an approximate index would only add error.
"""

from matcher.index.actors import OWN_UNIT, ActorIndex
from matcher.index.following import read_ahead, updated
from matcher.index.opportunities import OpportunityIndex
from matcher.index.parts import alone, subset, without_rows
from matcher.index.units import Unit

__all__ = [
    "OWN_UNIT",
    "ActorIndex",
    "OpportunityIndex",
    "Unit",
    "alone",
    "read_ahead",
    "subset",
    "updated",
    "without_rows",
]
