"""A measure: a value, its goal, and whether it is met."""

from dataclasses import dataclass

# Units of goals that hold for a quiet machine of two cores, and say little of any other.
MACHINE_UNITS = frozenset({"ms", "s", "Mo", "textes/s", "/s"})


@dataclass(frozen=True)
class Result:
    """One line of the table. `goal` bounds the value from above, or from below with `at_least`.

    unit: `×` for a ratio of two measures of the same run, `%` for a share, empty for a count; otherwise
    one of `MACHINE_UNITS`.
    """

    part: str
    name: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """None where there is no goal; a value that is NaN misses its goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def depends_on_machine(self) -> bool:
        """False for ratios within the run and for counts: they mean the same on every machine."""
        return self.unit in MACHINE_UNITS


def ratio(part: str, name: str, value: float, base: float, goal: float) -> Result:
    """Return `value` ÷ `base`, both measured in this run in the same unit, which must not exceed `goal`."""
    return Result(part, name, value / base if base else float("nan"), "×", goal)
