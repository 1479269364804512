"""Values of dataclasses and named tuples as lists of JSON, and back, the same to the last bit.

Whole numbers stay whole and others do not become so, which libraries that check values do not promise. Texts, numbers,
whether, None, days, enumerations; tuples, frozen sets and what is made of these. Lists and dictionaries are taken as
they are.
"""

import json
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")
Converter = Callable[[Any], Any]
_PLAIN = (str, int, float, bool, types.NoneType)


class _Ways(NamedTuple):
    """To JSON and back; None where a value stays what it is."""

    to_json: Converter | None
    from_json: Converter | None


_AS_IT_IS = _Ways(None, None)


class JsonRows(Generic[Value]):
    """Writes and reads values of one type, each as one line of JSON."""

    def __init__(self, kind: type[Value]) -> None:
        """kind: a dataclass or a named tuple. Raises TypeError for a field of a type that is none of the above."""
        known: Any = kind
        self._ways = _ways_of(known)

    def dumps(self, value: Value) -> bytes:
        plain = self._ways.to_json(value) if self._ways.to_json else value
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()

    def loads(self, line: bytes | memoryview) -> Value:
        plain = json.loads(bytes(line))
        value: Value = self._ways.from_json(plain) if self._ways.from_json else plain
        return value


@cache
def _ways_of(kind: Any) -> _Ways:
    if kind in _PLAIN or get_origin(kind) in (list, dict):
        return _AS_IT_IS
    if get_origin(kind) in (Union, types.UnionType):
        return _maybe(kind)
    if get_origin(kind) in (tuple, frozenset):
        return _many(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _Ways(lambda value: value.value, {each.value: each for each in kind}.__getitem__)
    if kind is date:
        return _Ways(date.isoformat, date.fromisoformat)
    if is_dataclass(kind) or (isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")):
        return _record(kind)
    raise TypeError(f"{kind}: no value of JSON")


def _maybe(kind: Any) -> _Ways:
    (inner,) = (_ways_of(each) for each in get_args(kind) if each is not types.NoneType)
    to_json, from_json = inner
    if to_json is None or from_json is None:
        return _AS_IT_IS
    return _Ways(
        lambda value: None if value is None else to_json(value),
        lambda plain: None if plain is None else from_json(plain),
    )


def _many(kind: Any) -> _Ways:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return _fields([_ways_of(each) for each in arguments], tuple, list)
    to_json, from_json = _ways_of(arguments[0])
    # A set is written in an order that does not depend on the process.
    listed: Converter = sorted if origin is frozenset else list
    if to_json is None or from_json is None:
        return _Ways(listed, origin)
    return _Ways(lambda values: listed(map(to_json, values)), lambda plain: origin(map(from_json, plain)))


def _record(kind: Any) -> _Ways:
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else list(kind._fields)

    @cache
    def ways() -> _Ways:
        # When it is used: an actor has actors among its members.
        hints = get_type_hints(kind)
        return _fields([_ways_of(hints[name]) for name in names], lambda values: kind(*values), _taken(names))

    def write(value: Any) -> Any:
        to_json = ways().to_json
        assert to_json
        return to_json(value)

    def read(plain: Any) -> Any:
        from_json = ways().from_json
        assert from_json
        return from_json(plain)

    return _Ways(write, read)


def _taken(names: list[str]) -> Converter:
    return attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)


def _fields(ways: list[_Ways], made: Converter, taken: Converter) -> _Ways:
    to_json = [(place, way.to_json) for place, way in enumerate(ways) if way.to_json]
    from_json = [(place, way.from_json) for place, way in enumerate(ways) if way.from_json]

    def write(value: Any) -> list[Any]:
        plain = list(taken(value))
        for place, convert in to_json:
            plain[place] = convert(plain[place])
        return plain

    def read(plain: list[Any]) -> Any:
        for place, convert in from_json:
            plain[place] = convert(plain[place])
        return made(plain)

    return _Ways(write, read)
