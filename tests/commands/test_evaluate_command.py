"""`api.cli evaluate`, as it is called: a process, folders, a machine that reads its JSON."""

import json
from pathlib import Path

import pytest

import api.commands.evaluation
from matcher.embedding import Encoder
from tests.support.command_here import run_here
from tests.support.forked_programs import Ended, ForkedProgram
from tests.support.graded_files import write_awards, write_graded
from tests.support.world import ENCODER

pytestmark = pytest.mark.slow


def evaluate(folder: Path, *words: str) -> Ended:
    """Run the command in a folder of its own: it keeps its vectors there."""
    variables = {"POLESUD_ENCODER": str(ENCODER.resolve())}
    return ForkedProgram("api.cli", "evaluate", *words, variables=variables, folder=folder).ended()


def test_a_graded_folder_and_awards_with_references_in_one_json(tmp_path: Path) -> None:
    """A folder that is no set is named and passed over; lists are written for each collection."""
    graded = write_graded(tmp_path / "petit")
    awards = write_awards(tmp_path / "marches", {"c1": "Tonte de pelouses", "c2": "Repas livrés"}, "26")
    elsewhere = write_awards(tmp_path / "ailleurs", {"c1": "Fauchage"}, "38")
    no_set = tmp_path / "notes"
    no_set.mkdir()
    folders = [str(folder) for folder in (graded, no_set, awards)]
    done = evaluate(tmp_path, *folders, "--json", "--references", str(elsewhere), "--runs", str(tmp_path / "listes"))
    assert done.returncode == 0, done.stderr
    assert f"{no_set} : ce n’est pas un dossier de jugements, il est passé." in done.stderr
    of_graded, of_awards = json.loads(done.stdout)
    assert (of_graded["dataset"], of_graded["references"]) == ("petit", None)
    assert (of_awards["dataset"], of_awards["references"]) == ("marches", "ailleurs")
    assert list(of_graded["by_type"]) == ["tender", "message", "takeover", "actor"]
    assert {"P@5", "P@10", "miss@3", "judged@10"} <= set(of_graded["by_type"]["takeover"]["systems"][0]["measures"])
    assert of_awards["by_type"] == {}
    assert {path.parent.name for path in (tmp_path / "listes").glob("*/moteur.tsv")} == {"petit", "marches+ailleurs"}


def test_a_folder_of_which_a_file_is_missing_is_refused_in_french(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(api.commands.evaluation, "open_encoder", lambda _settings: encoder)
    monkeypatch.chdir(tmp_path)
    graded = write_graded(tmp_path / "petit")
    (graded / "takeovers.csv").unlink()
    status, told = run_here(monkeypatch, capsys, "evaluate", str(graded), "--json")
    assert status != 0
    assert "takeovers.csv : fichier absent" in " ".join(told.split())
    assert "Traceback" not in told


def test_no_set_at_all_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, told = run_here(monkeypatch, capsys, "evaluate", str(tmp_path / "nulle-part"))
    assert status != 0
    assert "Aucun dossier de jugements" in told
