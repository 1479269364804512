"""A snapshot beside what it was made of, and what differs between two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from api.matching.content import Content
from api.matching.reading import Records
from api.matching.snapshot import Snapshot
from matcher.types import Actor, Opportunity
from models.weights import WeightsVersion


@dataclass(frozen=True)
class DeskState:
    """A snapshot and what it was made of. reached: the change counter up to which the tables were read.

    records: what the tables hold; shown: the same, but for rows that wait for their texts.
    """

    reached: int
    records: Records
    shown: Records
    content: Content
    version: WeightsVersion
    snapshot: Snapshot
    waiting: frozenset[str]


def texts_to_come(records: Records, state: DeskState) -> dict[str, set[str]]:
    """Return the texts of the rows that are not shown as they are, by row."""
    both = ((records.actors, state.shown.actors), (records.opportunities, state.shown.opportunities))
    return {
        row_id: record.texts for now, shown in both for row_id, record in now.items() if shown.get(row_id) is not record
    }


Row = TypeVar("Row", Actor, Opportunity)


def difference(before: Sequence[Row], after: Sequence[Row]) -> tuple[list[Row], set[str]]:
    """Return the rows that came or changed, and the ids of those that went; what did not change is the same object."""
    known = {row.id: row for row in before}
    changed = [row for row in after if known.get(row.id) is not row]
    return changed, known.keys() - {row.id for row in after}
