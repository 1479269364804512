"""Actors and opportunities as arrays, compared exactly, in process.

Of many actors most are ruled out by a bound (`matcher.two_stage`): an approximate index would only add error.
"""

from matcher.index.actors import ActorIndex
from matcher.index.following import AT_HAND, alone, portion, subset, updated, without_rows
from matcher.index.opportunities import OpportunityIndex
from matcher.index.units import Unit

__all__ = ["AT_HAND", "ActorIndex", "OpportunityIndex", "Unit", "alone", "portion", "subset", "updated", "without_rows"]
