"""How near what was asked is to what somebody does or wants, whatever the words."""

import numpy as np

from api.matching.snapshot import Snapshot
from api.matching.subject import encode_on_grid
from matcher.columns import PhraseTable
from matcher.embedding import Encoder
from matcher.types import FloatArray, Phrase


class Meaning:
    """What was asked, encoded; compared with the phrases that a snapshot holds."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder, text: str) -> None:
        self._snapshot = snapshot
        self._asked = PhraseTable.build([(Phrase(text, text),)], encode_on_grid(encoder))

    def of_actors(self) -> dict[str, float]:
        """Return each actor's nearness, in [0, 1] on the encoder's range: the highest of what it does."""
        index = self._snapshot.actors
        by_unit = self._near(index.phrases)
        nearness = np.zeros(len(index.actors), np.float32)
        np.maximum.at(nearness, index.owner, by_unit)
        return dict(zip([actor.id for actor in index.actors], nearness.tolist(), strict=True))

    def of_opportunities(self) -> dict[str, float]:
        """Return each opportunity's nearness: the highest of its lots."""
        index = self._snapshot.opportunities
        nearness: dict[str, float] = {}
        for row, value in zip(index.opportunities, self._near(index.phrases).tolist(), strict=True):
            whole = self._snapshot.opportunity_cards[row.id].opportunity_id
            nearness[whole] = max(nearness.get(whole, 0), value)
        return nearness

    def closest(self, record_id: str) -> str:
        """Return what of an actor or opportunity of the snapshot is nearest, as it is shown; "" of others."""
        actors, opportunities = self._snapshot.actors, self._snapshot.opportunities
        units: list[int] = []
        phrases = actors.phrases
        if record_id in self._snapshot.actor_cards:
            owner = next(row for row, actor in enumerate(actors.actors) if actor.id == record_id)
            units = np.flatnonzero(actors.owner == owner).tolist()
        else:
            phrases, cards = opportunities.phrases, self._snapshot.opportunity_cards
            rows = enumerate(opportunities.opportunities)
            units = [row for row, lot in rows if cards[lot.id].opportunity_id == record_id]
        nearest = max((phrases.closest(unit, self._asked) for unit in units), key=lambda pair: pair[2], default=None)
        return nearest[0].shown if nearest else ""

    def _near(self, phrases: PhraseTable) -> FloatArray:
        if not len(phrases.starts):
            return np.zeros(0, np.float32)
        low, high = self._snapshot.matcher.similarity_range
        scaled = (phrases.best(self._asked) - low) / (high - low)
        return np.asarray(np.nan_to_num(np.clip(scaled, 0, 1)), np.float32)
