"""OWASP's ASVS in docs/: each requirement of levels 1 and 2 once, tests that exist, counts that are right."""

import ast
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/asvs.md"
# Chapter → how many requirements of levels 1 and 2 each of its sections has, in version 5.0.0. In each section they are
# its first: those of level 3 come after them.
SECTIONS = {
    1: (2, 9, 11, 3, 2), 2: (3, 3, 4, 1), 3: (0, 2, 4, 6, 5, 0, 2), 4: (3, 1, 2, 4), 5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4), 7: (3, 4, 2, 5, 2, 2), 8: (2, 3, 1, 1), 9: (3, 4), 10: (2, 2, 4, 11, 5, 2, 3),
    11: (2, 3, 3, 4, 1, 1, 0), 12: (3, 2, 4), 13: (1, 5, 2, 5), 14: (2, 4, 3), 15: (3, 3, 7, 0), 16: (1, 5, 4, 3, 3),
    17: (1, 4, 2),
}  # fmt: skip
STATES = ("met", "met, untested", "not", "n/a")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in DOCUMENT.read_text("utf-8").splitlines()
    if re.match(r"\| \d", line)
]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
RULE = re.compile(r"`(S\d{3})`")


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def test_every_requirement_of_levels_1_and_2_stands_once_and_in_order() -> None:
    expected = [
        f"{chapter}.{section}.{number}"
        for chapter, counts in SECTIONS.items()
        for section, count in enumerate(counts, 1)
        for number in range(1, count + 1)
    ]
    assert len(expected) == 253
    assert [row[0] for row in ROWS] == expected


def test_the_counts_at_the_top_are_those_of_the_table() -> None:
    text = DOCUMENT.read_text("utf-8")
    told = {
        state: int(count) for state, count in re.findall(r"^\| (met|met, untested|not|n/a) \| (\d+) \|", text, re.M)
    }
    counted = Counter(row[3] for row in ROWS)
    assert told == {state: counted[state] for state in told}
    assert set(counted) <= set(told) <= set(STATES)
    assert f"| all | {len(ROWS)} |" in text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_met_names_what_would_notice_and_what_is_not_says_why(row: list[str]) -> None:
    """A test that exists, a rule of ruff that is on, or, for what is to be documented, a document."""
    _, level, asks, state, by = row
    assert level in ("1", "2")
    assert asks
    for path, name in TEST.findall(by):
        assert (ROOT / path).is_file(), path
        assert name in functions_of(path), name
    assert by.count("::") == len(TEST.findall(by))
    if state == "met":
        assert TEST.search(by) or RULE.search(by) or (asks.startswith("Documented") and "](" in by)
    else:
        assert state in STATES
        assert by


def test_the_rules_of_ruff_that_are_named_are_on() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert not {rule for row in ROWS for rule in RULE.findall(row[4])} & set(lint["ignore"])
