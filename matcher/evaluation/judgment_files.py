"""Lines of a folder of judgments: JSON rows and grades; what cannot be read is named by file and line."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

Row = TypeVar("Row")

# What a line should be.
ROW, JUDGMENT = "a JSON object with an _id and values of the right type", "a known query, a known candidate, a grade"


class UnreadableLineError(ValueError):
    """A line that is not as it should be. number: 1 is the first line; expected: ROW or JUDGMENT."""

    def __init__(self, path: Path, number: int, expected: str) -> None:
        super().__init__(f"{path}, line {number}: expected {expected}")
        self.path, self.number, self.expected = path, number, expected


def json_rows(path: Path, convert: Callable[[Mapping[str, Any]], Row]) -> Iterator[Row]:
    """Yield each line of a file, converted. Raises FileNotFoundError or UnreadableLineError."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            content = json.loads(line)
            content["_id"]
            row = convert(content)
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableLineError(path, number, ROW) from error
        yield row


def read_qrels(
    path: Path, queries: Collection[str], candidates: Collection[str] | None = None
) -> dict[str, dict[str, int]]:
    """Read judgments: a header, then query, candidate and grade. candidates: None where any is known.

    Raises FileNotFoundError or UnreadableLineError; the latter also where there is no judgment.
    """
    qrels: dict[str, dict[str, int]] = {}
    lines = path.read_text("utf-8").splitlines()
    for number, line in enumerate(lines[1:], start=2):
        query, candidate, grade = cells if len(cells := line.split("\t")) == 3 else ("", "", "")
        known = query in queries and (candidates is None or candidate in candidates)
        if not known or not grade.strip().isdecimal():
            raise UnreadableLineError(path, number, JUDGMENT)
        qrels.setdefault(query, {})[candidate] = int(grade)
    if not qrels:
        raise UnreadableLineError(path, len(lines) + 1, JUDGMENT)
    return qrels
