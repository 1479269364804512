"""Where the forms of a source hold their fields: the table's rows, and how a place is found in a record.

A place is a path of names separated by blanks, from the record's top. Lists are gone through; a text that holds JSON is
decoded. `*` is any name. `name[code]` is an element of eForms whose `@listName` is that code.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# Least share of a form's records that have the place.
ALWAYS, USUAL, SOMETIMES, RARE = 0.95, 0.6, 0.25, 0.05

# What a place yields: a value wherever it stands; a value or none (it may say no); nothing itself, but it is needed.
VALUE, MAYBE, KEY = "value", "maybe", "key"

_SELECTED = re.compile(r"\A([^\[]++)\[([^\]]++)\]")


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A row of the table. field: its name in what is read. share: ALWAYS, USUAL, SOMETIMES or RARE."""

    field: str
    path: str
    share: float = ALWAYS
    yields: str = VALUE


@dataclass(frozen=True)
class SourceForms:
    """Forms of a source. form_of: a record → its form's name, empty where the form is unknown.

    forms: form → rows; no rows for forms that are of no use here. known_names: all names that the service is known to
    write, at any depth.
    """

    form_of: Callable[[Mapping[str, Any]], str]
    forms: Mapping[str, tuple[FieldPlace, ...]]
    known_names: frozenset[str] = field(default_factory=frozenset)

    def fields(self, form: str) -> tuple[str, ...]:
        """Return the fields of a form that yield values, each once."""
        rows = self.forms.get(form, ())
        return tuple(dict.fromkeys(row.field for row in rows if row.yields != KEY))


def is_filled(value: Any) -> bool:
    """Tell whether an element says anything: « no » and 0 do, an empty text does not."""
    return bool(value) or value == 0  # False is 0 too


def is_present(record: Mapping[str, Any], path: str) -> bool:
    """Tell whether a place of the record is filled."""
    return any(is_filled(value) for value in values_at(record, path))


def values_at(record: Mapping[str, Any], path: str) -> Iterator[Any]:
    """Yield the values at a place."""
    holder_path, _, last_name = path.rpartition(" ")
    for holder in holders_at(record, holder_path):
        yield from _children(holder, last_name)


def holders_at(record: Mapping[str, Any], path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects at a place; the record itself for the empty path."""
    nodes: list[Any] = [record]
    for name in path.split():
        nodes = [child for node in nodes for holder in objects_in(node) for child in _children(holder, name)]
    for node in nodes:
        yield from objects_in(node)


def objects_in(node: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the object that a node is, the objects that it lists, or those in its JSON text."""
    if isinstance(node, str) and node.lstrip()[:1] in ("{", "["):
        try:
            node = json.loads(node)
        except (ValueError, RecursionError):
            return
    if isinstance(node, Mapping):
        yield node
    elif isinstance(node, list):
        for element in node:
            yield from objects_in(element)


def is_named(child_name: str, value: Any, name: str) -> bool:
    """Tell whether a child bears a name of a path."""
    selected = _SELECTED.fullmatch(name)
    if selected is None:
        return name in ("*", child_name)
    elements = value if isinstance(value, list) else [value]
    return child_name == selected[1] and any(
        isinstance(element, Mapping) and element.get("@listName") == selected[2] for element in elements
    )


def _children(holder: Mapping[str, Any], name: str) -> list[Any]:
    if "[" not in name and name != "*":
        return [holder[name]] if name in holder else []
    return [value for child_name, value in holder.items() if is_named(child_name, value, name)]
