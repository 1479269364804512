"""The list of licences fails on what is unknown or does not go with ours."""

from pathlib import Path

import pytest

from api.build.licences import is_compatible, licences, main

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["serve", "build"])
def test_what_is_served_goes_with_our_licence(name: str) -> None:
    listed = list(licences(ROOT / f"requirements/{name}.txt"))
    assert len(listed) > 30
    assert [(package, licence) for package, _, licence in listed if not is_compatible(licence)] == []


@pytest.mark.parametrize(
    ("expression", "goes"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND (Apache-2.0 OR GPL-2.0-only)", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("SSPL-1.0", False),
        ("Proprietary", False),
        ("see LICENSE", False),
        ("", False),
    ],
)
def test_a_choice_must_be_left(expression: str, goes: bool) -> None:
    assert is_compatible(expression) is goes


def test_a_list_with_an_unknown_licence_fails(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("", "utf-8")
    assert main([str(lock)]) == 1, "an empty list proves nothing"
    lock.write_text("pytest==1\n", "utf-8")
    assert main([str(lock)]) == 0
