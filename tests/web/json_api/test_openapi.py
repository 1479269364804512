"""The documentation that clients generate code from is whole and true."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.app import create_app
from api.core.settings import Settings
from tests.support.api_document import api_document

DOCUMENT = api_document()
OPERATIONS = [
    (method, path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]
each_operation = pytest.mark.parametrize(
    "operation", [one for *_, one in OPERATIONS], ids=[f"{method} {path}" for method, path, _ in OPERATIONS]
)
TYPES = {"string", "number", "integer", "boolean", "array", "object", "null"}


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from walk(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from walk(inner)


def resolve(reference: str) -> Any:
    assert reference.startswith("#/")
    node: Any = DOCUMENT
    for part in reference[2:].split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def test_the_document_names_its_version_and_itself() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert DOCUMENT["info"]["title"]
    assert DOCUMENT["info"]["version"]
    assert "X-API-Key" in DOCUMENT["info"]["description"]


def test_every_reference_leads_somewhere() -> None:
    references = [node["$ref"] for node in walk(DOCUMENT) if isinstance(node.get("$ref"), str)]
    assert len(references) > 30
    for reference in references:
        assert resolve(reference)


def test_every_schema_is_a_schema() -> None:
    """JSON Schema 2020-12, as far as we use it: known types, lists where lists are due, bounds that leave room."""
    schemas = DOCUMENT["components"]["schemas"]
    assert {"ActorIn", "OpportunityIn", "MatchRequest", "MatchResponse", "Problem"} <= set(schemas)
    for name, schema in schemas.items():
        assert {"type", "enum", "anyOf"} & set(schema), name
        for node in walk(schema):
            if isinstance(node.get("type"), str):
                assert node["type"] in TYPES, name
            if isinstance(node.get("properties"), dict):
                assert set(node.get("required", [])) <= set(node["properties"]), name
            if isinstance(node.get("minimum"), int | float) and isinstance(node.get("maximum"), int | float):
                assert node["minimum"] <= node["maximum"], name


def test_every_operation_has_its_own_name() -> None:
    names = [operation["operationId"] for *_, operation in OPERATIONS]
    assert len(set(names)) == len(names) >= 12


@each_operation
def test_every_operation_says_what_it_does_and_belongs_somewhere(operation: dict[str, Any]) -> None:
    """In our words, not those that FastAPI makes of the function's name."""
    assert operation["summary"]
    assert operation["summary"] != operation["operationId"].split("_api_")[0].replace("_", " ").title()
    assert operation["tags"]


@each_operation
def test_every_body_has_an_example_that_its_schema_takes(operation: dict[str, Any]) -> None:
    """At least in its fields: the examples themselves are sent in test_records and test_matches."""
    if "requestBody" not in operation:
        return
    content = operation["requestBody"]["content"]["application/json"]
    assert content["examples"]
    schema = resolve(content["schema"]["$ref"])
    for example in content["examples"].values():
        assert set(example["value"]) <= set(schema["properties"])
        assert set(schema.get("required", [])) <= set(example["value"])


@each_operation
def test_every_operation_tells_its_answers(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    good = [answer for status, answer in answers.items() if status.startswith("2")]
    assert len(good) == 1
    assert good[0]["content"]["application/json"]["schema"]["$ref"]
    if operation["tags"] == ["état"]:
        assert "security" not in operation
        return
    assert operation["security"]
    for status in ("401", "422", "503"):
        assert list(answers[status]["content"]) == ["application/problem+json"], status


def test_every_field_that_enters_matches_has_words() -> None:
    for name in ("MatchRequest", "FiltersIn"):
        for field, schema in DOCUMENT["components"]["schemas"][name]["properties"].items():
            assert schema.get("description") or "$ref" in schema, f"{name}.{field}"


def test_it_is_served_as_it_is() -> None:
    """And so is the page that shows it."""
    from fastapi.testclient import TestClient

    client = TestClient(create_app(Settings(database_url="sqlite://")))
    assert client.get("/openapi.json").json() == DOCUMENT
    assert client.get("/docs").status_code == 200
