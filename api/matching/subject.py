"""What is asked about, as an index of its own; the snapshot holds the vectors of all that is on it."""

from collections.abc import Sequence

import numpy as np

from api.matching.snapshot import Snapshot
from matcher.columns import Encode
from matcher.embedding import Encoder, from_grid, to_grid
from matcher.index import ActorIndex, OpportunityIndex, alone
from matcher.types import Actor, FloatArray, Opportunity


def opportunity_index(snapshot: Snapshot, opportunity: Opportunity) -> OpportunityIndex:
    """Return an opportunity of the snapshot as an index of one row."""
    return snapshot.opportunities.row(_opportunity_row(snapshot, opportunity.id))


def actor_index(snapshot: Snapshot, actor: Actor) -> ActorIndex:
    """Return an actor of the snapshot as an index of one actor: a unit of its own, and one for each of its members."""
    return alone(snapshot.actors, actor)


def part_index(snapshot: Snapshot, encoder: Encoder, part: Opportunity) -> OpportunityIndex:
    """Return a part of an opportunity; only the words that the snapshot does not know are encoded, and nothing kept."""
    phrases = snapshot.opportunities.phrases.take(_opportunity_row(snapshot, part.id.partition("#")[0]))
    known = {phrase.text: vector for phrase, vector in zip(phrases.phrases, phrases.vectors, strict=True)}

    def encode(texts: Sequence[str]) -> FloatArray:
        unknown = [text for text in texts if text not in known]
        if unknown:
            known.update(zip(unknown, encode_on_grid(encoder)(unknown), strict=True))
        return np.stack([known[text] for text in texts])

    return OpportunityIndex.build([part], encode)


def encode_on_grid(encoder: Encoder) -> Encode:
    """Return an encoder of texts that are not kept."""
    return lambda texts: from_grid(to_grid(encoder.encode(texts)))


def _opportunity_row(snapshot: Snapshot, opportunity_id: str) -> int:
    return next(
        row for row, candidate in enumerate(snapshot.opportunities.opportunities) if candidate.id == opportunity_id
    )
