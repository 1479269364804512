"""Actors by their names."""

from collections.abc import Sequence

from api.accounts.audience import Audience
from api.core.text import folded
from api.matching.answer import ActorCard
from api.matching.snapshot import Snapshot


def actors_named(snapshot: Snapshot, audience: Audience, text: str) -> Sequence[ActorCard]:
    """Return the actors whose names contain a text, of those that the reader may see, by name."""
    asked = folded(text)
    actor_cards = [
        card
        for card in snapshot.actor_cards.values()
        if (audience.confidential or card.id not in snapshot.confidential) and asked in folded(card.name)
    ]
    return sorted(actor_cards, key=lambda card: (folded(card.name), card.id))
