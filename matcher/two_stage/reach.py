"""What is asked of a comparison of some actors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """What a comparison of some actors must have in common with that of all.

    k: the first of the list, or of each role's list where `by_role`. filtered: so many near misses. least: everybody
    whose logit is at least this. apart: a network and its member keep a place each.
    """

    k: int = 0
    filtered: int = 0
    least: float | None = None
    by_role: bool = False
    apart: bool = False
