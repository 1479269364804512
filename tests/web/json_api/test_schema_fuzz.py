"""Whatever is asked of the API, right or wrong, is answered as its documentation says: no other status, never 5xx."""

from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.api_document import api_document
from tests.support.proof_share import examples
from tests.support.world import CLIENT_BASE, Doors

pytestmark = pytest.mark.slow

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SCHEMA = schemathesis.openapi.from_dict(api_document())
OPERATIONS = {f"{one.ok().method} {one.ok().path}": one.ok() for one in SCHEMA.get_all_operations()}


def ask(door: TestClient, case: Any) -> None:
    wanted = case.as_transport_kwargs(base_url=CLIENT_BASE)
    known = ("method", "url", "params", "json", "data", "headers")
    asked = {name: wanted[name] for name in known if wanted.get(name) is not None}
    if isinstance(asked.get("data"), (str, bytes)):
        asked["content"] = asked.pop("data")
    asked["headers"] = dict(door.headers) | dict(asked.get("headers", {}))
    case.validate_response(door.request(**asked), checks=CHECKS)


# The world is the module's: what one case wrote, the next one meets, as in life.
@pytest.mark.parametrize("name", OPERATIONS)
@settings(max_examples=examples(60), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_answer_is_documented(data: st.DataObject, doors: Doors, name: str) -> None:
    mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    case = data.draw(OPERATIONS[name].as_strategy(generation_mode=mode))
    for door in (doors.client, doors.facilitator, doors.anonymous):
        ask(door, case)
