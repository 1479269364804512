"""A folder of graded judgments is measured through ingest and suggest; what is wrong with it is named in French."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.core.errors import SourceError
from api.evaluation.evaluate import ENGINE, Evaluation, Judged, evaluate, rank_folder
from api.evaluation.folders import is_set, measured_by_default
from api.evaluation.kept_encoder import KeptEncoder
from api.evaluation.run_files import write_runs
from api.evaluation.tables import evaluation_tables, markdown
from api.matching.vectors import VectorStore
from matcher.evaluation.baselines import BASELINES
from matcher.evaluation.runs import DEPTH
from matcher.scoring import PRIOR, same_for_all_roles
from models.database import open_database
from tests.support.databases import copy_database, url_of
from tests.support.graded_files import JUDGMENTS, SPREADSHEETS, write_awards, write_graded
from tests.support.night_world import ToyEncoder

pytestmark = pytest.mark.slow

MEASURES = ["nDCG@10", "MRR@10", "R@10", "R@50", "P@5", "P@10", "miss@3", "judged@10"]
WEIGHTS = same_for_all_roles(PRIOR)
COUNTS = {"tender": 2, "message": 1, "takeover": 2, "actor": 2}


@pytest.fixture(scope="module")
def vectors(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_database(url_of(copy_database(empty_database, tmp_path_factory.mktemp("vectors") / "vectors.db")))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def encoder(vectors: Engine) -> KeptEncoder:
    return KeptEncoder(ToyEncoder(), VectorStore(vectors, ToyEncoder()))


@pytest.fixture(scope="module")
def judged(encoder: KeptEncoder, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return rank_folder(write_graded(tmp_path_factory.mktemp("graded") / "petit"), encoder, WEIGHTS)


@pytest.fixture(scope="module")
def evaluation(judged: Judged) -> Evaluation:
    return evaluate(judged)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_graded(tmp_path / "petit")


def test_every_question_is_ranked_by_every_system_under_the_identifiers_of_the_files(judged: Judged) -> None:
    rows = {name: {line.split(",")[0] for line in text.splitlines()[1:]} for name, text in SPREADSHEETS.items()}
    needs = rows["openings.csv"] | rows["takeovers.csv"] | rows["messages.csv"]
    assert list(judged.runs) == [ENGINE, *BASELINES]
    for run in judged.runs.values():
        assert set(run) == {query for query, _, _ in JUDGMENTS}
        for query, listed in run.items():
            assert {row for row, _ in listed} <= (needs if query.startswith("a") else rows["actors.csv"])
            assert len(listed) == len({row for row, _ in listed}) <= DEPTH


def test_the_obvious_candidate_comes_first_for_each_type(judged: Judged) -> None:
    first = {query: listed[0][0] for query, listed in judged.runs[ENGINE].items()}
    assert {query: first[query] for query in ("t01", "t02", "m01", "a01")} == {
        "t01": "j01",
        "t02": "j02",
        "m01": "j01",
        "a01": "t01",
    }


def test_the_json_keeps_its_keys_and_adds_measures_types_and_judged_only(evaluation: Evaluation) -> None:
    content = json.loads(json.dumps(evaluation.as_json()))
    assert {"dataset", "queries", "candidates", "systems", "ablations", "reliability"} <= set(content)
    assert (content["dataset"], content["queries"], content["candidates"]) == ("petit", 7, 6)
    assert content["references"] is None
    assert {name: section["queries"] for name, section in content["by_type"].items()} == COUNTS
    sections = [content, *content["by_type"].values(), *content["judged_only_by_type"].values()]
    for systems in [*(section["systems"] for section in sections), content["judged_only"]]:
        assert [system["name"] for system in systems] == [ENGINE, *BASELINES]
        assert systems[0]["engine_against"] is None
        for system in systems:
            assert list(system["measures"]) == MEASURES
            assert set(system["measures"]["P@5"]) == {"mean", "low", "high", "queries"}
        for system in systems[1:]:
            assert set(system["engine_against"]) == {"wins", "ties", "losses", "difference", "p"}


def test_the_mean_over_all_is_that_of_its_types(evaluation: Evaluation) -> None:
    for measure in MEASURES:
        overall = evaluation.systems[0].measures[measure]
        parts = [section.systems[0].measures[measure] for section in evaluation.by_type.values()]
        assert overall.queries == sum(part.queries for part in parts)
        assert overall.mean == pytest.approx(sum(part.mean * part.queries for part in parts) / overall.queries)


def test_among_judged_only_all_are_judged(evaluation: Evaluation) -> None:
    """Every question has at least one judged candidate in the engine's list, but fewer than ten."""
    for system, same in zip(evaluation.systems, evaluation.judged_only, strict=True):
        assert same.measures["nDCG@10"].mean >= system.measures["nDCG@10"].mean - 1e-9
        assert same.measures["judged@10"].mean in (0, pytest.approx(1)) or system.name != ENGINE


