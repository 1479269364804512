"""A source's fact as valid, located values: what is compared with the stored row."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from api.catalogue.places.record_places import Places
from api.catalogue.schemas import EMPTY_LISTS, ActorIn, OpportunityIn
from api.catalogue.validation_messages import in_french
from api.open_data.sources.contract import ActorFound, BadRecord, OpportunityFound

FieldValues: TypeAlias = dict[str, Any]

TAKEOVER_PREFIX = "takeover."
# These fields name a new row and never change an existing one.
_IDENTITY_FIELDS = frozenset({"source", "source_id", "member_of", "takeover"})


@dataclass(frozen=True)
class SourceValues:
    """Values of an actor or an opportunity.

    fields: field → value, a takeover case's under `takeover.…`. creation_only: values that only a new row takes.
    """

    natural_key: str
    fields: FieldValues
    creation_only: FieldValues


def validated_values(
    fact: ActorFound | OpportunityFound, source_id: str, places: Places, reference: str
) -> SourceValues:
    """Return the values of a fact, under the id by which it is kept. Raises BadRecord when a desk rule is broken."""
    schema = ActorIn if isinstance(fact, ActorFound) else OpportunityIn
    content = {**fact.content, "source": fact.source, "source_id": source_id}
    commune_code = content.get("commune_code")
    if commune_code and not content.get("postcode") and places.mistaken(commune_code):
        # Contracts often give a postcode as a commune's code; the place is still usable.
        content["postcode"] = content.pop("commune_code")
    try:
        record: ActorIn | OpportunityIn = schema.model_validate(EMPTY_LISTS[schema] | content)
    except ValidationError as error:
        first_error = error.errors(include_url=False)[0]
        raise BadRecord(reference, ".".join(map(str, first_error["loc"])), in_french(first_error)) from error
    place = places.locate(record.commune_code, record.commune_name, record.postcode, record.department)
    for field_name, reason in place.errors:
        raise BadRecord(reference, field_name, reason)
    fields = {name: _dump_models(getattr(record, name)) for name in sorted(content.keys() - _IDENTITY_FIELDS)}
    fields |= {
        name: value for name, value in zip(("commune_code", "department"), place[:2], strict=True) if value is not None
    }
    if isinstance(record, OpportunityIn) and record.takeover is not None:
        takeover_case = record.takeover
        fields |= {
            TAKEOVER_PREFIX + name: getattr(takeover_case, name) for name in sorted(takeover_case.model_fields_set)
        }
    if "lots" in fields:
        fields["lots"] = sorted(fields["lots"], key=lambda lot: str(lot["number"]))
    creation_only: FieldValues = {"source": fact.source, "source_id": source_id}
    if fields.get("confidential") is None:
        fields.pop("confidential", None)
        creation_only["confidential"] = record.is_confidential
    return SourceValues(record.natural_key, fields, creation_only)


def _dump_models(value: Any) -> Any:
    if isinstance(value, list):
        return [element.model_dump() if isinstance(element, BaseModel) else element for element in value]
    return value
