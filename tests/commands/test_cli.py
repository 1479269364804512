"""The commands do what their help says, in French, and their exit codes can be relied on."""

import csv
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import inspect
from sqlmodel import select
from typer.testing import CliRunner

import api.cli
import api.commands.evaluation
import api.commands.terminal
from api.accounts import api_keys
from api.catalogue import queries
from api.core.errors import SourceError
from api.core.french import NBSP
from api.core.settings import settings
from matcher.embedding import Encoder
from matcher.types import Role
from models.base import identifier, utc_now
from models.database import open_database, reading, writing
from models.tables import ApiKey, WeightsVersion
from tests.support import stored
from tests.support.command_here import run_here
from tests.support.databases import copy_database, url_of
from tests.support.reads import read_once
from tests.support.world import demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
GARDENERS = demo_actor("a001", "00017926700026")

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, encoder: Encoder) -> Run:
    """Run a command on a database, in this process, with the encoder that is open already."""
    for opening in (api.commands.evaluation, api.commands.terminal):
        monkeypatch.setattr(opening, "open_encoder", lambda _location, **_: encoder)

    def command(database: Path, *words: str) -> Result:
        monkeypatch.setenv("POLESUD_DATABASE_URL", url_of(database))
        settings.cache_clear()
        return CliRunner().invoke(api.cli.app, list(words))

    yield command  # type: ignore[misc]
    settings.cache_clear()


@pytest.fixture
def world(world_database: Path, tmp_path: Path) -> Path:
    return copy_database(world_database, tmp_path / "world.db")


def plain(text: str) -> str:
    """Return the words of a drawn table."""
    return " ".join(re.sub(r"[^\w\s.,:;’'«»%€+-]", " ", text).split())


def actor_names(database: Path) -> set[str]:
    engine = open_database(url_of(database))
    with reading(engine) as session:
        names = {actor.name for actor in stored.all_actors(session)}
    engine.dispose()
    return names


def test_every_command_tells_what_it_does_in_french(run: Run, tmp_path: Path) -> None:
    told = run(tmp_path / "none.db", "--help").output
    for command in (
        "migrate",
        "ingest",
        "matches",
        "key",
        "demo",
        "serve",
        "simulate",
        "challenge",
        "weights-rollback",
    ):
        assert command in told
        assert run(tmp_path / "none.db", command, "--help").exit_code == 0
    assert "rapprocher acteurs et opportunités" in told
    # To ask for help makes nothing.
    assert not (tmp_path / "none.db").exists()


def test_migrate_makes_the_tables_and_unmakes_them(run: Run, tmp_path: Path) -> None:
    """The folder too."""
    database = tmp_path / "new" / "deep" / "polesud.db"
    done = run(database, "migrate")
    assert done.exit_code == 0, done.output
    assert "head" in done.output
    engine = open_database(url_of(database))
    assert "actors" in inspect(engine).get_table_names()
    assert run(database, "migrate", "base").exit_code == 0
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_ingest_tells_what_it_did_and_succeeds(run: Run, database: Path, tmp_path: Path) -> None:
    file = tmp_path / "acteurs.csv"
    file.write_text("id,nom,type,commune_insee\n1,Les Jardins,ACI,26108\n2,Coop Métal,SCOP,26362\n", "utf-8")
    first = run(database, "ingest", str(file), "--as", "actors")
    assert first.exit_code == 0, first.output
    assert "2 lignes ; 2 créés, 0 modifié, 0 inchangé ; 0 ligne refusée" in first.output.replace(NBSP, " ")
    assert actor_names(database) == {"Les Jardins", "Coop Métal"}
    again = run(database, "ingest", str(file), "--as", "actors")
    assert "0 créé, 0 modifié, 2 inchangés" in again.output.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("header", "read_as", "rather"),
    [("Objet,Acheteur", "actors", "opportunities"), ("Nom,Effectif", "opportunities", "actors")],
)
def test_ingest_says_where_a_file_is_rather_of_the_other_kind(
    run: Run, database: Path, tmp_path: Path, header: str, read_as: str, rather: str
) -> None:
    file = tmp_path / "liste.csv"
    file.write_text(f"{header}\nTonte,4\n", "utf-8")
    done = run(database, "ingest", str(file), "--as", read_as)
    assert isinstance(done.exception, SourceError)
    assert done.exception.detail.endswith(f"Pour le lire ainsi : --as {rather}.")


