"""The desk's opportunities as the matcher sees them and as readers are shown them, made of the tables' records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from api.catalogue.places.places_in_text import Gazetteer
from api.confidentiality.told_lines import ToldLine
from api.matching.answer import OpportunityCard
from api.matching.conversion import blind
from api.matching.described_cases import Establishments
from api.matching.opportunity_records import OpportunityRecord
from api.matching.row_tables import RowTable
from matcher.types import Opportunity

Value = TypeVar("Value")


@dataclass(frozen=True)
class OpportunitySources:
    """What the opportunities of the desk are made of. off: ids of those that are not on it."""

    records: RowTable[OpportunityRecord]
    off: frozenset[str]
    establishments: Establishments
    gazetteer: Gazetteer

    def are(self, other: "OpportunitySources") -> bool:
        """Return whether they are the very same, so that what is made of them is too."""
        return (
            self.records is other.records
            and self.off == other.off
            and self.establishments is other.establishments
            and self.gazetteer is other.gazetteer
        )


@dataclass(frozen=True)
class OpportunityContent:
    """Opportunities lot by lot, and by their ids what is said of them.

    confidential, cancelled: ids. new_lines: case → the line that is to be recorded before anybody is shown it, and how
    many establishments it fits.
    """

    sources: OpportunitySources = field(compare=False)
    rows: tuple[Opportunity, ...]
    cards: dict[str, OpportunityCard]
    confidential: frozenset[str]
    teasers: dict[str, Opportunity]
    teaser_texts: dict[str, str]
    cancelled: frozenset[str]
    new_lines: Mapping[str, tuple[ToldLine, int]]


def make_opportunity_content(
    sources: OpportunitySources, before: OpportunityContent | None = None
) -> OpportunityContent:
    """Return the content; where it is as it was before, the same objects, or `before` itself."""
    if before and before.sources.are(sources):
        return before
    records = {
        row_id: record
        for row_id, record in sources.records.items()
        if row_id not in sources.off and not record.archived
    }
    confidential: set[str] = set()
    teasers: dict[str, Opportunity] = {}
    teaser_texts: dict[str, str] = {}
    new_lines: dict[str, tuple[ToldLine, int]] = {}
    for row_id, record in records.items():
        if record.confidential:
            confidential.update(value.id for value in record.values)
            if record.facts:
                told = sources.establishments.describe(row_id, record.facts, record.last_line, sources.gazetteer.names)
                if told.line is not record.last_line:
                    new_lines[row_id] = (told.line, told.fits)
                teasers |= {value.id: blind(value, told.activity) for value in record.values}
                teaser_texts |= {value.id: told.line.text for value in record.values}
    return OpportunityContent(
        sources=sources,
        rows=tuple(value for record in records.values() for value in record.values),
        cards={card.id: card for record in records.values() for card in record.cards},
        confidential=frozenset(confidential),
        teasers=_kept(before.teasers if before else {}, teasers),
        teaser_texts=teaser_texts,
        cancelled=frozenset(value.id for record in records.values() if record.cancelled for value in record.values),
        new_lines=new_lines,
    )


def _kept(before: Mapping[str, Value], after: dict[str, Value]) -> dict[str, Value]:
    """Return the values of now, each the object of before where it equals it."""
    return {name: before[name] if name in before and before[name] == value else value for name, value in after.items()}
