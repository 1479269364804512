"""Test collections: folders of `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`, read as actors and opportunities.

An absent field is unknown. Where only the département is known, its middle stands in for the place, as everywhere in
the product.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from matcher.evaluation.references import Reference
from matcher.geography import department_middle
from matcher.types import Actor, ActorKind, Opportunity, OpportunityKind, Point, Qrels

# Day of a collection whose queries have no date; any day would do.
UNDATED = date(2024, 1, 1)
# Candidates of a folder with this name are of one kind, which its rows do not say.
FOLDER_KINDS = {"siae": ActorKind.EI}


@dataclass(frozen=True)
class Dataset:
    """A test collection, as on the day `today`.

    groups: query id → buyer, so that learning never sees a buyer on both sides of a fold.
    references: candidate id → contracts that it won elsewhere.
    """

    name: str
    opportunities: tuple[Opportunity, ...]
    actors: tuple[Actor, ...]
    qrels: Qrels
    groups: Mapping[str, str]
    today: date
    references: Mapping[str, Sequence[Reference]] = field(default_factory=dict)

    @property
    def classes(self) -> dict[str, str]:
        """Candidate id → NAF class, where one is known."""
        return {actor.id: actor.naf[0] for actor in self.actors if actor.naf}

    @property
    def relevant(self) -> int:
        """Lowest relevant grade: 2 (« call ») where judgments are graded, 1 where they only say yes."""
        return least_relevant(self.qrels)


def least_relevant(qrels: Qrels) -> int:
    """Return the lowest relevant grade: 2 (« call ») where judgments are graded, 1 where they only say yes."""
    return min(2, max(grade for grades in qrels.values() for grade in grades.values()))


def read_dataset(folder: Path) -> Dataset:
    """Read a folder. Raises FileNotFoundError, or ValueError that names the file and the line."""
    queries = list(_lines(folder / "queries.jsonl"))
    opportunities = tuple(_opportunity(row) for row in queries)
    kind = FOLDER_KINDS.get(folder.name, ActorKind.COMPANY)
    actors = tuple(_actor(row, kind) for row in _lines(folder / "corpus.jsonl"))
    known, candidates = {row.id for row in opportunities}, {row.id for row in actors}
    qrels = read_qrels(folder / "qrels.tsv", known, candidates)
    groups = {str(row["_id"]): str(row.get("buyer") or row["_id"]) for row in queries}
    judged = tuple(row for row in opportunities if row.id in qrels)
    today = max((row.published_on for row in judged if row.published_on), default=UNDATED)
    return Dataset(folder.name, judged, actors, qrels, groups, today)


def read_qrels(path: Path, queries: Collection[str], candidates: Collection[str]) -> dict[str, dict[str, int]]:
    """Read judgments: a header, then query, candidate and grade. Raises FileNotFoundError, or ValueError."""
    qrels: dict[str, dict[str, int]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines()[1:], start=2):
        cells = line.split("\t")
        if len(cells) != 3 or cells[0] not in queries or cells[1] not in candidates or not cells[2].strip().isdigit():
            raise ValueError(f"{path}, line {number}: expected a known query, a known candidate, a grade")
        qrels.setdefault(cells[0], {})[cells[1]] = int(cells[2])
    return qrels


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            row["_id"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}, line {number}: expected a JSON object with an _id") from error
        yield row


def _opportunity(row: Mapping[str, Any]) -> Opportunity:
    label = row.get("cpv_label")
    return Opportunity(
        id=str(row["_id"]),
        kind=OpportunityKind.MARKET,
        title=str(row.get("title") or ""),
        description=str(row.get("text") or ""),
        cpv=tuple(str(row["cpv"]).split()[:1]) if row.get("cpv") else (),
        cpv_labels=(str(label),) if label else (),
        naf=(str(row["naf"]),) if row.get("naf") else (),
        point=_point(row),
        department=row.get("departement"),
        amount_eur=row.get("amount"),
        published_on=date.fromisoformat(str(row["date"])[:10]) if row.get("date") else None,
    )


def _actor(row: Mapping[str, Any], kind: ActorKind) -> Actor:
    activities = [str(row[field]) for field in ("title", "text") if row.get(field)]
    return Actor(
        id=str(row["_id"]),
        kind=kind,
        name=str(row.get("name") or ""),
        activities=tuple(activities),
        naf=(str(row["naf"]),) if row.get("naf") else (),
        point=_point(row),
        department=row.get("departement"),
    )


def _point(row: Mapping[str, Any]) -> Point | None:
    if row.get("lat") is not None and row.get("lon") is not None:
        return Point(float(row["lat"]), float(row["lon"]))
    return department_middle(row.get("departement"))
