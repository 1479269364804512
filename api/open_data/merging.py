"""Three-way merge of a source's values into a stored row: a person's changes are never overwritten.

Each field has three values: the source's previous one, the stored one, the source's new one. The new value replaces the
stored one only where the previous and the stored agree. A field that the source never gave is filled only when empty.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from api.catalogue.row_changes import Record
from api.open_data.source_values import TAKEOVER_PREFIX, FieldValues

_CANONICAL_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))


def merge_values(
    stored_row: Mapping[str, Any] | None, previous_values: Mapping[str, Any], new_values: FieldValues
) -> tuple[FieldValues, list[str]]:
    """Return what to write of `new_values`, and the names of the fields that keep a person's value instead.

    stored_row: the row's columns, flat, None where there is no row. previous_values: the source's, as `to_json` returns
    them.
    """
    if stored_row is None:
        return dict(new_values), []
    changes: FieldValues = {}
    kept_fields = []
    for name, new_value in new_values.items():
        stored_value = stored_row.get(name)
        if to_json(stored_value) == to_json(new_value):
            continue
        if name in previous_values:
            replaceable = to_json(stored_value) == to_json(previous_values[name])
        else:
            replaceable = stored_value in (None, "", [])
        if replaceable:
            changes[name] = new_value
        elif name not in previous_values or to_json(new_value) != to_json(previous_values[name]):
            # The source has a new value, which does not reach the row.
            kept_fields.append(name)
    return changes, kept_fields


def to_json(value: Any) -> Any:
    """Return a value as JSON stores it, so that stored, previous and new values compare."""
    if value is None or type(value) is str:  # by far the most frequent
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [to_json(element) for element in value]
    return {name: to_json(element) for name, element in value.items()} if isinstance(value, dict) else value


def flatten_row(stored_row: Mapping[str, Any]) -> FieldValues:
    """Return a stored row with its takeover case's fields beside its own."""
    takeover_case = stored_row.get("takeover") or {}
    own_fields = {name: value for name, value in stored_row.items() if name != "takeover"}
    return own_fields | {TAKEOVER_PREFIX + name: value for name, value in takeover_case.items()}


def to_record(natural_key: str, fields: FieldValues, creation_only: FieldValues) -> Record:
    """Return these fields as the record that the catalogue writes."""
    takeover_case = {
        name.removeprefix(TAKEOVER_PREFIX): value for name, value in fields.items() if name.startswith(TAKEOVER_PREFIX)
    }
    own_fields = {
        name: value for name, value in fields.items() if not name.startswith(TAKEOVER_PREFIX) and name != "lots"
    }
    lots = {lot["number"]: lot for lot in fields["lots"]} if "lots" in fields else None
    return Record(0, natural_key, own_fields, creation_only, lots=lots, takeover=takeover_case or None)


def canonical_json(value: Any) -> str:
    """Return the same text for equal JSON values, whatever the order of their keys."""
    return _CANONICAL_ENCODER.encode(value)
