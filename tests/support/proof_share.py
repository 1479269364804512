"""How much of the properties is drawn: an eighth in `make test`, all of it in `make proofs`."""

import os
from collections.abc import Sequence
from typing import Any

SHARE = float(os.environ.get("PROOF_SHARE", "0.125"))


def in_turn(number: int, one_in: int) -> bool:
    """Return whether a case of a long table is tried: one in so many; in `make proofs`, each."""
    return SHARE == 1 or number % one_in == 0


def share_of(cases: Sequence[Any]) -> Sequence[Any]:
    """Return the cases of a share: every eighth of an eighth, the first among them."""
    return cases[:: max(1, round(1 / SHARE))]


def examples(count: int, least: int = 3) -> int:
    """Return how many of so many examples are drawn, `least` at least."""
    return max(least, round(count * SHARE))
