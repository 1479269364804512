"""The NAF classes of an actor: by its codes, or by its words where its codes say nothing of its trade."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np

from matcher import text_fields
from matcher.columns import PhraseTable
from matcher.nomenclature import naf_columns
from matcher.sector_head import probabilities, suitability
from matcher.types import Actor

# Classes that words may name at most, and the least probability of each.
MOST_CLASSES, LEAST_PROBABILITY = 8, 0.02


def trades_of(actor: Actor, phrases: PhraseTable) -> dict[int, float]:
    """Return the columns of an actor's classes, each with how sure it is in ]0, 1], the surest first.

    phrases: a table of its one row. Words count where every code of it is vague (`resources/vague_naf.csv`) or none is
    known, and the actor says what it does; then they take the place of the codes.
    """
    codes = naf_columns(actor.naf)
    own = text_fields.own_phrases(actor)
    if not own or any(code not in vague_classes() for code in actor.naf):
        return dict.fromkeys(codes, 1.0)
    by_phrase = probabilities(phrases.vectors[phrases.text_of[:own]])
    if by_phrase is None:
        return dict.fromkeys(codes, 1.0)
    likely = by_phrase.max(axis=0)
    best = np.lexsort((np.arange(len(likely)), -likely))[:MOST_CLASSES]
    return {int(column): float(suitability(likely[column])) for column in best if likely[column] >= LEAST_PROBABILITY}


@cache
def vague_classes() -> frozenset[str]:
    """Return the classes that say nothing of what a company does (`resources/vague_naf.csv`, with the reasons)."""
    lines = files("matcher.resources").joinpath("vague_naf.csv").read_text("utf-8").splitlines()[1:]
    return frozenset(line.partition(",")[0] for line in lines)
