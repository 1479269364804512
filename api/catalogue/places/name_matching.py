"""Where a text names communes: the longest known names, postcodes, INSEE codes, and what stands beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.catalogue.places.place_names import (
    ARTICLES,
    NamedCommune,
    NameForm,
    department_beginnings,
    department_labels,
    department_names,
)
from api.catalogue.places.place_tokens import Token, words_of, written_number
from api.catalogue.places.places_in_text import Gazetteer
from api.core.digits import is_digits

_WITHIN_NAME = frozenset(" \t\n-‐‑–'’ʼ`./()")
_AFTER_HYPHEN = words_of("centre nord sud est ouest ville tgv gare rhone")
# A number before one of these is an amount.
_UNITS = words_of("e eur euro euros m m² m³ h ht ttc km kg ml t an ans heures repas personnes")


@dataclass(frozen=True)
class NameMatch:
    """Words `tokens[start:end]` that may name one of these communes."""

    start: int
    end: int
    candidates: tuple[NamedCommune, ...]
    context: frozenset[str]  # départements and postcodes said right beside it
    postcode: bool  # named by a postcode or an INSEE code


def name_matches(tokens: Sequence[Token], gazetteer: Gazetteer) -> Iterator[NameMatch]:
    place = 0
    while place < len(tokens):
        mention = _coded(tokens, place, gazetteer) or _named(tokens, place, gazetteer)
        if mention:
            yield mention
        place = mention.end if mention else place + 1


def _coded(tokens: Sequence[Token], place: int, gazetteer: Gazetteer) -> NameMatch | None:
    """Return what a postcode or INSEE code names, with the name that follows it, if there is one."""
    code, end = tokens[place].word, place + 1
    if not is_digits(code):
        return None
    if len(code) == 2 and end < len(tokens) and tokens[end].gap == " " and len(tokens[end].word) == 3:
        code, end = code + tokens[end].word, end + 1
    if (
        len(code) != 5
        or not is_digits(code)
        or (place and tokens[place].gap in (" ", ".", ",") and _digits(tokens, place - 1))
    ):
        return None
    named = _named(tokens, end, gazetteer) if end < len(tokens) and len(tokens[end].gap) < 4 else None
    inside = gazetteer.of_postcode(code)
    if named:
        there = tuple(named for named in named.candidates if named.code in inside)
        if there:
            return NameMatch(place, named.end, there, frozenset({code}), postcode=True)
    before = [token.word for token in tokens[max(place - 3, 0) : place]]
    commune = gazetteer.commune(code)
    if commune and ("insee" in before or "cog" in before):
        return NameMatch(
            place, end, (NamedCommune(code, NameForm.FULL),), frozenset({commune.department}), postcode=True
        )
    if set("€%$") & set(tokens[end - 1].after):
        return None
    following = tokens[end] if end < len(tokens) else None
    if following and (following.word in _UNITS or (is_digits(following.word) and following.gap in (" ", ".", ","))):
        return None
    if not inside or end - place > 1:
        return None
    candidates = tuple(NamedCommune(code, NameForm.FULL) for code in inside)
    return NameMatch(place, end, candidates, frozenset({code}), postcode=True)


def _named(tokens: Sequence[Token], place: int, gazetteer: Gazetteer) -> NameMatch | None:
    names = gazetteer.place_names
    for length in range(min(names.longest.get(tokens[place].word, 0), len(tokens) - place), 0, -1):
        words = tokens[place : place + length]
        if any(not _WITHIN_NAME.issuperset(token.gap) or len(token.gap) > 3 for token in words[1:]):
            continue
        candidates = names.communes.get(" ".join(written_number(token.word) for token in words))
        if (
            candidates
            and (length > 1 or words[0].word not in ARTICLES)
            and not _of_longer_name(tokens, place, length, gazetteer)
        ):
            context, end = _beside(tokens, place, place + length, candidates, gazetteer)
            return NameMatch(place, end, candidates, context, postcode=any(len(code) > 3 for code in context))
    return None


def _of_longer_name(tokens: Sequence[Token], place: int, length: int, gazetteer: Gazetteer) -> bool:
    """Return whether the words are a part of a name that is not known: Crest-Voland, Valence d’Agen, Bas-en-Crest."""
    end, names = place + length, gazetteer.place_names.longest
    if end < len(tokens) and tokens[end].gap == "-":
        following = tokens[end].word
        return following not in _AFTER_HYPHEN and following not in names
    elsewhere = ("agen", "albigeois", "aoste")
    if end + 1 < len(tokens) and tokens[end].word == "d" and tokens[end + 1].word in elsewhere:
        return True
    if not place or length > 1:
        return False
    before = tokens[place - 1]
    tied = tokens[place].gap == "-" and before.capital and before.word not in names
    second = before.word in ("en", "sur", "sous", "les") and place > 1 and tokens[place - 2].capital
    joined = not before.capital or tokens[place].gap == "-"
    return tied or (second and joined and before.gap in ("-", " ") and tokens[place - 2].word not in names)


def _beside(
    tokens: Sequence[Token], start: int, end: int, candidates: Sequence[NamedCommune], gazetteer: Gazetteer
) -> tuple[frozenset[str], int]:
    """Return the départements and postcodes beside a name, and the end of the words that say them."""
    names = department_names()
    if end < len(tokens) and len(tokens[end].gap) < 5 and not set(tokens[end].gap) & set(".;:!?"):
        word = tokens[end].word
        bracketed = "(" in tokens[end].gap
        inside = gazetteer.of_postcode(word)
        if bracketed and len(word) == 5 and not inside and word[:2] in department_labels():
            return frozenset({word[:2]}), end + 1
        if any(named.code in inside for named in candidates):
            return frozenset({word}), end + 1
        if word.zfill(2) in department_labels() and (bracketed or (word in gazetteer.departments and len(word) == 2)):
            return frozenset({word.zfill(2)}), end + 1
        skipped = end
        while skipped < len(tokens) and skipped < end + 2 and tokens[skipped].word in ("en", "dans", "la", "l", "le"):
            skipped += 1
        known = skipped < len(tokens) and tokens[skipped].word in department_beginnings()
        for length in range(min(4, len(tokens) - skipped) if known else 0, 0, -1):
            words = " ".join(token.word for token in tokens[skipped : skipped + length])
            code = names.get(words)
            if code and (skipped > end or set(tokens[end].gap) & set("(,-–")):
                return frozenset({code}), skipped + length
    if start and set(tokens[start].gap) & set(" -–)") and len(tokens[start].gap) < 4:
        word = tokens[start - 1].word
        if is_digits(word) and len(word) == 2 and word in gazetteer.departments and ")" in tokens[start].gap:
            return frozenset({word}), end
    return frozenset(), end


def _digits(tokens: Sequence[Token], place: int) -> bool:
    return is_digits(tokens[place].word) and len(tokens[place].word) <= 3
