"""Runs as files: a folder a collection, a file a system, a line a candidate."""

import csv
from collections.abc import Mapping
from pathlib import Path

from matcher.evaluation.runs import ScoredRun
from matcher.lexical import without_accents

HEADER = ("qid", "id", "rank", "score")


def write_runs(folder: Path, collection: str, runs: Mapping[str, ScoredRun]) -> list[Path]:
    """Write `<folder>/<collection>/<system>.tsv` for each system; ranks begin at 1. Returns the files."""
    own_folder = folder / collection
    own_folder.mkdir(parents=True, exist_ok=True)
    written = []
    for system, run in runs.items():
        path = own_folder / f"{_file_name(system)}.tsv"
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines, delimiter="\t", lineterminator="\n")
            writer.writerow(HEADER)
            for query in sorted(run):
                for rank, (candidate, score) in enumerate(run[query], start=1):
                    writer.writerow((query, candidate, rank, f"{score:.9g}"))
        written.append(path)
    return written


def _file_name(system: str) -> str:
    return "-".join(without_accents(system).lower().split())
