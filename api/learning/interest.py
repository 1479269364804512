"""How well what was proposed was received, month after month."""

import math
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from api.core.clock import day_in_france
from api.learning import queries

# From this grade on, a partner wants to hear more.
INTERESTED = 2
NORMAL_95 = 1.959964


@dataclass(frozen=True)
class Month:
    """One month of ratings: how many, how many said yes, and between what the true share lies (95 %)."""

    first: date
    ratings: int
    interested: int

    @property
    def share(self) -> float:
        return self.interested / self.ratings

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval (1927), which holds for few ratings too."""
        n, z = self.ratings, NORMAL_95
        middle = (self.share + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(self.share * (1 - self.share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - half), min(1.0, middle + half)


def interest_by_month(session: Session) -> list[Month]:
    """Return the months in which something was rated, oldest first; a rating that was changed counts once, as it is."""
    counts: dict[date, list[int]] = {}
    for moment, interest in queries.graded_at(session):
        month = counts.setdefault(day_in_france(moment).replace(day=1), [0, 0])
        month[0] += 1
        month[1] += interest >= INTERESTED
    return [Month(first, *counts[first]) for first in sorted(counts)]
