"""Test collections: folders of `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`, read as actors and opportunities.

An absent field is unknown. Where only the département is known, its middle stands in for the place, as everywhere in
the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from matcher.evaluation.judgment_files import json_rows, read_qrels
from matcher.evaluation.references import Reference
from matcher.geography import department_middle
from matcher.types import Actor, ActorKind, Opportunity, OpportunityKind, Point, Qrels

# Day of a collection whose queries have no date; any day would do.
UNDATED = date(2024, 1, 1)
# Candidates of a folder whose name begins so are insertion companies, which its rows do not say.
INSERTION_FOLDER = "siae"


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
    """Read a folder. Raises FileNotFoundError, or UnreadableLineError that names the file and the line."""
    buyers: dict[str, str] = {}

    def query(row: Mapping[str, Any]) -> Opportunity:
        buyers[str(row["_id"])] = str(row.get("buyer") or row["_id"])
        return _opportunity(row)

    opportunities = tuple(json_rows(folder / "queries.jsonl", query))
    kind = ActorKind.EI if folder.name.startswith(INSERTION_FOLDER) else ActorKind.COMPANY
    actors = tuple(json_rows(folder / "corpus.jsonl", lambda row: _actor(row, kind)))
    qrels = read_qrels(folder / "qrels.tsv", {row.id for row in opportunities}, {row.id for row in actors})
    judged = tuple(row for row in opportunities if row.id in qrels)
    today = max((row.published_on for row in judged if row.published_on), default=UNDATED)
    return Dataset(folder.name, judged, actors, qrels, buyers, today)


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