def test_a_question_that_nobody_judged_is_counted_nowhere(judged: Judged) -> None:
    qrels = {query: grades for query, grades in judged.qrels.items() if query != "t02"}
    fewer = evaluate(replace(judged, qrels=qrels))
    assert (fewer.queries, fewer.by_type["tender"].queries) == (6, 1)


def test_the_tables_have_a_section_for_each_type(evaluation: Evaluation) -> None:
    tables = evaluation_tables(evaluation)
    titles = [title for title, _ in tables]
    for words in ("marchés", "messages", "reprises", "acteurs", "seuls candidats jugés"):
        assert any(words in title for title in titles), words
    assert "miss@3" in markdown(tables)


def test_runs_are_files_of_ranks_from_one_and_falling_scores(judged: Judged, tmp_path: Path) -> None:
    files = write_runs(tmp_path, judged.collection, judged.runs)
    assert [path.relative_to(tmp_path).as_posix() for path in files] == [
        f"petit/{name}.tsv"
        for name in (
            "moteur",
            "hasard",
            "distance-seule",
            "filtres-seuls",
            "bm25",
            "tf-idf-de-caracteres",
            "encodeur-seul",
        )
    ]
    for path in files:
        with path.open(encoding="utf-8", newline="") as lines:
            assert lines.readline() == "qid\tid\trank\tscore\n"
            rows = list(csv.reader(lines, delimiter="\t"))
        by_query: dict[str, list[tuple[int, float]]] = {}
        for query, _, rank, score in rows:
            by_query.setdefault(query, []).append((int(rank), float(score)))
        assert len(by_query) == 7
        for listed in by_query.values():
            assert [rank for rank, _ in listed] == list(range(1, len(listed) + 1))
            scores = [score for _, score in listed]
            assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("name", [*SPREADSHEETS, "qrels.tsv"])
def test_a_missing_file_is_named(folder: Path, encoder: KeptEncoder, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(SourceError, match=rf"{name} : fichier absent"):
        rank_folder(folder, encoder, WEIGHTS)


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("queries.jsonl", '{"qid": "t99", "type": "tender", "text": "Inconnu"}', r"ligne 8 : .*inconnu"),
        ("queries.jsonl", '{"qid": "t01", "type": "riddle", "text": "Inconnu"}', r"ligne 8 : .*inconnu"),
        ("queries.jsonl", "{", r"ligne 8 : qid, type et text attendus"),
        ("queries.jsonl", '{"qid": "t01"}', r"ligne 8 : qid, type et text attendus"),
        ("qrels.tsv", "t01\tj99\t1", r"ligne 12 : une question connue"),
        ("qrels.tsv", "t99\tj01\t1", r"ligne 12 : une question connue"),
        ("qrels.tsv", "t01\tj01\tbeaucoup", r"ligne 12 : une question connue"),
    ],
)
def test_a_line_that_says_nothing_known_is_named(
    folder: Path, encoder: KeptEncoder, name: str, line: str, words: str
) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write("\n" + line)
    with pytest.raises(SourceError, match=rf"{name}, {words}"):
        rank_folder(folder, encoder, WEIGHTS)


