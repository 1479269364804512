"""Indexes as named arrays, and back: what a file of columns holds of them.

The actors and opportunities themselves are not among the arrays: whoever keeps them gives them back. What an index is
made of is read from the types of its fields: an array that is added to one is kept too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matcher import text_fields
from matcher.columns import Membership, PhraseTable
from matcher.index.actors import ActorIndex, phrases_of
from matcher.index.opportunities import OpportunityIndex
from matcher.index.units import Unit, units_of
from matcher.retrieval import Retrieval
from matcher.retrieval.rough_columns import RoughColumns
from matcher.types import Actor, Opportunity, Phrase

Arrays = Mapping[str, NDArray[Any]]


_SPARSE = (sparse.csr_matrix, sparse.csc_matrix)
# What who keeps the arrays gives back.
_GIVEN = (Actor, Opportunity, Unit, Phrase)
_PARTS = ("data", "indices", "indptr")


def arrays_of(index: ActorIndex | OpportunityIndex, name: str) -> dict[str, NDArray[Any]]:
    """Return all arrays of an index, each under a name that begins with `name`; with what a first look reads."""
    arrays = dict(_named(index, name))
    if isinstance(index, ActorIndex):
        retrieval = index.retrieval
        # Of an older state of the index it would know only some of the rows.
        columns = retrieval.columns if retrieval.row_of is None else index.looked_at_anew().columns
        arrays |= _named(columns, f"{name}.retrieval")
    return arrays


def actor_index(actors: Sequence[Actor], arrays: Arrays, name: str) -> ActorIndex:
    """Return the index whose arrays these are; actors: those that it was made of, sorted by id."""
    ordered = tuple(actors)
    units = tuple(unit for actor in ordered for unit in units_of(actor))
    given: dict[str, Any] = {
        "actors": ordered,
        "units": units,
        "phrases": _phrase_table(arrays, f"{name}.phrases", [phrases_of(unit.actor) for unit in units]),
    }
    index = ActorIndex(**given, **_read(ActorIndex, arrays, name, given))
    vars(index)["retrieval"] = Retrieval(_value(RoughColumns, arrays, f"{name}.retrieval"))
    return index


def opportunity_index(opportunities: Sequence[Opportunity], arrays: Arrays, name: str) -> OpportunityIndex:
    """Return the index whose arrays these are; opportunities: those that it was made of, sorted by id."""
    ordered = tuple(opportunities)
    phrases = [text_fields.opportunity_phrases(row) for row in ordered]
    given: dict[str, Any] = {"opportunities": ordered, "phrases": _phrase_table(arrays, f"{name}.phrases", phrases)}
    return OpportunityIndex(**given, **_read(OpportunityIndex, arrays, name, given))


def _named(value: Any, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
    kind: Any = type(value)
    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, _SPARSE):
        yield from ((f"{name}.{part}", getattr(value, part)) for part in _PARTS)
        yield f"{name}.shape", np.array(value.shape)
    elif isinstance(value, Membership):
        yield from ((f"{name}.columns", np.array(list(value.columns), np.str_)), (f"{name}.has", value.has))
    elif _is_record(kind):
        for field, _ in _fields_of(kind):
            yield from _named(getattr(value, field), f"{name}.{field}")
    elif isinstance(value, tuple) and value and _is_record(type(value[0])) and not isinstance(value[0], _GIVEN):
        for position, each in enumerate(value):
            yield from _named(each, f"{name}.{position}")


def _read(index: Any, arrays: Arrays, name: str, given: Collection[str] = ()) -> dict[str, Any]:
    return {field: _value(kind, arrays, f"{name}.{field}") for field, kind in _fields_of(index) if field not in given}


def _value(kind: Any, arrays: Arrays, name: str) -> Any:
    """Return a value of a type."""
    if kind is Membership:
        names = arrays[f"{name}.columns"].tolist()
        return Membership({each: column for column, each in enumerate(names)}, arrays[f"{name}.has"])
    if kind in _SPARSE:
        content = tuple(arrays[f"{name}.{part}"] for part in _PARTS)
        return kind(content, shape=tuple(arrays[f"{name}.shape"].tolist()), copy=False)
    if _is_record(kind):
        return kind(**_read(kind, arrays, name))
    if get_origin(kind) is tuple:
        return tuple(_many(get_args(kind)[0], arrays, name))
    return arrays[name]


def _many(kind: Any, arrays: Arrays, name: str) -> Iterator[Any]:
    position = 0
    while any(each.startswith(f"{name}.{position}.") for each in arrays):
        yield _value(kind, arrays, f"{name}.{position}")
        position += 1


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and (is_dataclass(kind) or (issubclass(kind, tuple) and hasattr(kind, "_fields")))


@cache
def _fields_of(kind: Any) -> list[tuple[str, Any]]:
    """Return the names and the types of what a dataclass or a named tuple is made of."""
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else list(kind._fields)
    return [(name, hints[name]) for name in names]


def _phrase_table(arrays: Arrays, name: str, rows: Sequence[tuple[Phrase, ...]]) -> PhraseTable:
    phrases = tuple(phrase for row in rows for phrase in row)
    parts = (arrays[f"{name}.vectors"], arrays[f"{name}.text_of"], arrays[f"{name}.starts"])
    return PhraseTable(*parts, phrases, arrays[f"{name}.silent"])