def test_ingest_keeps_what_is_valid_tells_the_rest_and_exits_with_3(run: Run, database: Path, tmp_path: Path) -> None:
    """So that a script knows; the refused rows are written beside, as they were, with the reason."""
    file, refused = tmp_path / "acteurs.csv", tmp_path / "refus" / "lignes.csv"
    refused.parent.mkdir()
    file.write_text("id,nom,type,siret\n1,Les Jardins,ACI,\n2,Coop Métal,SCOP,123\n3,,SCOP,\n", "utf-8")
    done = run(database, "ingest", str(file), "--as", "actors", "--refused", str(refused))
    assert done.exit_code == 3, done.output
    assert f"1{NBSP}créé," in done.output
    assert f"2{NBSP}lignes refusées" in done.output
    assert "SIRET invalide" in plain(done.output)
    assert actor_names(database) == {"Les Jardins"}
    rows = list(csv.DictReader(refused.read_text("utf-8-sig").splitlines()))
    assert [row["id"] for row in rows] == ["2", "3"]
    # Once mended, they can be sent again.
    assert run(database, "ingest", str(refused), "--as", "actors", "--dry-run").exit_code == 3


def test_a_dry_run_writes_nothing(run: Run, database: Path, tmp_path: Path) -> None:
    file = tmp_path / "acteurs.csv"
    file.write_text("id,nom,type\n1,Les Jardins,ACI\n", "utf-8")
    done = run(database, "ingest", str(file), "--as", "actors", "--dry-run")
    assert done.exit_code == 0
    assert f"1{NBSP}créé," in done.output
    assert "rien n’a été écrit" in done.output
    assert actor_names(database) == set()


@pytest.mark.parametrize(
    ("words", "subject", "found"),
    [
        (("--opportunity", demo_opportunity("m001")), "Entretien des espaces verts communaux", "Les Sécateurs du Val"),
        (("--opportunity", "m001"), "Entretien des espaces verts communaux", "Les Sécateurs du Val"),
        (("--opportunity", "espaces verts communaux 2027"), "Entretien des espaces verts", "Les Sécateurs du Val"),
        (("--actor", GARDENERS), "Les Sécateurs du Val", "Entretien des espaces verts communaux"),
        (("--actor", "00017926700026"), "Les Sécateurs du Val", "Entretien des espaces verts communaux"),
        (("--actor", "sécateurs"), "Les Sécateurs du Val", "Entretien des espaces verts communaux"),
        (("--text", "tonte des espaces verts à Crest"), "tonte des espaces verts", "Les Sécateurs du Val"),
        (("--opportunity", "r001"), "Menuiserie Bessolière", ""),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_matches_answers_by_identifier_name_or_text(
    run: Run, world: Path, words: tuple[str, ...], subject: str, found: str
) -> None:
    """Ranks, scores in words and reasons; the command line is the facilitator's: it sees confidential cases."""
    done = run(world, "matches", *words, "-k", "3")
    assert done.exit_code == 0, done.output
    told = plain(done.output)
    assert subject in told
    assert all(part in told for part in found.split())
    assert "candidats" in told
    assert any(advice in told for advice in ("appeler", "bonne piste", "étudier", "peu"))
    assert re.search(r"\+\d,\d\d ", told)


def test_where_nothing_is_stored_yet_matches_says_what_to_do(run: Run, database: Path) -> None:
    assert run(database, "migrate").exit_code == 0
    told = plain(run(database, "matches", "--text", "Tonte des stades").output)
    assert "0 candidat." in told
    assert "importez des fiches" in told
    assert "POLESUD_DATABASE_URL" in told


@pytest.mark.parametrize(
    "words", [(), ("--text", "tonte", "--actor", "a001"), ("--text", "tonte", "-k", "0"), ("--as", "actors")]
)
def test_a_question_that_is_not_one_is_refused(run: Run, world: Path, words: tuple[str, ...]) -> None:
    assert run(world, "matches", *words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("matches", "--actor", "personne de ce nom"), "Rien ne s’appelle « personne de ce nom »"),
        (("matches", "--actor", "a"), "Plusieurs s’appellent « a »"),
        (("weights-activate", "inconnus"), "Introuvable : Ces poids n’existent pas"),
        (("weights-rollback",), "Conflit : Aucuns poids n’ont précédé"),
        (("challenge", "nulle-part"), "nulle-part : ce dossier de jugements n’est pas là"),
    ],
)
def test_an_error_that_we_know_is_told_in_a_line_without_a_traceback(
    run: Run,
    world: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    told: str,
) -> None:
    run(world, "--help")  # sets the database
    status, said = run_here(monkeypatch, capsys, *words)
    assert status == 1
    assert told in said


