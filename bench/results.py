"""What a measure is: a value, its goal, and whether it is met."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One line of the table. `goal` is a bound: the value must not exceed it, or with `at_least` reach it."""

    part: str
    what: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """None where there is no goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal
