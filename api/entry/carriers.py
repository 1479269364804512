"""The networks and CAE that a form names, by their name or SIRET."""

from collections.abc import Iterable, Sequence

from api.core import official_codes
from api.core.text import folded
from api.matching.answer import ActorCard
from matcher.types import ActorKind

_CARRYING = frozenset({ActorKind.NETWORK.value, ActorKind.CAE.value})


def carriers_named(words: Sequence[str], cards: Iterable[ActorCard]) -> tuple[dict[str, str], list[str]]:
    """Return the ids of the actors that these words name, by words, and the words that name none, or several.

    A SIRET is left to the writer of memberships, which knows it.
    """
    by_name: dict[str, list[ActorCard]] = {}
    for card in cards:
        by_name.setdefault(folded(card.name), []).append(card)
    ids, unknown = dict[str, str](), list[str]()
    for word in words:
        if _is_siret(word):
            continue
        named = by_name.get(folded(word.strip()), [])
        carrying = [card for card in named if card.kind in _CARRYING]
        chosen = carrying if len(named) > 1 else named
        if len(chosen) == 1:
            ids[word] = chosen[0].id
        else:
            unknown.append(word)
    return ids, unknown


def carrier_names(cards: Iterable[ActorCard]) -> list[str]:
    """Return the names of networks and CAE, to be offered."""
    return sorted({card.name for card in cards if card.kind in _CARRYING}, key=folded)


def _is_siret(word: str) -> bool:
    try:
        official_codes.siret(word)
    except ValueError:
        return False
    return True
