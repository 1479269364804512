"""Indexes as named arrays, and back: what a file of columns holds of them.

The actors and opportunities themselves are not among the arrays: whoever keeps them gives them back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matcher import text_fields
from matcher.columns import Membership, PhraseTable, Places
from matcher.index.actors import ActorIndex, phrases_of
from matcher.index.opportunities import OpportunityIndex
from matcher.index.units import units_of
from matcher.types import Actor, Opportunity, Phrase

Arrays = Mapping[str, NDArray[Any]]


def arrays_of(index: ActorIndex | OpportunityIndex, name: str) -> dict[str, NDArray[Any]]:
    """Return all arrays of an index, each under a name that begins with `name`."""
    return dict(_named(index, name))


def actor_index(actors: Sequence[Actor], arrays: Arrays, name: str) -> ActorIndex:
    """Return the index whose arrays these are; actors: those that it was made of, sorted by id."""
    ordered = tuple(actors)
    units = tuple(unit for actor in ordered for unit in units_of(actor))
    given: dict[str, Any] = {
        "actors": ordered,
        "units": units,
        "phrases": _phrase_table(arrays, f"{name}.phrases", [phrases_of(unit.actor) for unit in units]),
    }
    return ActorIndex(**given, **_read(ActorIndex, arrays, name, given))


def opportunity_index(opportunities: Sequence[Opportunity], arrays: Arrays, name: str) -> OpportunityIndex:
    """Return the index whose arrays these are; opportunities: those that it was made of, sorted by id."""
    ordered = tuple(opportunities)
    phrases = [text_fields.opportunity_phrases(row) for row in ordered]
    given: dict[str, Any] = {"opportunities": ordered, "phrases": _phrase_table(arrays, f"{name}.phrases", phrases)}
    return OpportunityIndex(**given, **_read(OpportunityIndex, arrays, name, given))


def _named(value: Any, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, sparse.csr_matrix | sparse.csc_matrix):
        parts = {"data": value.data, "indices": value.indices, "indptr": value.indptr, "shape": np.array(value.shape)}
        yield from ((f"{name}.{part}", array) for part, array in parts.items())
    elif isinstance(value, Membership):
        yield from ((f"{name}.columns", np.array(list(value.columns), np.str_)), (f"{name}.has", value.has))
    elif isinstance(value, ActorIndex | OpportunityIndex | PhraseTable | Places):
        for field in fields(value):
            yield from _named(getattr(value, field.name), f"{name}.{field.name}")


def _read(index: type, arrays: Arrays, name: str, given: Mapping[str, object]) -> dict[str, Any]:
    return {
        field.name: _value(field.type, arrays, f"{name}.{field.name}")
        for field in fields(index)
        if field.name not in given
    }


def _value(declared: object, arrays: Arrays, name: str) -> Any:
    """Return the value of a field; declared: its annotation."""
    if declared == "Places":
        return Places(arrays[f"{name}.lat"], arrays[f"{name}.lon"], arrays[f"{name}.exact"])
    if declared == "Membership":
        names = arrays[f"{name}.columns"].tolist()
        return Membership({each: column for column, each in enumerate(names)}, arrays[f"{name}.has"])
    if declared in ("sparse.csr_matrix", "sparse.csc_matrix"):
        kind = sparse.csr_matrix if declared == "sparse.csr_matrix" else sparse.csc_matrix
        content = tuple(arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
        return kind(content, shape=tuple(arrays[f"{name}.shape"].tolist()), copy=False)
    return arrays[name]


def _phrase_table(arrays: Arrays, name: str, rows: Sequence[tuple[Phrase, ...]]) -> PhraseTable:
    phrases = tuple(phrase for row in rows for phrase in row)
    parts = (arrays[f"{name}.vectors"], arrays[f"{name}.text_of"], arrays[f"{name}.starts"])
    return PhraseTable(*parts, phrases, arrays[f"{name}.silent"])
