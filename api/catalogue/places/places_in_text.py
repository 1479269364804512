"""Points of communes and départements; the commune that a sentence names."""

import re
from collections.abc import Mapping, Sequence

from api.core.text import place_words
from matcher.geography import department_middle
from matcher.types import Point
from models.places import Commune
from models.tables import Actor, Opportunity

# Words that precede a place, and hardly any other capitalised word.
_BEFORE = r"(?:\bà|\ba|\bau|\baux|\b(?:commune|ville|mairie|village|bourg|gare|école|collège) d(?:e|u|es|['’]))"
_WORD = r"(?:[A-ZÀ-ÝŒ][\w’'-]*|l[ea]s?\b|d[eu]s?\b|sur\b|en\b)"
_MENTION = re.compile(rf"{_BEFORE}\s*({_WORD}(?:\s+{_WORD})*)")


class Gazetteer:
    """The communes of the tables, and the middles of all départements."""

    def __init__(self, communes: Sequence[Commune]) -> None:
        self._communes = {commune.code: commune for commune in communes}
        self._codes: dict[str, list[str]] = {}
        self._postcodes: dict[str, list[Commune]] = {}
        for commune in communes:
            for postcode in commune.postcodes:
                self._postcodes.setdefault(postcode, []).append(commune)
            self._codes.setdefault(place_words(commune.name), []).append(commune.code)
        self._most_words = max((len(words.split()) for words in self._codes), default=0)

    @property
    def names(self) -> Mapping[str, str]:
        """Return the communes' names by their codes."""
        return {code: commune.name for code, commune in self._communes.items()}

    def point(self, row: Actor | Opportunity) -> Point | None:
        """Return the row's own point, else its commune's, its postcode's or its département's middle, else nothing."""
        if row.lat is not None and row.lon is not None:
            return Point(row.lat, row.lon)
        commune = self._communes.get(row.commune_code or "")
        if commune:
            return Point(commune.lat, commune.lon)
        return self._around(row.postcode) or department_middle(row.department)

    def name(self, row: Actor | Opportunity) -> str | None:
        commune = self._communes.get(row.commune_code or "")
        return commune.name if commune else row.commune_name

    def mentioned(self, text: str, home: frozenset[str]) -> Commune | None:
        """Return the commune that a text speaks of (« à Crest »), or nothing when there is none or more than one.

        Of several communes of one name, the only one in the départements `home` is meant.
        """
        codes = set()
        for mention in _MENTION.finditer(text):
            words = mention[1].split()
            # « du Teil » means Le Teil, « aux Vans » Les Vans.
            for spelt in (words, ["le", *words], ["les", *words]):
                if code := self._code(spelt, home):
                    codes.add(code)
                    break
        return self._communes[codes.pop()] if len(codes) == 1 else None

    def _around(self, postcode: str | None) -> Point | None:
        """Return the middle of a postcode's communes, by population."""
        inside = self._postcodes.get(postcode or "", [])
        people = [(commune.population or 0) + 1 for commune in inside]
        if not inside:
            return None
        lat = sum(commune.lat * weight for commune, weight in zip(inside, people, strict=True)) / sum(people)
        lon = sum(commune.lon * weight for commune, weight in zip(inside, people, strict=True)) / sum(people)
        return Point(lat, lon, exact=False)

    def _code(self, words: list[str], home: frozenset[str]) -> str | None:
        """Return the commune whose name is the longest beginning of `words`."""
        shortest = 2 if words[0] in ("le", "les") else 1
        for end in range(min(len(words), self._most_words), shortest - 1, -1):
            codes = self._codes.get(place_words(" ".join(words[:end])), [])
            near = [code for code in codes if self._communes[code].department in home] or codes
            if len(near) == 1:
                return near[0]
        return None
