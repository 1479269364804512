"""What the words of a blind sheet would give away: they leave the house as they are written."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from api.catalogue.places.place_reading import read_places
from api.catalogue.places.places_in_text import Gazetteer
from api.confidentiality.leaks import betrays
from api.core.french import spaced
from api.core.text import folded
from models.opportunities import Opportunity, TakeoverCase

_ADDRESS = re.compile(r"@|https?:|www\.|(?<=\w)\.(?:fr|com|net|org|eu|coop|pro|shop)\b", re.IGNORECASE)
_NAME_WORD = re.compile(r"[^\W\d_]{3,}")
# A word with a capital that begins no sentence.
_PROPER = re.compile(r"(?<=[\w,;:)»’'] )[A-ZÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒ][\w’'-]+")


@dataclass(frozen=True)
class KnownSecrets:
    """What the house knows of a case that its sheet must not say. contact_names: of the persons of the case."""

    case: Opportunity
    takeover: TakeoverCase | None
    contact_names: Collection[str]
    gazetteer: Gazetteer
    departments: frozenset[str]


def given_away(words: str, secrets: KnownSecrets) -> list[str]:
    """Return why these words may not leave the house, in French; empty where they may.

    They name the company, a person of the case, a place (the line says what may be said of it), a number, an address.
    """
    problems = betrays(words, secrets.case, secrets.takeover, None)
    places = read_places(words, secrets.gazetteer, secrets.departments)
    named = sorted({place.words for place in (*places.work, *places.others)} | _own_commune(words, secrets))
    if named:
        problems.append(f"Un lieu y est : « {', '.join(named)} ». La ligne dit déjà du lieu ce qui peut l’être.")
    if _ADDRESS.search(words):
        problems.append("Une adresse de courriel ou de site y est.")
    if persons := _persons(words, secrets.contact_names):
        problems.append(f"Le nom d’une personne y est : « {', '.join(persons)} ».")
    return [spaced(problem) for problem in problems]


def proper_nouns(words: str) -> list[str]:
    """Return words that look like names (a client, a brand, a label), for a person to judge; in their order."""
    return list(dict.fromkeys(_PROPER.findall(" ".join(words.split(" ")))))


def _own_commune(words: str, secrets: KnownSecrets) -> set[str]:
    """Return the case's own commune where it is named, however it is spelt."""
    commune = secrets.gazetteer.name(secrets.case)
    if commune and re.search(rf"\b{re.escape(folded(commune))}\b", folded(words)):
        return {commune}
    return set()


def _persons(words: str, names: Iterable[str]) -> list[str]:
    used = set(_NAME_WORD.findall(folded(words)))
    return sorted({word for name in names for word in _NAME_WORD.findall(folded(name)) if word in used})
