"""Reads where a place is from what a form writes: a postcode and a name, or a sentence (« Mairie de Crest (26400). »).

A record is read without the table of communes, which is asked afterwards (`record_places.py`): a name is only told
where it looks like a commune's, since a place that is not known is better than a wrong one.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from api.catalogue.places.record_places import department_of
from api.core.digits import is_digits
from api.core.french_input import is_department_name
from api.core.text import normalize_place, without_accents


class WrittenPlace(NamedTuple):
    """A place as far as it is told: a postcode, a commune's name, a département's code."""

    postcode: str | None = None
    city: str | None = None
    department: str | None = None


NOWHERE = WrittenPlace()

_TYPED_POSTCODE = re.compile(r"(?:FR?[\s-]*)?(\d{2})\s?(\d{3})\b(?:\s*cedex.*)?|(\d{4})", re.IGNORECASE)
# Five digits that are neither the end of a SIRET written in groups nor a quantity.
_POSTCODE = re.compile(
    r"(?<![\d.,])(?<!\d{3}\s)(\d{5})(?![.,]?\d)"
    r"(?!\s*(?:€|%|euros?\b|eur\b|ht\b|ttc\b|m[²23]?\b|m²|ha\b|km\b|kg\b|tonnes?\b|habitants?\b|heures?\b|repas\b))",
    re.IGNORECASE,
)
_DEPARTMENT_AFTER_NAME = re.compile(r"\((0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-6])\)")
_NAME_AFTER_POSTCODE = re.compile(r"\A[\s,:–-]*([^\W\d_].*)", re.DOTALL)
# What ends a name. The stop of « St. » does not.
_END = re.compile(r"[\d,;:()/\[\]|\n]|\s[-–—]\s|(?<!\bst)(?<!\bste)\.(?=\s|$)", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_CEDEX = re.compile(r"(?<!\s)\s*+\bcedex\b.*", re.IGNORECASE | re.DOTALL)
_COMMUNE = re.compile(
    r"(?:(?:mairie|ville|commune)\s+)?(de la |de l['’]\s?|des |du |de |d['’]\s?)?(.+)", re.IGNORECASE | re.DOTALL
)
_TOWN_HALL = re.compile(
    r"\A(?:.*\b)?(?:mairie|ville|commune|municipalité|hôtel de ville)\s+"
    r"(de la |de l['’]\s?|des |du |de |d['’]\s?)(.+)",
    re.IGNORECASE | re.DOTALL,
)
_AT = re.compile(r"\A(?:.*\s)?(à la|à l['’]\s?|à|au|aux)\s+(.+)", re.IGNORECASE | re.DOTALL)
_ELIDED = re.compile(r"[dl]['’][A-ZÀ-Ý]")
_ARTICLES = {
    "de la": "La ", "à la": "La ", "du": "Le ", "au": "Le ", "des": "Les ", "aux": "Les ", "de l'": "L’", "à l'": "L’",
}  # fmt: skip
_PARTICLES = frozenset({
    "a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "lez", "lès", "près",
    "pres", "saint", "sainte", "sous", "st", "ste", "sur",
})  # fmt: skip
# Words of an address or of a building, and what forms write where no commune is meant.
_OTHER_WORDS = frozenset({
    "adresse", "agence", "agglomeration", "allee", "av", "avenue", "bat", "batiment", "bd", "boulevard", "bp",
    "bureau", "bureaux", "caserne", "cedex", "centre", "chemin", "cimetiere", "code", "college", "commune",
    "communes", "communaute", "complexe", "cours", "cs", "creche", "departement", "departemental", "divers",
    "ecole", "ehpad", "ensemble", "esplanade", "etablissement", "foyer", "france", "garage", "gare", "groupe",
    "gymnase", "hopital", "hotel", "impasse", "intercommunal", "lieu", "lieux", "local", "locaux", "lot",
    "lotissement", "lycee", "mairie", "maison", "mediatheque", "montee", "musee", "nuts", "palais", "parc",
    "parking", "perimetre", "piscine", "place", "pole", "quai", "quartier", "region", "residence", "route", "rue",
    "salle", "secteur", "secteurs", "siege", "site", "sites", "square", "stade", "station", "syndicat",
    "territoire", "theatre", "tous", "tout", "toute", "toutes", "usine", "ville", "voir", "za", "zac", "zi", "zone",
})  # fmt: skip
_LONGEST_NAME = 7


def typed_place(postcode_text: str | None, city_text: str | None, department: str | None = None) -> WrittenPlace:
    """Return the place of a form's own fields. department: what the form says besides; the postcode's goes first."""
    sentence_place = place_in(city_text) if city_text and _POSTCODE.search(city_text) else NOWHERE
    postcode = _typed_postcode(postcode_text) or sentence_place.postcode
    city = sentence_place.city if sentence_place.postcode else _typed_city(city_text)
    return WrittenPlace(postcode, city, department_of(postcode or "") or sentence_place.department or department)


def place_in(sentence: str | None) -> WrittenPlace:
    """Return the place that a sentence tells; of several places, what they have in common."""
    sentence = sentence or ""
    postcodes = [match for match in _POSTCODE.finditer(sentence) if department_of(match[1])]
    if not postcodes:
        return _without_postcode(sentence)
    places = []
    for position, match in enumerate(postcodes):
        begin = postcodes[position - 1].end() if position else 0
        end = postcodes[position + 1].start() if position + 1 < len(postcodes) else len(sentence)
        before, after = sentence[begin : match.start()], sentence[match.end() : end]
        closed = before.rstrip().endswith("(")
        city = None if closed else _name_after(after)
        places.append(WrittenPlace(match[1], city or _name_before(before), department_of(match[1])))
    return common_place(places)


def is_commune_itself(name: str | None, city: str | None) -> bool:
    """Tell whether a buyer is the commune in which it has its seat: « Commune de Crest », « Crest », at Crest."""
    match = _COMMUNE.fullmatch((name or "").strip())
    if not match or not city:
        return False
    own_name = _with_article(match[1] or "", match[2])
    return bool(normalize_place(city)) and normalize_place(city) in (
        normalize_place(own_name),
        normalize_place(name or ""),
    )


def common_place(places: Iterable[WrittenPlace]) -> WrittenPlace:
    """Return what all these places have in common; those that tell nothing do not count."""
    told_places = [place for place in places if place != NOWHERE]
    if not told_places:
        return NOWHERE
    first = told_places[0]
    if all(place == first for place in told_places):
        return first
    same_postcode = all(place.postcode == first.postcode for place in told_places)
    same_city = all(normalize_place(place.city or "") == normalize_place(first.city or "") for place in told_places)
    same_department = all(place.department == first.department for place in told_places)
    return WrittenPlace(
        first.postcode if same_postcode else None,
        first.city if same_city else None,
        first.department if same_department else None,
    )


def _without_postcode(sentence: str) -> WrittenPlace:
    """« Crest », « Mairie de Crest », « Crest (26) »: a name, and perhaps a département's number."""
    department_match = _DEPARTMENT_AFTER_NAME.search(sentence)
    is_name = len(sentence) <= 100 and not _DIGIT.search(_DEPARTMENT_AFTER_NAME.sub("", sentence))
    return WrittenPlace(
        None,
        _plausible(_first_piece(sentence)) if is_name else None,
        department_match[1] if department_match else None,
    )


