"""A raw record without the people that its fields name: what may be kept of it."""

import json
from collections.abc import Set as AbstractSet
from typing import Any


def without_people(
    record: dict[str, Any], personal: AbstractSet[str], holding_json: AbstractSet[str] = frozenset()
) -> dict[str, Any]:
    """Return a copy without the names in `personal` (small letters), at any depth, nor objects of natural persons.

    The texts under `holding_json` are looked into; one that cannot be read is left out.
    """
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if name in holding_json and isinstance(value, str):
            try:
                value = json.dumps(_cleared(json.loads(value), personal), ensure_ascii=False)
            except (ValueError, RecursionError):
                value = None
        if name.lower() not in personal:
            kept[name] = _cleared(value, personal)
    return kept


def _cleared(node: Any, personal: AbstractSet[str]) -> Any:
    if isinstance(node, list):
        return [_cleared(one, personal) for one in node]
    if isinstance(node, dict):
        if node.get("typePersonne") == "pp":
            return {"typePersonne": "pp"}
        return {
            name: _cleared(value, personal) if isinstance(value, dict | list) else value
            for name, value in node.items()
            if name.lower() not in personal
        }
    return node
