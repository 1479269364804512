"""The index of the search, kept in memory and brought up to date row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from api.catalogue.changes import change_counter, changes_since
from api.catalogue.places.places_in_text import Gazetteer
from api.matching.queries import hidden_as_duplicates
from api.search import queries
from api.search.entries import Entry, Found, actor_entry, opportunity_entry
from api.search.layers import LayeredIndex
from api.search.word_index import WordCollector, WordIndex, words_in
from matcher.types import BoolArray, FloatArray

# What of each entry a search compares. may_stand: it is not archived, and no opportunity that is closed; lat, lon:
# degrees, NaN where unknown.
FACTS = np.dtype([("is_actor", "?"), ("may_stand", "?"), ("lat", "f4"), ("lon", "f4")])
# Rows that changed are looked up beside the others until there are so many; then all are joined.
MOST_ABOVE = 500


class ReadEntry(NamedTuple):
    """What an index keeps of an entry. worths: its words, as `words_in` returns them; facts: as `FACTS` says."""

    id: str
    worths: Mapping[str, int]
    facts: tuple[bool, bool, float, float]

    @classmethod
    def of(cls, entry: Entry) -> ReadEntry:
        lat, lon = (entry.point.lat, entry.point.lon) if entry.point else (np.nan, np.nan)
        is_actor = entry.found is Found.ACTOR
        return cls(entry.id, words_in(entry.texts), (is_actor, entry.may_stand, lat, lon))


class Layer(NamedTuple):
    """An index of entries, and the facts of each `(n_entries,)`."""

    words: WordIndex
    facts: NDArray[np.void]

    @classmethod
    def of(cls, entries: Iterable[ReadEntry]) -> Layer:
        collector = WordCollector()

        def facts() -> Iterator[tuple[bool, bool, float, float]]:
            for entry in entries:
                collector.add(entry.id, entry.worths)
                yield entry.facts

        columns = np.fromiter(facts(), FACTS)
        words, order = collector.index()
        return cls(words, columns[order])


@dataclass(frozen=True)
class Records:
    """The index of actors and opportunities, with the facts of each row `(n_rows,)`."""

    words: LayeredIndex
    facts: NDArray[np.void]

    @property
    def is_actor(self) -> BoolArray:
        return self._column("is_actor")

    @property
    def may_stand(self) -> BoolArray:
        return self._column("may_stand")

    @property
    def lat(self) -> FloatArray:
        return self._column("lat")

    @property
    def lon(self) -> FloatArray:
        return self._column("lon")

    def _column(self, name: str) -> NDArray[Any]:
        return np.ascontiguousarray(self.facts[name])


class SearchIndex:
    """Keeps the index of a database's actors and opportunities; threads may share it.

    It holds what is confidential too: only the house may ask it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counter = -1
        self._gazetteer: Gazetteer | None = None
        self._all = Layer.of(())
        # Rows that changed since, those that are gone too, and what is above the others of them.
        self._changed: set[str] = set()
        self._above: dict[str, ReadEntry] = {}
        self._hidden: frozenset[str] = frozenset()
        self._records = self._layered()

    def current(self, session: Session, gazetteer: Gazetteer) -> Records:
        """Return the index with all that the session can see; only what changed since the last call is read.

        gazetteer: names the communes; with another one, all is read again.
        """
        counter = change_counter(session)
        with self._lock:
            if counter > self._counter or gazetteer is not self._gazetteer:
                self._read(session, gazetteer)
                self._counter, self._gazetteer = counter, gazetteer
            return self._records

    def _read(self, session: Session, gazetteer: Gazetteer) -> None:
        if gazetteer is not self._gazetteer:
            self._changed, self._above = set(), {}
            self._all = Layer.of(map(ReadEntry.of, entries(session, gazetteer, None, None)))
            self._hidden = frozenset(hidden_as_duplicates(session))
        else:
            changed = changes_since(session, self._counter)
            actor_ids, opportunity_ids = changed.get("actors", set()), changed.get("opportunities", set())
            if "duplicate_proposals" in changed:
                self._hidden = frozenset(hidden_as_duplicates(session))
            elif not (actor_ids or opportunity_ids):
                return
            self._changed |= actor_ids | opportunity_ids
            for row_id in actor_ids | opportunity_ids:
                self._above.pop(row_id, None)
            for entry in entries(session, gazetteer, actor_ids, opportunity_ids):
                self._above[entry.id] = ReadEntry.of(entry)
        self._records = self._layered()
        if len(self._changed) > MOST_ABOVE:
            words, order = self._records.words.joined()
            self._all = Layer(words, self._records.facts[order])
            self._changed, self._above = set(), {}
            self._records = self._layered()

    def _layered(self) -> Records:
        above = Layer.of(self._above.values())
        below_ids = self._all.words.rows_of(self._changed)
        present = np.ones(len(self._all.facts) + len(above.facts), np.bool_)
        present[below_ids[below_ids >= 0]] = False
        layers = (self._all.words, above.words)
        hidden = LayeredIndex(layers, present, present).rows_of(self._hidden)
        shown = present.copy()
        shown[hidden[hidden >= 0]] = False
        return Records(LayeredIndex(layers, present, shown), np.concatenate([self._all.facts, above.facts]))


def entries(
    session: Session,
    gazetteer: Gazetteer,
    actor_ids: Collection[str] | None,
    opportunity_ids: Collection[str] | None,
) -> Iterator[Entry]:
    """Yield actors and opportunities of the tables as they are found and shown; None asks for all of a kind."""
    for actor in queries.actor_rows(session, actor_ids):
        yield actor_entry(actor, gazetteer)
    lots = queries.lot_titles(session, opportunity_ids)
    for opportunity in queries.opportunity_rows(session, opportunity_ids):
        yield opportunity_entry(opportunity, lots.get(opportunity.id, []), gazetteer)
