"""What a source says, beside what is stored: what a person typed or changed since is never overwritten.

Of each field there are three values: what the source said last time, what is stored, what it says now. Only where the
first two agree does the third replace them. Where the source never spoke of it, it fills what is empty, no more.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from api.catalogue.places.locating import Places
from api.catalogue.row_changes import Record
from api.catalogue.schemas import EMPTY_LISTS, ActorIn, OpportunityIn
from api.catalogue.validation_messages import in_french
from api.open_data.sources.parts import ActorFound, BadRecord, OpportunityFound

Fields = dict[str, Any]

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
# Who speaks, not what is said: they name a new row and never change one that is there.
_NAMES = frozenset({"source", "source_id", "member_of", "takeover"})
_TAKEOVER = "takeover."


@dataclass(frozen=True)
class Said:
    """A found thing, valid and located. fields: what it says, a takeover's as `takeover.…`; weak: of new rows only."""

    key: str
    fields: Fields
    weak: Fields


def said_of(found: ActorFound | OpportunityFound, source_id: str, places: Places, reference: str) -> Said:
    """Return what was found, under the id by which it is kept. Raises BadRecord where a rule of ours is broken."""
    schema = ActorIn if isinstance(found, ActorFound) else OpportunityIn
    content = {**found.content, "source": found.source, "source_id": source_id}
    code = content.get("commune_code")
    if code and not content.get("postcode") and places.mistaken(code):
        # In contracts this is common; their place is not lost for it.
        content["postcode"] = content.pop("commune_code")
    try:
        model: ActorIn | OpportunityIn = schema.model_validate(EMPTY_LISTS[schema] | content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadRecord(reference, ".".join(map(str, first["loc"])), in_french(first)) from error
    place = places.locate(model.commune_code, model.commune_name, model.postcode, model.department)
    for field, reason in place.errors:
        raise BadRecord(reference, field, reason)
    fields = {name: _value(getattr(model, name)) for name in sorted(content.keys() - _NAMES)}
    fields |= {
        name: value for name, value in zip(("commune_code", "department"), place[:2], strict=True) if value is not None
    }
    if isinstance(model, OpportunityIn) and model.takeover is not None:
        case = model.takeover
        fields |= {_TAKEOVER + name: getattr(case, name) for name in sorted(case.model_fields_set)}
    if "lots" in fields:
        fields["lots"] = sorted(fields["lots"], key=lambda lot: str(lot["number"]))
    weak: Fields = {"source": found.source, "source_id": source_id}
    if fields.get("confidential") is None:
        fields.pop("confidential", None)
        weak["confidential"] = model.is_confidential
    return Said(model.natural_key, fields, weak)


def merged(stored: Mapping[str, Any] | None, before: Mapping[str, Any], now: Fields) -> tuple[Fields, list[str]]:
    """Return what to write of `now`, and the names of fields that a person has made differ from it.

    stored: the row's columns, flat (None: there is no row); before: what the source said last, as `plain` writes it.
    """
    if stored is None:
        return dict(now), []
    written: Fields = {}
    kept = []
    for name, value in now.items():
        mine = stored.get(name)
        if plain(mine) == plain(value):
            continue
        if plain(mine) == plain(before[name]) if name in before else mine in (None, "", []):
            written[name] = value
        elif name not in before or plain(value) != plain(before[name]):
            # It says something new, which does not reach the row.
            kept.append(name)
    return written, kept


def plain(value: Any) -> Any:
    """Return a value as JSON keeps it, so that what is stored, said and heard compare."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return {name: plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def flat(row: Mapping[str, Any]) -> Fields:
    """Return a stored row with its takeover case's fields beside its own."""
    case = row.get("takeover") or {}
    own = {name: value for name, value in row.items() if name != "takeover"}
    return own | {_TAKEOVER + name: value for name, value in case.items()}


def record_of(key: str, fields: Fields, weak: Fields) -> Record:
    """Return these fields as the writers of files take them."""
    case = {name.removeprefix(_TAKEOVER): value for name, value in fields.items() if name.startswith(_TAKEOVER)}
    own = {name: value for name, value in fields.items() if not name.startswith(_TAKEOVER) and name != "lots"}
    lots = {lot["number"]: lot for lot in fields["lots"]} if "lots" in fields else None
    return Record(0, key, own, weak, lots=lots, takeover=case or None)


def canonical(value: Any) -> str:
    """Return the one writing of a JSON value, whatever the order of its keys."""
    return _CANONICAL.encode(value)


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [one.model_dump() if isinstance(one, BaseModel) else one for one in value]
    return value
