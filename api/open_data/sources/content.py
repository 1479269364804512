"""Content of a source's fact: without unknown values, checked against the desk's schemas."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from api.catalogue.schemas import EMPTY_LISTS
from api.catalogue.validation_messages import in_french
from api.open_data.sources.contract import BadRecord
from api.open_data.sources.fields import Fields


def drop_unknown(**content: Any) -> dict[str, Any]:
    """Return the content without None and empty lists: an absent name changes no stored value."""
    return {name: value for name, value in content.items() if value is not None and value != []}


def missing_fields(content: Mapping[str, Any], expected: Mapping[str, str]) -> tuple[str, ...]:
    """Return the source's fields that are missing. expected: name in `content` → the source's field that feeds it."""
    return tuple(source_field for content_name, source_field in expected.items() if content_name not in content)


def validate_content(
    model: type[BaseModel], content: dict[str, Any], holder: Fields, fed_by: Mapping[str, str]
) -> None:
    """Raise BadRecord when the schema refuses the content, with the source's own field and the reason in French.

    holder: the object of the record that the content was read from. fed_by: name in `content` → its field.
    """
    try:
        model.model_validate(EMPTY_LISTS.get(model, {}) | content)
    except ValidationError as error:
        first_error = error.errors(include_url=False)[0]
        content_name = str(first_error["loc"][0]) if first_error["loc"] else ""
        source_field = holder.path_of(fed_by[content_name]) if content_name in fed_by else content_name
        raise BadRecord(holder.reference, source_field, in_french(first_error)) from error