def test_a_refused_row_is_named(folder: Path, encoder: KeptEncoder) -> None:
    with (folder / "openings.csv").open("a", encoding="utf-8") as file:
        file.write("t03,,Ville inventée,90911200,90000,26362,Valence,26,2026-11-10,2026-12-30,,appel d'offres\n")
    with pytest.raises(SourceError, match=r"openings\.csv, ligne 4 : "):
        rank_folder(folder, encoder, WEIGHTS)


def test_awards_are_measured_with_and_without_references(encoder: KeptEncoder, tmp_path: Path) -> None:
    """The JSON's `dataset` stays the folder's name; run files of the two stand apart."""
    trades = {"c1": "Tonte de pelouses", "c2": "Repas livrés", "c3": "Vitrerie"}
    awards = write_awards(tmp_path / "awards-dev", trades, "26")
    # In another département and other words: what c1 won elsewhere is fair, and tells.
    elsewhere = write_awards(tmp_path / "awards-train", {"c1": "Tonte de pelouses, arbres, haies"}, "38")
    without = rank_folder(awards, encoder, WEIGHTS)
    with_references = rank_folder(awards, encoder, WEIGHTS, references=elsewhere)
    assert (without.collection, with_references.collection) == ("awards-dev", "awards-dev+awards-train")
    content = evaluate(with_references).as_json()
    assert (content["dataset"], content["references"]) == ("awards-dev", "awards-train")
    assert (content["by_type"], content["judged_only"]) == ({}, [])
    score = {
        name: dict(run.runs[ENGINE]["awards-dev-c1"])["c1"] for name, run in (("-", without), ("+", with_references))
    }
    assert score["+"] > score["-"]


@pytest.mark.parametrize(
    ("name", "line"), [("queries.jsonl", "{"), ("queries.jsonl", '{"title": "x"}'), ("qrels.tsv", "x\ty")]
)
def test_references_that_cannot_be_read_are_named(encoder: KeptEncoder, tmp_path: Path, name: str, line: str) -> None:
    awards = write_awards(tmp_path / "awards-dev", {"c1": "Tonte"}, "26")
    elsewhere = write_awards(tmp_path / "awards-train", {"c1": "Fauchage"}, "38")
    with (elsewhere / name).open("a", encoding="utf-8") as file:
        file.write("\n" + line)
    with pytest.raises(SourceError, match=rf"awards-train/{name}, ligne "):
        rank_folder(awards, encoder, WEIGHTS, references=elsewhere)


def test_missing_references_are_named(encoder: KeptEncoder, tmp_path: Path) -> None:
    awards = write_awards(tmp_path / "awards-dev", {"c1": "Tonte"}, "26")
    with pytest.raises(SourceError, match=r"nowhere/queries\.jsonl : fichier absent"):
        rank_folder(awards, encoder, WEIGHTS, references=tmp_path / "nowhere")


def test_by_default_awards_train_is_only_read_from_and_awards_dev_is_measured_twice(tmp_path: Path) -> None:
    for name in ("awards-train", "awards-dev", "siae"):
        write_awards(tmp_path / name, {"c1": "Tonte"}, "26")
    write_graded(tmp_path / "facilitator")
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").write_text("", "utf-8")
    _fixtures, *measured = measured_by_default(tmp_path)
    assert [(folder.name, references and references.name) for folder, references in measured] == [
        ("awards-dev", None),
        ("awards-dev", "awards-train"),
        ("facilitator", None),
        ("notes", None),
        ("siae", None),
    ]
    assert [folder.name for folder, _ in measured if not is_set(folder)] == ["notes"]


def test_by_default_only_the_fixtures_where_nothing_lies_beside_the_project(tmp_path: Path) -> None:
    assert [folder.name for folder, _ in measured_by_default(tmp_path / "nowhere")] == ["fixtures"]
