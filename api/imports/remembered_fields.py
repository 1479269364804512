"""Fields of rows, validated once for all rows that bear the same value: files repeat their communes, kinds and trades.

What the schemas say of one field is asked of each value, right or wrong; what they say of several, of each row.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from api.catalogue.schemas import EMPTY_LISTS, ActorIn, OpportunityIn

# Values that a field remembers, and how long a text may be: beyond, they are all different.
_REMEMBERED, _REMEMBERED_LENGTH = 10_000, 200
_TOLD_APART = frozenset({"lots", "takeover"})
# A field's value (kept, so that no other object gets its place in memory), what it is once valid, why it is not.
_Known = tuple[Any, Any, list[Any] | None]


class RememberedFields:
    """Validates the fields of one sheet's rows, whose equal cells give the same objects."""

    def __init__(self, schema: type[ActorIn] | type[OpportunityIn]) -> None:
        self._schema, self._empty = schema, EMPTY_LISTS[schema]
        self._rules, self._defaults = _rules(schema), _defaults(schema)
        self._required = [name for name, info in schema.model_fields.items() if info.is_required()]
        self._fields = {name: (adapter, dict[Any, _Known]()) for name, adapter in _adapters(schema).items()}
        self._order = {name: place for place, name in enumerate(schema.model_fields)}

    def record(self, data: Mapping[str, Any]) -> ActorIn | OpportunityIn | list[Any]:
        """Return what the schema makes of these fields, or pydantic's errors: those of the fields, else of the rules.

        Lists are shared between records, and errors between rows: not to be changed.
        """
        values = self._defaults.copy()
        problems: list[tuple[int, Any]] = []
        for name, value in data.items():
            if name not in self._fields:
                return self._asked(data)
            adapter, known = self._fields[name]
            # A list or a number is known by being the same object, which stays as long as it is remembered.
            key = value if type(value) is str else id(value)
            found = known.get(key)
            if found is None:
                found = _asked_once(adapter, name, value)
                is_long = type(value) is str and len(value) > _REMEMBERED_LENGTH
                if not is_long and name not in _TOLD_APART and len(known) < _REMEMBERED:
                    known[key] = found
            if found[2] is None:
                values[name] = found[1]
            else:
                problems += [(self._order[name], problem) for problem in found[2]]
        for name in self._required:
            if name not in data:
                given = {**self._empty, **data}
                missing = {"type": "missing", "loc": (name,), "msg": "Field required", "input": given}
                problems.append((self._order[name], missing))
        if problems:
            # In the order of the schema's fields, as pydantic tells them.
            problems.sort(key=lambda told: told[0])
            return [problem for _, problem in problems]
        record = self._schema.__new__(self._schema)
        # What pydantic's own `model_construct` sets, at a tenth of its price.
        object.__setattr__(record, "__dict__", values)
        object.__setattr__(record, "__pydantic_fields_set__", set(data))
        object.__setattr__(record, "__pydantic_extra__", None)
        object.__setattr__(record, "__pydantic_private__", None)
        try:
            for rule in self._rules:
                rule(record)
        except ValueError:
            return self._asked(data)
        return record

    def _asked(self, data: Mapping[str, Any]) -> ActorIn | OpportunityIn | list[Any]:
        """Ask the schema itself."""
        try:
            return self._schema.model_validate({**self._empty, **data})
        except ValidationError as error:
            return list(error.errors(include_url=False))


def _asked_once(adapter: Any, name: str, value: Any) -> _Known:
    try:
        return value, adapter.validate_python(value), None
    except ValidationError as error:
        told = error.errors(include_url=False)
        return value, None, [{**problem, "loc": (name, *problem["loc"])} for problem in told]


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
def _rules(schema: type[ActorIn] | type[OpportunityIn]) -> list[Callable[[Any], Any]]:
    """Return the schema's rules over several fields, which are asked once all fields are valid."""
    found = schema.__pydantic_decorators__.model_validators.values()
    if any(rule.info.mode != "after" for rule in found):
        raise TypeError(f"{schema.__name__}: a rule that is not asked after its fields")
    return [rule.func for rule in found]


@cache
def _defaults(schema: type[ActorIn] | type[OpportunityIn]) -> dict[str, Any]:
    """Return what a field holds of which a row says nothing, in the schema's order; None where it must be told."""
    own = {
        name: None if info.is_required() else getattr(info.default, "value", info.default)
        for name, info in schema.model_fields.items()
    }
    return own | EMPTY_LISTS[schema]
