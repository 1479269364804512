"""Some rows of an index of actors as an index of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matcher.columns import Membership, PhraseTable, Places
from matcher.index.actors import ActorIndex
from matcher.types import BoolArray, IntArray


def subset(index: ActorIndex, rows: IntArray) -> ActorIndex:
    """Return rows, by number and in their order; `actors` and the numbers in `owner` stay those of the whole index."""

    def names(table: Membership) -> Membership:
        return Membership(table.columns, table.has[rows])

    places = index.places
    return ActorIndex(
        actors=index.actors,
        units=tuple(index.units[row] for row in rows.tolist()),
        owner=index.owner[rows],
        phrases=phrases_of(index.phrases, rows),
        words=index.words[rows],
        spelling=index.spelling[rows],
        own_phrases=index.own_phrases[rows],
        naf=index.naf[rows],
        naf_sure=index.naf_sure[rows],
        places=Places(places.lat[rows], places.lon[rows], places.exact[rows]),
        radius_km=index.radius_km[rows],
        local_km=index.local_km[rows],
        reach_km=index.reach_km[rows],
        headcount=index.headcount[rows],
        turnover_eur=index.turnover_eur[rows],
        seeks=index.seeks[rows],
        informed_on=index.informed_on[rows],
        carried=index.carried[rows],
        qualifies=index.qualifies[rows],
        approvals=names(index.approvals),
        approvals_known=index.approvals_known[rows],
        area_departments=names(index.area_departments),
        area_communes=names(index.area_communes),
        commune_departments=names(index.commune_departments),
        vocations=index.vocations[rows],
        role_heads=index.role_heads[rows],
        ceiling_eur=index.ceiling_eur[rows],
        traits=index.traits[rows],
        sirens=index.sirens[rows],
    )


def without_rows(index: ActorIndex, rows: BoolArray) -> ActorIndex:
    """Return the same rows, some of which `(n_units,)` are as those that cannot sign alone: no candidates."""
    changed = replace(index, carried=index.carried | rows)
    # What a first look reads is not about who may sign.
    vars(changed)["retrieval"] = index.retrieval
    return changed


def phrases_of(table: PhraseTable, rows: IntArray) -> PhraseTable:
    """Return some rows of a table of phrases; a phrase that several of them share is there several times."""
    ends = np.append(table.starts[1:], len(table.text_of))
    counts = ends[rows] - table.starts[rows]
    starts = np.cumsum(counts) - counts
    phrases = np.repeat(table.starts[rows] - starts, counts) + np.arange(int(counts.sum()))
    return PhraseTable(
        table.vectors[table.text_of[phrases]],
        np.arange(len(phrases)),
        starts,
        tuple(table.phrases[phrase] for phrase in phrases.tolist()),
        table.silent[rows],
    )
