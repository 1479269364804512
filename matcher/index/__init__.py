"""Actors and opportunities as arrays, compared exactly, in process.

At ten thousand actors an exact comparison takes a few milliseconds; an approximate index would only add error.
"""

from matcher.index.actors import ActorIndex
from matcher.index.opportunities import OpportunityIndex
from matcher.index.units import Unit

__all__ = ["ActorIndex", "OpportunityIndex", "Unit"]
