"""Parts of a question are computed whoever is free, and each once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from matcher.threads import each, threads_limited


@pytest.mark.parametrize("most", [1, 2])
def test_every_part_is_computed_once_in_its_place(most: int) -> None:
    counted: list[int] = []

    def square(part: int) -> int:
        counted.append(part)
        return part * part

    with threads_limited(most):
        assert each(square, range(300)) == [part**2 for part in range(300)]
    assert sorted(counted) == list(range(300))
    assert each(lambda part: part, []) == []


def test_on_one_thread_the_caller_does_all() -> None:
    with threads_limited(1):
        assert set(each(lambda _: threading.get_ident(), range(50))) == {threading.get_ident()}


@pytest.mark.parametrize("failing", [0, 40, 99])
def test_what_a_part_raises_is_raised(failing: int) -> None:
    def work(part: int) -> int:
        if part == failing:
            raise ValueError(f"part {part}")
        return part

    with pytest.raises(ValueError, match=f"part {failing}"):
        each(work, range(100))


def test_parts_of_parts_and_many_callers_wait_for_nobody() -> None:
    def whole(start: int) -> int:
        return sum(each(lambda part: sum(each(lambda each_part: each_part + part, range(5))), range(start, start + 20)))

    expected = [sum(5 * part + 10 for part in range(start, start + 20)) for start in range(12)]
    with ThreadPoolExecutor(4) as callers:
        assert list(callers.map(whole, range(12), timeout=30)) == expected
