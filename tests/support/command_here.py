"""A command as its process runs it, in this one: its errors told in a line, its exit code."""

import sys

import pytest

import api.cli


def run_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int | str | None, str]:
    """Run a command that must exit; return its exit code and what it wrote to stderr."""
    monkeypatch.setattr(sys, "argv", ["api.cli", *words])
    with pytest.raises(SystemExit) as ended:
        api.cli.main()
    return ended.value.code, capsys.readouterr().err
