"""The contract suites that also run on PostgreSQL: each of their names is of a test that there is."""

from pathlib import Path

import pytest

from tests.support.contract_suites import SUITES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("suite", SUITES)
def test_what_a_suite_names_is_there(suite: str) -> None:
    for path in SUITES[suite]:
        file, _, name = path.partition("::")
        assert (ROOT / file).exists(), path
        assert not name or f"def {name.partition('[')[0]}(" in (ROOT / file).read_text("utf-8"), path
