"""How near what was asked is to what somebody does or wants, whatever the words."""

import numpy as np

from api.matching.snapshot import Snapshot
from api.matching.subject import encode_on_grid
from matcher.columns import PhraseTable
from matcher.embedding import Encoder
from matcher.types import FloatArray, Phrase

# Nearness from which on two texts mean the same trade, on the encoder's range.
SAME_TRADE = 0.5


class Meaning:
    """What was asked, encoded; compared with the phrases that a snapshot holds."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder, text: str) -> None:
        self._snapshot = snapshot
        self._asked = PhraseTable.build([(Phrase(text, text),)], encode_on_grid(encoder))

    def near(self, least: float) -> dict[str, float]:
        """Return the ids of actors and opportunities at least so near, in [0, 1] on the encoder's range, and how near.

        Of an actor its nearest unit counts, of an opportunity its nearest lot.
        """
        actors, opportunities = self._snapshot.actors, self._snapshot.opportunities
        near: dict[str, float] = {}
        by_unit = self._nearness(actors.phrases)
        for unit in np.flatnonzero(by_unit >= least).tolist():
            actor_id = str(actors.ids[actors.owner[unit]])
            near[actor_id] = max(near.get(actor_id, 0), float(by_unit[unit]))
        by_lot = self._nearness(opportunities.phrases)
        for row in np.flatnonzero(by_lot >= least).tolist():
            whole = self._snapshot.opportunity_cards[opportunities.opportunities[row].id].opportunity_id
            near[whole] = max(near.get(whole, 0), float(by_lot[row]))
        return near

    def closest(self, record_id: str) -> str:
        """Return what of an actor or opportunity of the snapshot is nearest, as it is shown; "" of others."""
        actors, opportunities = self._snapshot.actors, self._snapshot.opportunities
        units: list[int] = []
        phrases = actors.phrases
        if record_id in self._snapshot.actor_cards:
            units = actors.units_of(actors.position(record_id)).tolist()
        else:
            phrases, cards = opportunities.phrases, self._snapshot.opportunity_cards
            rows = enumerate(opportunities.opportunities)
            units = [row for row, lot in rows if cards[lot.id].opportunity_id == record_id]
        nearest = max((phrases.closest(unit, self._asked) for unit in units), key=lambda pair: pair[2], default=None)
        return nearest[0].shown if nearest else ""

    def _nearness(self, phrases: PhraseTable) -> FloatArray:
        if not len(phrases.starts):
            return np.zeros(0, np.float32)
        low, high = self._snapshot.matcher.similarity_range
        scaled = (phrases.best(self._asked) - low) / (high - low)
        return np.asarray(np.nan_to_num(np.clip(scaled, 0, 1)), np.float32)
