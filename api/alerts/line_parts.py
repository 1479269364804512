"""Parts of the published lines, whom each reaches found by several workers apart.

Whom a line reaches depends on no other line. Its part follows from its words alone: workers that read the desk at
different moments still agree which part a line is in, and none is left out.
"""

import zlib
from collections.abc import Collection

from sqlmodel import Session

# Enough that workers end at about the same time; few beside what looking for a free part costs.
PARTS = 16


def parts_of_lines(_session: Session) -> list[list[str]]:
    """Return the parts, as they are written in a night's plan."""
    return [[str(number)] for number in range(PARTS)]


def is_within(parts: Collection[str], line: str) -> bool:
    """Return whether a line is in one of these parts; without parts, every line is."""
    return not parts or str(zlib.crc32(line.encode()) % PARTS) in parts
