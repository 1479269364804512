"""Folders of judgments become actors and opportunities; what is absent is unknown."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matcher.evaluation.datasets import read_dataset
from matcher.geography import department_middle
from matcher.types import Point


def write(folder: Path, queries: list[Any], corpus: list[Any], qrels: list[str]) -> Path:
    for name, rows in (("queries", queries), ("corpus", corpus)):
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    (folder / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *qrels]), "utf-8")
    return folder


QUERY = {
    "_id": "q1",
    "title": "Tonte",
    "text": "Tonte des prés",
    "cpv": "77310000 espaces verts",
    "cpv_label": "Plantations",
    "naf": "81.30Z",
    "departement": "26",
    "amount": 90000,
    "date": "2025-03-04T00:00:00",
    "buyer": "b1",
}
COMPANY = {"_id": "c1", "name": "Les Sécateurs", "title": "paysagiste", "naf": "81.30Z", "lat": 44.9, "lon": 4.9}


def test_each_field_finds_its_place(tmp_path: Path) -> None:
    found = read_dataset(write(tmp_path, [QUERY], [COMPANY], ["q1\tc1\t2"]))
    (query,), (company,) = found.opportunities, found.actors
    assert (query.title, query.description, query.cpv, query.cpv_labels) == (
        "Tonte",
        "Tonte des prés",
        ("77310000",),
        ("Plantations",),
    )
    assert (query.amount_eur, query.published_on, query.department) == (90000, date(2025, 3, 4), "26")
    assert query.point == department_middle("26")
    assert (company.name, company.activities, company.point) == ("Les Sécateurs", ("paysagiste",), Point(44.9, 4.9))
    assert found.qrels == {"q1": {"c1": 2}}
    assert found.groups == {"q1": "b1"}
    assert found.classes == {"c1": "81.30Z"}
    assert found.name == tmp_path.name


def test_what_is_absent_is_unknown_and_a_query_is_its_own_buyer(tmp_path: Path) -> None:
    found = read_dataset(write(tmp_path, [{"_id": "q1"}], [{"_id": "c1"}], ["q1\tc1\t1"]))
    (query,), (company,) = found.opportunities, found.actors
    assert (query.amount_eur, query.published_on, query.point, query.cpv, query.deadline) == (
        None,
        None,
        None,
        (),
        None,
    )
    assert (company.activities, company.naf, company.point, company.headcount) == ((), (), None, None)
    assert found.groups == {"q1": "q1"}
    assert found.classes == {}


def test_zero_degrees_and_a_zero_amount_are_known(tmp_path: Path) -> None:
    query, company = {"_id": "q1", "amount": 0}, {"_id": "c1", "lat": 0, "lon": 0}
    found = read_dataset(write(tmp_path, [query], [company], ["q1\tc1\t1"]))
    assert found.opportunities[0].amount_eur == 0
    assert found.actors[0].point == Point(0, 0)


def test_a_query_that_nobody_judged_is_left_out(tmp_path: Path) -> None:
    found = read_dataset(write(tmp_path, [{"_id": "q1"}, {"_id": "q2"}], [{"_id": "c1"}], ["q2\tc1\t0"]))
    assert [query.id for query in found.opportunities] == ["q2"]


@pytest.mark.parametrize("line", ["q1\tc1", "q9\tc1\t1", "q1\tc9\t1", "q1 c1 1", "q1\tc1\t1\tx"])
def test_a_judgment_of_something_unknown_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    folder = write(tmp_path, [{"_id": "q1"}], [{"_id": "c1"}], ["q1\tc1\t1", line])
    with pytest.raises(ValueError, match=r"qrels\.tsv, line 3"):
        read_dataset(folder)


@pytest.mark.parametrize("row", ["{", "[]", '{"id": "c1"}', "3"])
def test_a_row_that_is_not_an_object_with_an_id_is_refused_with_its_line(tmp_path: Path, row: str) -> None:
    folder = write(tmp_path, [{"_id": "q1"}], [{"_id": "c1"}], ["q1\tc1\t1"])
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" + row)
    with pytest.raises(ValueError, match=r"corpus\.jsonl, line 2"):
        read_dataset(folder)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_dataset(tmp_path / "nowhere")
