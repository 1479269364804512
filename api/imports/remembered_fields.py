"""Fields of rows, validated once for all rows that bear the same value: files repeat their communes, kinds and trades.

What the schemas say of one field is asked of each value; what they say of several, of each row.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError, create_model

from api.catalogue.schemas import EMPTY_LISTS, ActorIn, OpportunityIn

# Values that a field remembers, and how long a text may be: beyond, they are all different.
_REMEMBERED, _REMEMBERED_LENGTH = 10_000, 200


class RememberedFields:
    """Validates the fields of one sheet's rows, whose equal cells give the same objects."""

    def __init__(self, schema: type[ActorIn] | type[OpportunityIn]) -> None:
        self._whole, self._empty = _of_valid_fields(schema), EMPTY_LISTS[schema]
        self._fields = {name: (adapter, dict[Any, tuple[Any, Any]]()) for name, adapter in _adapters(schema).items()}

    def record(self, data: Mapping[str, Any]) -> ActorIn | OpportunityIn | None:
        """Return what the schema makes of these fields; None where it refuses them, or one of them is not its own.

        Lists are shared between records: not to be changed.
        """
        values = dict(self._empty)
        try:
            for name, value in data.items():
                adapter, known = self._fields[name]
                # A list or a number is known by being the same object, which stays as long as it is remembered.
                key = value if type(value) is str else id(value)
                found = known.get(key)
                if found is None:
                    found = value, adapter.validate_python(value)
                    is_long = type(value) is str and len(value) > _REMEMBERED_LENGTH
                    if not is_long and name not in ("lots", "takeover") and len(known) < _REMEMBERED:
                        known[key] = found
                values[name] = found[1]
            return self._whole.model_validate(values)
        except (KeyError, ValidationError):
            return None


@cache
def _adapters(schema: type[ActorIn] | type[OpportunityIn]) -> dict[str, Any]:
    """Return the validator of each field, under the schema's own settings where it is no schema itself."""
    adapters = {}
    for name, info in schema.model_fields.items():
        annotation: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
        settings = None if name == "takeover" else schema.model_config
        adapters[name] = TypeAdapter[Any](annotation, config=settings).validator
    return adapters


@cache
def _of_valid_fields(schema: type[ActorIn] | type[OpportunityIn]) -> type[ActorIn] | type[OpportunityIn]:
    """Return the schema with its rules over several fields alone, for fields that are valid already."""
    fields: dict[str, Any] = {}
    for name, info in schema.model_fields.items():
        default = ... if info.is_required() else getattr(info.default, "value", info.default)
        fields[name] = (Any, default)
    return create_model(f"{schema.__name__}OfValidFields", __base__=schema, **fields)
