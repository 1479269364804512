"""Who wins which contracts: counted by class, never by company."""

import json
from pathlib import Path

from api.build.cpv_winners import count_companies, write_counts


def awards(folder: Path, contracts: int) -> Path:
    """A company that won several contracts of a subject, and one that won a neighbouring one."""
    companies = [{"_id": "a", "naf": "81.30Z"}, {"_id": "b", "naf": "02.40Z"}, {"_id": "c"}]
    subjects = [{"_id": f"q{number}", "cpv": "77310000"} for number in range(contracts)]
    subjects.append({"_id": "other", "cpv": "77340000"})
    wins = [*((f"q{number}", "a") for number in range(contracts)), ("other", "b"), ("other", "c")]
    for name, rows in (("corpus", companies), ("queries", subjects)):
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    lines = ["query-id\tcorpus-id\tscore", *(f"{query}\t{company}\t1" for query, company in wins)]
    (folder / "qrels.tsv").write_text("\n".join(lines))
    return folder


def test_a_company_counts_once_however_often_it_won(tmp_path: Path) -> None:
    counts = count_companies(awards(tmp_path, contracts=5))
    assert counts["77"] == {"81.30Z": 1, "02.40Z": 1}
    assert counts["7731"] == {"81.30Z": 1}


def test_only_prefixes_classes_and_counts_are_written(tmp_path: Path) -> None:
    """A prefix that says no more than the shorter one is left out."""
    write_counts(count_companies(awards(tmp_path, contracts=2)), tmp_path / "out.tsv")
    licence, *lines = (tmp_path / "out.tsv").read_text().splitlines()
    assert "Licence Ouverte" in licence
    assert lines == ["77\t02.40Z:1 81.30Z:1", "7731\t81.30Z:1", "7734\t02.40Z:1"]
