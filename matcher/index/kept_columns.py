"""Indexes as named arrays, and back: what a file of columns holds of them.

The actors and opportunities themselves are not among the arrays: whoever keeps them gives them back. What an index is
made of is read from the types of its fields: an array that is added to one is kept too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matcher import text_fields
from matcher.columns import Membership, PhraseTable
from matcher.index.actors import ActorIndex, phrases_of
from matcher.index.following import LazyIndex
from matcher.index.opportunities import OpportunityIndex
from matcher.index.ties import Ties
from matcher.index.units import Unit, units_of
from matcher.retrieval import RoughColumns
from matcher.sequences import LazySequence
from matcher.text_rows import TextRows
from matcher.types import Actor, Opportunity, Phrase

Arrays = Mapping[str, NDArray[Any]]

# Of so many actors the units are kept that were asked for last.
MOST_UNITS = 4096

_SPARSE = (sparse.csr_matrix, sparse.csc_matrix)
# What who keeps the arrays gives back.
_GIVEN = (Actor, Opportunity, Unit, Phrase)
_PARTS = ("data", "indices", "indptr")


def arrays_of(index: ActorIndex | OpportunityIndex, name: str) -> dict[str, NDArray[Any]]:
    """Return all arrays of an index, each under a name that begins with `name`.

    With what a first look reads, and who carries whom.
    """
    if isinstance(index, ActorIndex):
        whole = index.whole() if isinstance(index, LazyIndex) else index
        return {
            **dict(_named(whole, name)),
            **dict(_named(whole.retrieval, f"{name}.retrieval")),
            **dict(_named(whole.ties, f"{name}.ties")),
            **dict(_named(whole.phrases.text_rows, f"{name}.text_rows")),
        }
    return dict(_named(index, name))


def actor_index(actors: Callable[[str], Actor], arrays: Arrays, name: str, *, stay: bool) -> ActorIndex:
    """Return the index whose arrays these are. actors: returns one of those that it was made of, by its id.

    Actors, and what is said of them, are read when they are asked for. stay: whether whatever was read stays.
    """
    ids, owner, starts = arrays[f"{name}.ids"], arrays[f"{name}.owner"], arrays[f"{name}.phrases.starts"]

    @lru_cache(MOST_UNITS)
    def units_at(position: int) -> tuple[Unit, ...]:
        return tuple(units_of(actors(str(ids[position]))))

    def unit_at(row: int) -> Unit:
        position = int(owner[row])
        return units_at(position)[row - int(owner.searchsorted(position))]

    def phrase_at(phrase: int) -> Phrase:
        row = int(starts.searchsorted(phrase, "right")) - 1
        return phrases_of(unit_at(row).actor)[phrase - int(starts[row])]

    def actor_at(position: int) -> Actor:
        return actors(str(ids[position]))

    read: Callable[..., Callable[[int], Any]] = cache if stay else _as_it_is
    phrases = LazySequence(len(arrays[f"{name}.phrases.text_of"]), read(phrase_at))
    given: dict[str, Any] = {
        "actors": LazySequence(len(ids), read(actor_at)),
        "units": LazySequence(len(owner), read(unit_at)),
        "phrases": _phrase_table(arrays, f"{name}.phrases", phrases),
    }
    index = ActorIndex(**given, **_read(ActorIndex, arrays, name, given))
    vars(index)["retrieval"] = _value(RoughColumns, arrays, f"{name}.retrieval")
    vars(index)["ties"] = _value(Ties, arrays, f"{name}.ties")
    vars(index.phrases)["text_rows"] = _value(TextRows, arrays, f"{name}.text_rows")
    return index


def opportunity_index(opportunities: Sequence[Opportunity], arrays: Arrays, name: str) -> OpportunityIndex:
    """Return the index whose arrays these are; opportunities: those that it was made of, sorted by id."""
    ordered = tuple(opportunities)
    phrases = tuple(phrase for row in ordered for phrase in text_fields.opportunity_phrases(row))
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


def _as_it_is(read: Callable[[int], Any]) -> Callable[[int], Any]:
    return read


def _phrase_table(arrays: Arrays, name: str, phrases: Sequence[Phrase]) -> PhraseTable:
    parts = (arrays[f"{name}.vectors"], arrays[f"{name}.text_of"], arrays[f"{name}.starts"])
    return PhraseTable(*parts, phrases, arrays[f"{name}.silent"])
