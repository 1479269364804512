"""A snapshot beside what it was made of, and what differs between two of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.matching.content import Content
from api.matching.reading import Records
from api.matching.snapshot import Snapshot
from matcher.types import Opportunity
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
    actors = records.actors.changed_since(state.shown.actors) & records.actors.keys()
    opportunities = records.opportunities.changed_since(state.shown.opportunities) & records.opportunities.keys()
    return {
        **{row_id: records.actors[row_id].texts for row_id in actors},
        **{row_id: records.opportunities[row_id].texts for row_id in opportunities},
    }


def difference(before: Sequence[Opportunity], after: Sequence[Opportunity]) -> tuple[list[Opportunity], set[str]]:
    """Return the rows that came or changed, and the ids of those that went; what did not change is the same object."""
    if before is after:
        return [], set()
    known = {row.id: row for row in before}
    changed = [row for row in after if known.get(row.id) is not row]
    return changed, known.keys() - {row.id for row in after}
