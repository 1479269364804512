"""Removal of personal data from a raw record, before it is kept."""

import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any


def without_people(
    record: dict[str, Any],
    personal_names: AbstractSet[str],
    json_fields: AbstractSet[str] = frozenset(),
    prune: Callable[[Any], Any] = lambda held: held,
) -> dict[str, Any]:
    """Return a copy without the fields in `personal_names` (lower case), at any depth, nor objects of natural persons.

    A name counts with any prefix (« ns2:Contact »).
    json_fields: fields whose text is JSON, cleared too; a text that cannot be decoded is left out.
    prune: leaves out more of what these fields hold, without changing it.
    """
    kept_fields: dict[str, Any] = {}
    for field_name, field_value in record.items():
        if field_name in json_fields and isinstance(field_value, str):
            try:
                held = prune(json.loads(field_value))
                field_value = json.dumps(_cleared(held, personal_names), ensure_ascii=False)
            except (ValueError, RecursionError):
                field_value = None
        elif field_name in json_fields:
            field_value = prune(field_value)
        if not _is_personal(field_name, personal_names):
            kept_fields[field_name] = _cleared(field_value, personal_names)
    return kept_fields


def _cleared(node: Any, personal_names: AbstractSet[str]) -> Any:
    # The exact types, since JSON has no others: this is done to each element of each record.
    if type(node) is list:
        return [_cleared(child_node, personal_names) for child_node in node]
    if type(node) is not dict:
        return node
    if node.get("typePersonne") == "pp":
        return {"typePersonne": "pp"}
    kept_fields: dict[str, Any] = {}
    for field_name, field_value in node.items():
        if not _is_personal(field_name, personal_names):
            is_leaf = type(field_value) is not dict and type(field_value) is not list
            kept_fields[field_name] = field_value if is_leaf else _cleared(field_value, personal_names)
    return kept_fields


@lru_cache(20_000)  # Names of elements are few, and each is met thousands of times.
def _is_personal(field_name: str, personal_names: AbstractSet[str]) -> bool:
    lowered_name = field_name.lower()
    return lowered_name in personal_names or (":" in lowered_name and lowered_name.rpartition(":")[2] in personal_names)
