"""The establishments among which a case hides, and the steps by which a description of it becomes finer.

Outsiders can list the public establishments and may know these rules. So an establishment counts only if it would be
given this very description, not if the description is merely true of it. Establishments are divided step by step, by
activity, then place, then size. A step is taken only into groups of K_ANONYMITY or more; the remainder, of K_ANONYMITY
or more too, keeps the description before the step, so that a rare trait is not even known to be rare.

A case that was told of before is divided on from there: among the establishments alone that all its former lines fit.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from api.confidentiality.facts import POSITIONS, STEPS, Step, StepValues

K_ANONYMITY = 10

Rows: TypeAlias = npt.NDArray[np.intp]


class Description(NamedTuple):
    """For each attribute its finest level and its value there; empty says nothing of it."""

    activity: tuple[str, str] = ("", "")
    place: tuple[str, str] = ("", "")
    size: tuple[str, str] = ("", "")


class Condition(NamedTuple):
    """What is known of a value at one step: what it is, or else what it is not."""

    value: str | None = None
    excluded: frozenset[str] = frozenset()

    def holds(self, value: str | None) -> bool:
        return value == self.value if self.value is not None else value not in self.excluded


UNCONDITIONAL = (Condition(),) * len(STEPS)


class Cell(NamedTuple):
    """What a reader knows of a case who read all its lines and knows the rules: a description, and what it excludes.

    conditions: one for each of STEPS.
    """

    description: Description = Description()
    conditions: tuple[Condition, ...] = UNCONDITIONAL

    def holds(self, values: StepValues) -> bool:
        """Return whether facts with these values are in it."""
        return all(condition.holds(value) for condition, value in zip(self.conditions, values, strict=True))

    def within(self, step: Step, value: str) -> "Cell":
        """Return the part of it in which a step has a value."""
        refined = self.description._replace(**{step.attribute: (step.level, value)})
        return self._with(step, Condition(value))._replace(description=refined)

    def without(self, step: Step, values: Collection[str]) -> "Cell":
        """Return the part of it in which a step has none of some values; its description says nothing of that."""
        excluded = self.conditions[POSITIONS[step]].excluded
        return self._with(step, Condition(excluded=excluded | frozenset(values)))

    def _with(self, step: Step, condition: Condition) -> "Cell":
        position = POSITIONS[step]
        return self._replace(conditions=(*self.conditions[:position], condition, *self.conditions[position + 1 :]))


class Crowd:
    """Establishments by the values of their facts, as arrays."""

    def __init__(self, counts: Mapping[StepValues, int], home: Collection[str]) -> None:
        """counts: how many establishments have the same values. home: codes of the desk's départements."""
        self._departments = len(home)
        self._weights = np.fromiter(counts.values(), np.int64, len(counts))
        self._names: list[list[str]] = []
        codes: list[npt.NDArray[np.int32]] = []
        for position in range(len(STEPS)):
            column = [values[position] for values in counts]
            names = sorted({value for value in column if value is not None})
            # 0 is unknown.
            code_of: dict[str | None, int] = {None: 0} | {name: code for code, name in enumerate(names, start=1)}
            self._names.append(names)
            codes.append(np.fromiter((code_of[value] for value in column), np.int32, len(column)))
        self._codes = codes

    def moved(self, gone: Iterable[StepValues], came: Iterable[StepValues]) -> "Crowd | None":
        """Return the crowd without establishments of these values, and with others; None where a value is new to it.

        Those that went were in it.
        """
        moved = copy(self)
        moved._weights = self._weights.copy()
        for values, by in (*((each, -1) for each in gone), *((each, 1) for each in came)):
            row = moved._row(values)
            if row is None:
                return None
            moved._weights[row] += by
        return moved

    def _row(self, values: StepValues) -> int | None:
        """Return the row of some values, which is added where there is none; None where one is new."""
        known = [0 if value is None else _code(names, value) for names, value in zip(self._names, values, strict=True)]
        wanted = [code for code in known if code is not None]
        if len(wanted) < len(known):
            return None
        rows = np.flatnonzero(
            np.logical_and.reduce([column == code for column, code in zip(self._codes, wanted, strict=True)])
        )
        if len(rows):
            return int(rows[0])
        self._codes = [np.append(column, np.int32(code)) for column, code in zip(self._codes, wanted, strict=True)]
        self._weights = np.append(self._weights, 0)
        return len(self._weights) - 1

    def __len__(self) -> int:
        return int(self._weights.sum())

    def count(self, cell: Cell) -> int:
        """Return how many establishments are in a cell."""
        return int(self._weights[self._members(cell)].sum())

    def refine(self, cell: Cell, values: StepValues) -> Cell:
        """Return the finest part of a cell for these values such that each part, also the others, has K_ANONYMITY.

        It is `cell` itself where no step can be taken. The same crowd refines no further what it made.
        """
        members, steps = self._members(cell), _finer_steps(cell.description)
        while steps:
            step, *steps = steps
            position = POSITIONS[step]
            kept_groups, rest_count = self._groups(members, step)
            if not kept_groups:
                # If the coarse level fails k-anonymity, skip the finer levels of the same attribute.
                steps = _of_others(steps, step)
                continue
            codes, value = self._codes[position][members], values[position]
            if value not in kept_groups and not rest_count:
                # A case that was moved elsewhere after it was told of: its line must not stand out by staying.
                value = next(iter(kept_groups))
            if value in kept_groups:
                members = members[codes == kept_groups[value]]
                cell = cell.within(step, value)
            else:
                # The remainder keeps its value of this attribute; other attributes may still be refined.
                members = members[~np.isin(codes, list(kept_groups.values()))]
                cell = cell.without(step, kept_groups)
                steps = _of_others(steps, step)
        return cell

    def _members(self, cell: Cell) -> Rows:
        keep = np.ones(len(self._weights), np.bool_)
        for codes, names, condition in zip(self._codes, self._names, cell.conditions, strict=True):
            if condition.value is not None:
                keep &= np.array([False, *(name == condition.value for name in names)])[codes]
            elif condition.excluded:
                keep &= np.array([True, *(name not in condition.excluded for name in names)])[codes]
        return np.flatnonzero(keep)

    def _groups(self, members: Rows, step: Step) -> tuple[dict[str, int], int]:
        """Return value → code of the groups that a step makes, the largest first, and how many remain.

        Each has K_ANONYMITY or more; so many or more remain too, or none of a step that needs no remainder.
        """
        position = POSITIONS[step]
        names = self._names[position]
        counts = np.bincount(self._codes[position][members], self._weights[members], minlength=len(names) + 1)
        total = int(counts.sum())
        large = [code for code in np.flatnonzero(counts >= K_ANONYMITY).tolist() if code]
        # The smallest last; of equals, in the order of their values.
        large.sort(key=lambda code: (-counts[code], code))
        rest_count = total - int(counts[large].sum()) if large else total
        while large and rest_count < K_ANONYMITY and (rest_count or not step.whole or len(large) < self._departments):
            rest_count += int(counts[large.pop()])
        return {names[code - 1]: code for code in large}, rest_count


def _code(names: Sequence[str], value: str) -> int | None:
    """Return the code of a value among sorted names, None where it is none of them."""
    place = bisect_left(names, value)
    return place + 1 if place < len(names) and names[place] == value else None


def counted(establishments: Sequence[StepValues]) -> dict[StepValues, int]:
    """Return how many establishments have the same values."""
    return dict(Counter(establishments))


def _finer_steps(description: Description) -> list[Step]:
    """Return the steps that would say more than a description."""
    steps: list[Step] = []
    for attribute, (level, _) in zip(description._fields, description, strict=True):
        levels = [step for step in STEPS if step.attribute == attribute]
        reached = next((place for place, step in enumerate(levels, start=1) if step.level == level), 0)
        steps += levels[reached:]
    return sorted(steps, key=POSITIONS.__getitem__)


def _of_others(steps: Sequence[Step], taken: Step) -> list[Step]:
    return [step for step in steps if step.attribute != taken.attribute]
