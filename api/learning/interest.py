"""Share of interested ratings, month after month."""

import math
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from api.core.clock import day_in_france
from api.learning import queries

# From this grade on, the partner counts as interested.
INTERESTED = 2
NORMAL_95 = 1.959964


@dataclass(frozen=True)
class Month:
    """The ratings of one month: their number, those interested, and the share's 95 % interval."""

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
        half_width = z * math.sqrt(self.share * (1 - self.share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - half_width), min(1.0, middle + half_width)


def interest_by_month(session: Session) -> list[Month]:
    """Return the months with ratings, oldest first; a changed rating counts once, with its present grade."""
    counts_by_month: dict[date, list[int]] = {}
    for rated_at, interest in queries.graded_at(session):
        month_counts = counts_by_month.setdefault(day_in_france(rated_at).replace(day=1), [0, 0])
        month_counts[0] += 1
        month_counts[1] += interest >= INTERESTED
    return [Month(first_day, *counts_by_month[first_day]) for first_day in sorted(counts_by_month)]
