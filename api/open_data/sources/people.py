"""Removal of personal data from a raw record, before it is kept."""

import json
from collections.abc import Set as AbstractSet
from typing import Any


def without_people(
    record: dict[str, Any], personal_names: AbstractSet[str], json_fields: AbstractSet[str] = frozenset()
) -> dict[str, Any]:
    """Return a copy without the fields in `personal_names` (lower case), at any depth, nor objects of natural persons.

    json_fields: fields whose text is JSON, cleared too; a text that cannot be decoded is left out.
    """
    kept_fields: dict[str, Any] = {}
    for field_name, field_value in record.items():
        if field_name in json_fields and isinstance(field_value, str):
            try:
                field_value = json.dumps(_cleared(json.loads(field_value), personal_names), ensure_ascii=False)
            except (ValueError, RecursionError):
                field_value = None
        if field_name.lower() not in personal_names:
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
        if field_name.lower() not in personal_names:
            is_leaf = type(field_value) is not dict and type(field_value) is not list
            kept_fields[field_name] = field_value if is_leaf else _cleared(field_value, personal_names)
    return kept_fields
