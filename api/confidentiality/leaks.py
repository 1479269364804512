"""Finds what would identify a confidential case in the words that a facilitator wrote about it."""

import re
from functools import cache

from api.core.french import spaced
from api.core.text import folded
from matcher.nomenclature import naf_classes
from models.opportunities import Opportunity, TakeoverCase

_WORD = re.compile(r"[^\W\d_]{4,}")
_LONG_NUMBER = re.compile(r"\d(?:[\s.\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]?\d){8,}")
_FIGURE = re.compile(r"\d[\d\s.,\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]*")
# An exact headcount fits few companies; any other figure of three digits or more is a price or a turnover.
_HEADS = re.compile(r"\d\s*(?:salari|personne|employ|emplois|etp)")


def betrays(
    facilitator_words: str, case: Opportunity, takeover: TakeoverCase | None, commune_name: str | None
) -> list[str]:
    """Return a warning in French for each identifying detail; empty where there is none."""
    folded_text, warnings = folded(facilitator_words), []
    name_words = sorted({word for word in _WORD.findall(folded(case.title)) if word not in _common_words()})
    used_words = [word for word in name_words if re.search(rf"\b{re.escape(word)}\b", folded_text)]
    if used_words:
        warnings.append(f"Un mot du nom de l’entreprise y est : « {', '.join(used_words)} ».")
    if commune_name and re.search(rf"\b{re.escape(folded(commune_name))}\b", folded_text):
        warnings.append(f"Sa commune y est : « {commune_name} ».")
    siren = takeover.holder_siren if takeover else None
    digits = re.sub(r"\D", "", folded_text)
    if _LONG_NUMBER.search(folded_text) or (siren and siren in digits):
        warnings.append("Un numéro y est, qui ressemble à un SIREN ou à un téléphone.")
    if _HEADS.search(folded_text):
        warnings.append("Un effectif exact y est : dites plutôt « petite équipe ».")
    elif any(len(re.sub(r"\D", "", figure)) >= 3 for figure in _FIGURE.findall(folded_text)):
        warnings.append("Un chiffre précis y est : dites plutôt un ordre de grandeur.")
    return [spaced(warning) for warning in warnings]


@cache
def _common_words() -> frozenset[str]:
    """Words of the nomenclature: they describe a trade, not a company."""
    return frozenset(word for entry in naf_classes().values() for word in _WORD.findall(folded(entry.text)))
