"""Every text, list and number that enters by the API, a form or an address has a bound: a new one without is found."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from tests.support.api_document import bare_app

BOUNDED = {
    "string": {"maxLength", "enum", "const", "pattern", "format"},
    "integer": {"maximum", "exclusiveMaximum", "enum", "const"},
    "number": {"maximum", "exclusiveMaximum", "enum", "const"},
    "array": {"maxItems"},
}


def whole_document() -> dict[str, Any]:
    """Describe every route, pages and forms too."""
    routes = iter_route_contexts(bare_app().routes)
    shown = []
    for context in routes:
        route = getattr(context, "original_route", context)
        if isinstance(route, APIRoute):
            shown.append(
                APIRoute(context.path or route.path, route.endpoint, methods=sorted(set(route.methods) - {"HEAD"}))
            )
    return get_openapi(title="", version="", routes=shown)


DOCUMENT = whole_document()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def unbounded(schema: dict[str, Any], where: str, through: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield where a schema takes any amount; the parts of an address are bounded by that of all headers."""
    if reference := schema.get("$ref"):
        if reference not in through:
            name = reference.rpartition("/")[2]
            yield from unbounded(DOCUMENT["components"]["schemas"][name], where, through | {reference})
        return
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from unbounded(choice, where, through)
    kind = schema.get("type", "")
    if kind in BOUNDED and not BOUNDED[kind] & schema.keys():
        yield f"{where}: {kind}"
    if kind == "array":
        yield from unbounded(schema.get("items", {}), f"{where}[]", through)
    for name, inner in schema.get("properties", {}).items():
        yield from unbounded(inner, f"{where}.{name}", through)


def test_forms_and_pages_are_looked_at_too() -> None:
    assert {"POST /connexion", "POST /recherche", "GET /opportunites/{opportunity_id}"} <= OPERATIONS.keys()
    assert len(OPERATIONS) >= 80


@pytest.mark.parametrize("operation", OPERATIONS)
def test_everything_that_enters_is_bounded(operation: str) -> None:
    described = OPERATIONS[operation]
    found = [
        place
        for parameter in described.get("parameters", ())
        if parameter["in"] == "query"
        for place in unbounded(parameter["schema"], parameter["name"])
    ]
    for content in described.get("requestBody", {}).get("content", {}).values():
        found += unbounded(content["schema"], "body")
    assert found == []


def test_an_unbounded_field_would_be_found() -> None:
    assert list(unbounded({"type": "string"}, "a")) == ["a: string"]
    assert list(unbounded({"anyOf": [{"type": "array", "items": {"type": "integer"}}]}, "a")) == [
        "a: array",
        "a[]: integer",
    ]
