"""The index of the search, kept in memory and brought up to date row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np
from sqlmodel import Session

from api.catalogue.changes import change_counter, changes_since
from api.catalogue.places.places_in_text import Gazetteer
from api.matching.queries import hidden_as_duplicates
from api.search import queries
from api.search.entries import Entry, Found, actor_entry, opportunity_entry
from api.search.word_index import Indexed, Vocabulary, WordIndex, indexed
from matcher.columns import column
from matcher.types import BoolArray, FloatArray


@dataclass(frozen=True)
class Records:
    """The index of actors and opportunities, with what of each entry a search compares `(n_entries,)`.

    lat, lon: degrees, NaN where unknown.
    """

    words: WordIndex[Entry]
    is_actor: BoolArray
    lat: FloatArray
    lon: FloatArray

    @classmethod
    def build(cls, rows: Iterable[Indexed[Entry]], vocabulary: Vocabulary) -> Records:
        words = WordIndex.build(rows, vocabulary)
        points = [entry.point for entry in words.entries]
        return cls(
            words,
            np.array([entry.found is Found.ACTOR for entry in words.entries], np.bool_),
            column(point.lat if point else None for point in points),
            column(point.lon if point else None for point in points),
        )


class SearchIndex:
    """Keeps the index of a database's actors and opportunities; threads may share it.

    It holds what is confidential too: only the house may ask it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counter = -1
        self._gazetteer: Gazetteer | None = None
        self._vocabulary = Vocabulary()
        self._rows: dict[str, Indexed[Entry]] = {}
        self._hidden: frozenset[str] = frozenset()
        self._records = Records.build((), self._vocabulary)

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
            self._vocabulary, self._rows = Vocabulary(), {}
            self._put(self._entries(session, gazetteer, None, None))
            self._hidden = frozenset(hidden_as_duplicates(session))
        else:
            changed = changes_since(session, self._counter)
            actor_ids, opportunity_ids = changed.get("actors", set()), changed.get("opportunities", set())
            if "duplicate_proposals" in changed:
                self._hidden = frozenset(hidden_as_duplicates(session))
            elif not (actor_ids or opportunity_ids):
                return
            for row_id in actor_ids | opportunity_ids:
                self._rows.pop(row_id, None)
            self._put(self._entries(session, gazetteer, actor_ids, opportunity_ids))
        shown = (row for row_id, row in self._rows.items() if row_id not in self._hidden)
        self._records = Records.build(shown, self._vocabulary)

    def _put(self, entries: Mapping[str, Entry]) -> None:
        for row_id, entry in entries.items():
            self._rows[row_id] = indexed(entry, self._vocabulary)

    def _entries(
        self,
        session: Session,
        gazetteer: Gazetteer,
        actor_ids: Collection[str] | None,
        opportunity_ids: Collection[str] | None,
    ) -> dict[str, Entry]:
        lots = queries.lot_titles(session, opportunity_ids)
        actors = {row.id: actor_entry(row, gazetteer) for row in queries.actor_rows(session, actor_ids)}
        opportunities = {
            row.id: opportunity_entry(row, lots.get(row.id, []), gazetteer)
            for row in queries.opportunity_rows(session, opportunity_ids)
        }
        return actors | opportunities
