"""What, in a facilitator's own words about a confidential case, would betray it."""

import re
from functools import cache

from api.core.french import spaced
from api.core.text import folded
from matcher.nomenclature import naf_classes
from models.opportunities import Opportunity, TakeoverCase

_WORD = re.compile(r"[^\W\d_]{4,}")
_LONG_NUMBER = re.compile(r"\d(?:[\s.\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]?\d){8,}")
_FIGURE = re.compile(r"\d[\d\s.,\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]*")
# An exact headcount is said of few companies; any other figure of three digits or more is a price or a turnover.
_HEADS = re.compile(r"\d\s*(?:salari|personne|employ|emplois|etp)")


def betrays(words: str, case: Opportunity, takeover: TakeoverCase | None, commune: str | None) -> list[str]:
    """Return what a text says too much, as sentences in French; none where it says nothing of the kind."""
    text, found = folded(words), []
    names = sorted({one for one in _WORD.findall(folded(case.title)) if one not in _common_words()})
    told = [one for one in names if re.search(rf"\b{re.escape(one)}\b", text)]
    if told:
        found.append(f"Un mot du nom de l’entreprise y est : « {', '.join(told)} ».")
    if commune and re.search(rf"\b{re.escape(folded(commune))}\b", text):
        found.append(f"Sa commune y est : « {commune} ».")
    siren = takeover.holder_siren if takeover else None
    plain = re.sub(r"\D", "", text)
    if _LONG_NUMBER.search(text) or (siren and siren in plain):
        found.append("Un numéro y est, qui ressemble à un SIREN ou à un téléphone.")
    if _HEADS.search(text):
        found.append("Un effectif exact y est : dites plutôt « petite équipe ».")
    elif any(len(re.sub(r"\D", "", one)) >= 3 for one in _FIGURE.findall(text)):
        found.append("Un chiffre précis y est : dites plutôt un ordre de grandeur.")
    return [spaced(one) for one in found]


@cache
def _common_words() -> frozenset[str]:
    """Words of trades: they say what a company does, not which one it is."""
    return frozenset(word for one in naf_classes().values() for word in _WORD.findall(folded(one.text)))
