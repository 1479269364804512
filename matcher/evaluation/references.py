"""Contracts won elsewhere, as references of a collection's candidates; guarded, so that no answer is given away.

A reference counts for a query only if it was carried out in another département, and if its title is not nearly that of
a query of the same département: a renewed contract has the same words, and often the same winner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matcher.columns import Encode
from matcher.evaluation.judgment_files import json_rows, read_qrels
from matcher.index import ActorIndex, updated
from matcher.lexical import analyse
from matcher.types import Actor, Opportunity

# Share of common stems (Jaccard) from which two titles are nearly the same.
NEAR_DUPLICATE = 0.6


@dataclass(frozen=True)
class Reference:
    """The title of a contract that an actor won, the département it was carried out in, and the day, "" if unknown."""

    title: str
    department: str | None
    day: str = ""


def read_references(folder: Path) -> dict[str, tuple[Reference, ...]]:
    """Return the contracts of each winner of a folder of awards, the newest first.

    Raises FileNotFoundError, or UnreadableLineError that names the file and the line.
    """
    contracts = dict(json_rows(folder / "queries.jsonl", _contract))
    won: dict[str, list[Reference]] = {}
    for contract, winners in read_qrels(folder / "qrels.tsv", contracts).items():
        for winner, grade in winners.items():
            if grade > 0:
                won.setdefault(winner, []).append(contracts[contract])
    return {
        winner: tuple(sorted(references, key=lambda reference: (reference.day, reference.title), reverse=True))
        for winner, references in won.items()
    }


def _contract(row: Mapping[str, Any]) -> tuple[str, Reference]:
    return str(row["_id"]), Reference(str(row.get("title") or ""), row.get("departement"), str(row.get("date") or ""))


class ReferencedActors:
    """The index of a collection's actors with the references that are fair to a query."""

    def __init__(
        self,
        actors: Sequence[Actor],
        references: Mapping[str, Sequence[Reference]],
        queries: Sequence[Opportunity],
        encode: Encode,
    ) -> None:
        self._references = {actor.id: references[actor.id] for actor in actors if actor.id in references}
        self._actors = {actor.id: actor for actor in actors}
        self._encode = encode
        self._stems = {title: frozenset(analyse(title)) for title in self._titles()}
        self._asked: dict[str | None, list[frozenset[str]]] = {}
        for query in queries if self._references else ():
            self._asked.setdefault(query.department, []).append(frozenset(analyse(query.lot_title or query.title)))
        with_all = [self._with(actor.id, references.get(actor.id, ())) for actor in actors]
        self._index = ActorIndex.build(with_all, encode)
        self._department: str | None = None
        self._fair: ActorIndex | None = None

    def fair_to(self, query: Opportunity) -> ActorIndex:
        """Return the index for a query; the last département's is kept."""
        if not self._references:
            return self._index
        if self._fair is None or self._department != query.department:
            changed = []
            for actor_id, references in self._references.items():
                fair = [reference for reference in references if self._is_fair(reference, query.department)]
                if len(fair) < len(references):
                    changed.append(self._with(actor_id, fair))
            self._fair, self._department = updated(self._index, changed, [], self._encode), query.department
        return self._fair

    def _is_fair(self, reference: Reference, department: str | None) -> bool:
        if reference.department is None or reference.department == department:
            return False
        stems = self._stems[reference.title]
        return not any(
            len(stems & asked) >= NEAR_DUPLICATE * len(stems | asked) for asked in self._asked.get(department, ())
        )

    def _with(self, actor_id: str, references: Sequence[Reference]) -> Actor:
        return replace(self._actors[actor_id], references=tuple(dict.fromkeys(row.title for row in references)))

    def _titles(self) -> set[str]:
        return {reference.title for references in self._references.values() for reference in references}
