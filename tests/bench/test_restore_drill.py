"""The drill, while the desk is served: a backup, each kind of revocation, a restoration; each still stands."""

from pathlib import Path

import pytest

from bench.attacks import restored_rights
from bench.served_copy import served_copy

pytestmark = pytest.mark.slow


def test_a_restored_desk_gives_nobody_back_what_was_taken_from_them(world_database: Path) -> None:
    with served_copy(world_database) as copy:
        outcomes = restored_rights.attack(copy)
    assert {outcome.name: outcome.figure for outcome in outcomes if not outcome.held} == {}