def _typed_postcode(postcode_text: str | None) -> str | None:
    """Return a French postcode: « 26400 », « 26 400 », « F-26400 », « 26400 CEDEX 9 », « 7000 » without its zero."""
    if not postcode_text:
        return None
    postcode = postcode_text
    if len(postcode) != 5 or not is_digits(postcode):
        match = _TYPED_POSTCODE.fullmatch(postcode.strip())
        if not match:
            return None
        postcode = f"0{match[3]}" if match[3] else match[1] + match[2]
    return postcode if department_of(postcode) else None


@lru_cache(4_000)  # A notice names one commune many times.
def _typed_city(city_text: str | None) -> str | None:
    """Return a commune's name as a form's own field has it."""
    name = _from_town_hall(_first_piece(city_text or ""))
    words = {_folded(word) for word in name.split()}
    is_unusable = _OTHER_WORDS & words or is_department_name(name) or not any(map(str.isalpha, name))
    return None if is_unusable else name


def _name_after(text: str) -> str | None:
    match = _NAME_AFTER_POSTCODE.match(text)
    return _plausible(_first_piece(match[1])) if match else None


def _name_before(text: str) -> str | None:
    pieces = [piece.strip() for piece in _END.split(text.rstrip(" \n(:-–—,"))]
    return _plausible(pieces[-1]) if pieces else None


def _first_piece(text: str) -> str:
    return _CEDEX.sub("", _END.split(text.strip(), maxsplit=1)[0]).strip(" -–—.'’")


def _from_town_hall(text: str) -> str:
    """« Mairie du Teil » → « Le Teil »; another text as it is."""
    match = _TOWN_HALL.match(text)
    return _with_article(match[1], match[2]) if match else text


def _with_article(preposition: str, name: str) -> str:
    return _ARTICLES.get(preposition.lower().replace("’", "'").strip(), "") + name.strip()


def _plausible(text: str) -> str | None:
    """Return the commune's name that a piece of a sentence is, ends with after « à », or names after « mairie de »."""
    name = _from_town_hall(text)
    if name == text and (match := _AT.match(text)):
        name = _with_article(match[1], match[2])
    name = _proper(name)
    return name if _is_name(name) else None


def _proper(text: str) -> str:
    """Return the words up to the first that no name has: « Crest et ses environs » → « Crest »."""
    kept_words: list[str] = []
    words = text.split()
    all_lower = bool(words) and text == text.lower()
    for word in words:
        if kept_words and word.lower() == "et":
            break
        is_small = word[0].islower() and _folded(word) not in _PARTICLES and not _ELIDED.match(word)
        if is_small and not all_lower:
            break
        kept_words.append(word)
    while kept_words and _folded(kept_words[-1]) in _PARTICLES:
        kept_words.pop()
    return " ".join(kept_words)


def _is_name(name: str) -> bool:
    words = [_folded(word) for word in name.split()]
    return (
        0 < len(words) <= _LONGEST_NAME
        and words[0] not in ("d", "de", "des", "du", "en", "et", "sur", "sous")
        and any(word not in _PARTICLES for word in words)
        and not _OTHER_WORDS.intersection(words)
        and all(any(character.isalpha() for character in word) for word in words)
        and not is_department_name(name)
    )


def _folded(word: str) -> str:
    return without_accents(word.lower()).strip(".'’")
