"""What a first look at all actors reads: phrases in eight bits, words by inverted lists, tables of classes and places.

All of it stands beside the exact columns of `matcher.index`; `matcher.two_stage` bounds scores by it.
"""

from matcher.retrieval.rough_columns import Exact, RoughColumns

__all__ = ["Exact", "RoughColumns"]
