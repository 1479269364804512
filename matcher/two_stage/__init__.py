"""The same list without measuring everybody: a bound on each actor's score, then exact scores of those it lets through.

Nothing of it is a guess. An actor is left out only where a bound says that its score cannot reach the list, and those
that are let through are measured by the same functions as in an exhaustive comparison (`tests/matcher/two_stage`).
"""

from matcher.two_stage.highest import first_of
from matcher.two_stage.question import PartComparison, Question
from matcher.two_stage.reach import Reach
from matcher.two_stage.reaching import highest_logits, reaching, rows_in_reach

__all__ = ["PartComparison", "Question", "Reach", "first_of", "highest_logits", "reaching", "rows_in_reach"]
