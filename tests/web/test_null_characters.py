"""A NUL in any text that enters is told by its field, 422, at every door (404 in a path): PostgreSQL stores none."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from api.web.null_characters import refuse_null_characters
from tests.support.signed_in import signed_in
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

OPENING, GARDENERS = demo_opportunity("o001"), demo_actor("a001", "00017926700026")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def texts(dependant: Dependant, kind: str) -> set[str]:
    """Return the names that a route reads in its address or its form, its dependencies' included."""
    fields = {field.alias for field in getattr(dependant, f"{kind}_params")}
    return fields.union(*(texts(part, kind) for part in dependant.dependencies))


def routes(doors: Doors) -> Iterator[tuple[str, str, Dependant]]:
    for route in iter_route_contexts(doors.app.routes):
        path, dependant = str(getattr(route, "path", "")), getattr(route, "dependant", None)
        if dependant is not None:
            for method in sorted(
                {"GET", "POST", "PATCH", "PUT", "DELETE"} & (getattr(route, "methods", None) or set())
            ):
                yield method, path, dependant


def addressed(path: str) -> str:
    filled = path.replace("{opportunity_id}", OPENING).replace("{actor_id}", GARDENERS)
    return re.sub(r"{\w+}", ABSENT, filled)


def test_every_route_looks_for_it_before_its_own_work(doors: Doors) -> None:
    found = [(path, dependant.dependencies[0].call) for _, path, dependant in routes(doors)]
    assert len(found) > 200
    assert [path for path, first in found if first is not refuse_null_characters] == []


@pytest.fixture(scope="module")
def house(doors: Doors) -> TestClient:
    return signed_in(doors, "administrator", "nul@exemple.invalid")


def test_every_field_of_every_address_and_form_refuses_it(doors: Doors, house: TestClient) -> None:
    wrong, tried = [], 0
    for method, path, dependant in routes(doors):
        key = {"X-API-Key": doors.secrets["facilitator"]} if path.startswith(("/api", "/metrics")) else {}
        for name in sorted(texts(dependant, "query")):
            answer = house.request(method, f"{addressed(path)}?{name}=a%00b", headers=key)
            tried += 1
            if answer.status_code != 422:
                wrong.append((method, path, name, answer.status_code))
        is_form = any(type(field.field_info).__name__ == "Form" for field in dependant.body_params)
        for name in sorted(texts(dependant, "body")) if is_form else ():
            answer = house.request(method, addressed(path), content=f"{name}=a%00b", headers=FORM | key)
            tried += 1
            if answer.status_code != 422:
                wrong.append((method, path, name, answer.status_code))
        if "{" in path:
            answer = house.request(method, re.sub(r"{\w+}", "a%00b", path), headers=key)
            tried += 1
            if answer.status_code != 404:
                wrong.append((method, path, "path", answer.status_code))
    assert wrong == []
    assert tried > 150


@pytest.mark.parametrize(
    ("path", "content", "field"),
    [
        ("/api/matches", {"text": "tonte\0"}, "text"),
        ("/api/coalitions", {"opportunity_id": "\0"}, "opportunity_id"),
        ("/api/ratings", {"comment": ["a", {"b": "\0"}]}, "comment.1.b"),
        ("/api/actors", {"na\0me": 1}, "name"),
    ],
)
def test_a_text_anywhere_in_json_is_named(doors: Doors, path: str, content: Any, field: str) -> None:
    answer = doors.facilitator.post(path, json=content)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "caractère nul" in answer.json()["detail"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_json_of_another_encoding_is_looked_through_too(doors: Doors, encoding: str) -> None:
    content = r'{"text": "tonte \u0000"}'.encode(encoding)
    answer = doors.facilitator.post("/api/matches", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_what_only_looks_like_one_is_taken(doors: Doors) -> None:
    assert doors.facilitator.post("/api/matches", json={"text": "tonte \\u0000 de pelouse"}).status_code == 200


def test_a_name_of_a_file_is_no_exception(house: TestClient) -> None:
    part = b"--x\r\nContent-Disposition: form-data; name="
    sent = part + b'"contenu"\r\n\r\nactors\r\n' + part + b'"fichier"; filename="a\0b.csv"\r\n\r\nnom\r\n--x--\r\n'
    answer = house.post("/importer", content=sent, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 422
    assert "caractère nul" in answer.text
