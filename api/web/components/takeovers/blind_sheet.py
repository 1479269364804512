"""A blind sheet as pages show it, inside the house and outside."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.blind_sheets import BlindSheet


@dataclass(frozen=True)
class ShownSheet:
    """What a reader of a sheet reads. rows: name and words; strengths: line by line."""

    code_name: str
    line: str
    rows: Sequence[tuple[str, str]]
    strengths: Sequence[str]


def shown_sheet(sheet: BlindSheet) -> ShownSheet:
    """Return a version of a sheet as it was agreed to."""
    return ShownSheet(
        code_name=sheet.code_name,
        line=sheet.line,
        rows=[(name, words) for name, words in sheet.told],
        strengths=[line for line in sheet.strengths.splitlines() if line],
    )