def test_a_file_that_cannot_be_read_fails_in_a_line(database: Path, tmp_path: Path) -> None:
    """The real command, in a process of its own."""
    file = tmp_path / "acteurs.xlsx"
    file.write_bytes(b"ceci n'est pas un classeur")
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "ingest", str(file), "--as", "actors"],
        cwd=ROOT,
        env={"POLESUD_DATABASE_URL": url_of(database), "PATH": "", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Fichier illisible" in done.stderr
    assert "Traceback" not in done.stderr


def test_key_shows_a_secret_once_and_gives_its_role(run: Run, database: Path) -> None:
    engine = open_database(url_of(database))
    client = run(database, "key", "Mairie de Crest").output.strip()
    assert read_once(engine, api_keys.authenticate, client, now=utc_now()).role == api_keys.CLIENT
    again = run(database, "key", "Mairie de Crest")
    assert again.exit_code == 2
    assert read_once(engine, api_keys.authenticate, client, now=utc_now()).name == "Mairie de Crest"
    facilitator = run(database, "key", "Mairie de Crest", "--facilitator", "--replace").output.strip()
    assert read_once(engine, api_keys.authenticate, facilitator, now=utc_now()).role == api_keys.FACILITATOR
    with reading(engine) as session:
        assert len(session.exec(select(ApiKey)).all()) == 2
    engine.dispose()


def test_weights_are_listed_activated_and_brought_back(run: Run, database: Path) -> None:
    (prior,) = re.findall(r"[0-9a-f-]{36}", run(database, "weights").output)
    opened = open_database(url_of(database))
    with writing(opened) as session:
        values = session.get_one(WeightsVersion, prior).values
        session.add(WeightsVersion(id="appris", status="candidate", values=values, note="nuit [1]"))
    opened.dispose()
    # Newest first.
    assert re.search(r"appris à l’essai nuit.*actifs prior", plain(run(database, "weights").output))
    assert run(database, "weights-activate", "appris").output == "Poids actifs : appris (nuit [1])\n"
    assert re.search(r"appris actifs.*retirés prior", plain(run(database, "weights").output))
    assert run(database, "weights-rollback").output == f"Poids actifs : {prior} (prior)\n"
    assert re.search(r"appris retirés.*actifs prior", plain(run(database, "weights").output))


@pytest.mark.slow
def test_simulate_prints_a_table_in_markdown_and_draws_the_curve(run: Run, database: Path, tmp_path: Path) -> None:
    plot = tmp_path / "new" / "curve.svg"
    done = run(database, "simulate", "--seeds", "2", "--plot", str(plot))
    assert done.exit_code == 0, done.output
    curve, by_role = (table.splitlines() for table in done.stdout.split("\n\n"))
    for rows in (curve, by_role):
        assert [row.split("|")[1].strip() for row in rows[2:]] == ["0", "50", "200", "1\u202f000"] * 2
    assert [cell.strip() for cell in by_role[0].split("|")[3:-1]] == list(Role)
    assert "2 mondes" in plot.read_text("utf-8")


def judgments(folder: Path, buyers: int) -> Path:
    """Write forty contracts of some buyers, each won by the one company of six that does the thing."""
    trades = ("tonte de pelouses", "nettoyage de bureaux", "menuiserie", "repas livrés", "maçonnerie", "transport")
    lines = {
        "corpus.jsonl": [{"_id": f"c{i}", "title": trade, "naf": f"81.3{i}Z"} for i, trade in enumerate(trades)],
        "queries.jsonl": [{"_id": f"q{i}", "title": trades[i % 6], "buyer": f"b{i % buyers}"} for i in range(40)],
    }
    folder.mkdir()
    for name, rows in lines.items():
        (folder / name).write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    rows = ["query-id\tcorpus-id\tscore", *(f"q{i}\tc{i % 6}\t1" for i in range(40))]
    (folder / "qrels.tsv").write_text("\n".join(rows), "utf-8")
    return folder


@pytest.mark.slow
def test_challenge_prints_tables_in_markdown_or_the_same_for_a_machine(
    run: Run, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the prior errs nowhere, nothing wins."""
    monkeypatch.chdir(tmp_path)
    folder = judgments(tmp_path / "petit", buyers=20)
    done = run(database, "challenge", str(folder), "--markdown")
    assert done.exit_code == 0, done.output
    assert "### petit : 40 questions, 6 candidats, 20 groupes d’acheteurs" in done.stdout
    assert re.search(r"\| a priori \| 1\.000 \[", done.stdout)
    for name in ("linéaire appris", "arbres appris"):
        assert re.search(rf"\| {name} \| .* \| écarté \|", done.stdout)
    found = json.loads(run(database, "challenge", str(folder), "--json").stdout)
    assert [one["verdict"] and one["verdict"]["kept"] for one in found["contenders"]] == [None, False, False]
    assert found["weights"]["semantic"][0] == 5.0


def test_challenge_refuses_judgments_of_too_few_buyers(
    run: Run, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(database, "challenge", str(judgments(tmp_path / "petit", buyers=9)))
    assert isinstance(done.exception, SourceError)
    assert "9 groupes d’acheteurs, trop peu" in done.exception.detail


@pytest.mark.slow
def test_the_demo_loads_its_world_shows_matches_and_can_be_run_again(
    run: Run, database: Path, world_database: Path
) -> None:
    """From bare tables; only the vectors are there already, for they are what takes time."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("ATTACH ? AS world", (str(world_database),))
        connection.execute("INSERT INTO text_vectors SELECT * FROM world.text_vectors")
    first = run(database, "demo")
    assert first.exit_code == 0, first.output
    told = plain(first.output)
    for part in (
        "actors.csv : 130 lignes",
        "130 créés",
        "openings.csv",
        "takeovers.csv",
        "Les Sécateurs du Val",
    ):
        assert part in told
    found = re.search(r"ps_[\w-]{40,}", first.output)
    assert found
    engine = open_database(url_of(database))
    assert read_once(engine, api_keys.authenticate, found.group(), now=utc_now()).role == api_keys.FACILITATOR
    engine.dispose()
    second = run(database, "demo")
    assert second.exit_code == 0
    assert "130 inchangés" in plain(second.output)
    assert "existe déjà" in second.output
    assert not re.search(r"ps_[\w-]{40,}", second.output)


def test_the_same_file_gets_the_same_identifiers_in_every_database(world: Path) -> None:
    """What tests and examples name by « demo:m001 » is what a user's demo holds."""
    engine = open_database(url_of(world))
    with reading(engine) as session:
        opening = queries.opportunity_by_id(session, identifier("opportunities", "demo:m001"), confidential=False)
    engine.dispose()
    assert opening is not None
    assert opening.source_id == "m001"
