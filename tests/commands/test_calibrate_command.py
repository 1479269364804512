"""`api.cli calibrate`, as it is called: on a small graded folder, with drawings and constants."""

from pathlib import Path

import pytest

from matcher.priors import read_calibrations
from matcher.types import Form, Role
from tests.support.command_here import run_here
from tests.support.forked_programs import Ended, ForkedProgram
from tests.support.graded_files import write_graded
from tests.support.world import ENCODER

pytestmark = pytest.mark.slow


def calibrate(folder: Path, *words: str) -> Ended:
    variables = {"POLESUD_ENCODER": str(ENCODER.resolve())}
    return ForkedProgram("api.cli", "calibrate", *words, variables=variables, folder=folder).ended()


def test_words_constants_and_drawings_of_a_graded_folder(tmp_path: Path) -> None:
    """Nothing of the folder's texts is in what is written."""
    graded = write_graded(tmp_path / "petit")
    written = tmp_path / "calibration.json"
    done = calibrate(tmp_path, str(graded), "--markdown", "--svg", str(tmp_path / "images"), "--write", str(written))
    assert done.returncode == 0, done.stderr
    for words in ("à appeler d’abord", "bonne piste", "à étudier", "peu probable", "validation croisée", "pente"):
        assert words in done.stdout, words
    assert {path.name for path in (tmp_path / "images").glob("*.svg")} >= {
        "reliability-all.svg",
        "reliability-full.svg",
    }
    calibrations = read_calibrations(written.read_text("utf-8"))
    assert all(calibrations[role][form].slope > 0 for role in Role for form in Form)
    assert "Sécateurs" not in written.read_text("utf-8")
    assert "petit" in written.read_text("utf-8")


def test_a_folder_that_is_not_there_is_refused_in_french(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, told = run_here(monkeypatch, capsys, "calibrate", str(tmp_path / "nulle-part"))
    assert status != 0
    assert "nulle-part" in told
    assert "Traceback" not in told
