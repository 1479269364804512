"""No parser that an outsider's text reaches takes a time that grows faster than the text."""

from pathlib import Path

import pytest

from api.core.errors import SourceError
from api.core.sandbox import Limits, read_apart
from tests.support.hostile_texts import SIZE, try_all

ROOMY = Limits(memory_bytes=8 << 30, cpu_s=600, silence_s=600)


@pytest.mark.slow
def test_no_parser_is_quadratic(tmp_path: Path) -> None:
    """Each call may use half a second of CPU time: the kernel ends the process in one that uses more."""
    (tmp_path / "f").touch()
    calls: list[str] = []
    with (tmp_path / "f").open("rb") as file:
        try:
            calls.extend(read_apart(try_all, file, name="f", limits=ROOMY))
        except SourceError as stopped:
            where = calls[-1] if calls else "the start"
            pytest.fail(f"stopped in {where}, after {len(calls)} calls on {SIZE} characters: {stopped.detail}")
    assert len(calls) > 3_000
