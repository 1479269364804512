"""Every error leaves as a problem document (RFC 9457), in French, whatever went wrong."""

import json
from http import HTTPStatus
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.support.proof_share import examples
from tests.support.world import ABSENT, Doors

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["text", "k", "filters", "actor_id", "source_id", "name", "kind", "title", "lots", "takeover", "naf", "siret",
     "headcount", "confidential", "commune_code", "deadline", "member_of"]
)  # fmt: skip
PATHS = st.sampled_from(["/api/matches", "/api/actors", "/api/opportunities"])


def assert_problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """The members that RFC 9457 defines, and our list of fields; nothing that only a developer reads."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert isinstance(problem["title"], str)
    assert problem["title"]
    assert isinstance(problem["detail"], str)
    assert all(set(error) == {"field", "message"} and all(error.values()) for error in problem["errors"])
    return problem


@pytest.mark.parametrize(
    ("door", "method", "path", "status"),
    [
        ("facilitator", "GET", "/api/nulle-part", 404),
        ("anonymous", "GET", "/nulle-part", 404),
        ("facilitator", "GET", f"/api/actors/{ABSENT}", 404),
        ("facilitator", "GET", f"/api/opportunities/{ABSENT}", 404),
        ("facilitator", "GET", f"/api/suggestions/{ABSENT}", 404),
        ("facilitator", "DELETE", "/api/actors", 405),
        ("facilitator", "GET", "/api/matches", 405),
        ("anonymous", "POST", "/health", 405),
        ("anonymous", "GET", "/api/actors", 401),
        ("client", "POST", "/api/actors", 403),
        ("facilitator", "GET", "/api/actors?limit=0", 422),
    ],
)
def test_an_error_is_a_problem_document(doors: Doors, door: str, method: str, path: str, status: int) -> None:
    body = {"name": "N", "kind": "scop", "source_id": "n"} if status == 403 else None
    answer = getattr(doors, door).request(method, path, json=body)
    problem = assert_problem(answer, status)
    assert problem["title"] not in {one.phrase for one in HTTPStatus}, "told in English"
    if status == 405:
        # RFC 9110, 15.5.6: the answer says which methods are allowed.
        assert answer.headers["allow"]


def test_a_body_that_is_not_json_is_told_so(doors: Doors) -> None:
    for body in (b"{", b"", b"\xff\xfe", b"text=tonte"):
        answer = doors.facilitator.post("/api/matches", content=body, headers={"Content-Type": "application/json"})
        problem = assert_problem(answer, 422)
        assert [error["field"] for error in problem["errors"]] == ["corps"]


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(60))
@given(path=PATHS, body=JSON | st.dictionaries(FIELDS, JSON, max_size=4))
def test_no_body_whatever_gets_anything_but_an_answer_or_a_problem(doors: Doors, path: str, body: Any) -> None:
    """Never a traceback, never a 500, and each refusal speaks French."""
    answer = doors.facilitator.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    if answer.status_code in (200, 201):
        return
    problem = assert_problem(answer, answer.status_code)
    assert answer.status_code in (404, 409, 422)
    for error in problem["errors"]:
        assert error["message"] != "valeur refusée", problem
        assert "Input should" not in error["message"]


def test_text_that_is_not_unicode_is_refused(doors: Doors) -> None:
    """A lone surrogate is valid JSON and no text."""
    body = b'{"text": "tonte \\ud800 de pelouse"}'
    answer = doors.facilitator.post("/api/matches", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 422)


def test_an_unforeseen_failure_is_a_problem_that_tells_nothing_of_the_inside(doors: Doors) -> None:
    """A real failure: the table of actors is gone."""
    with doors.engine.begin() as connection:
        connection.execute(text("ALTER TABLE actors RENAME TO elsewhere"))
    try:
        answer = doors.facilitator.get("/api/actors")
    finally:
        with doors.engine.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO actors"))
    problem = assert_problem(answer, 500)
    assert problem["detail"] == "L’incident a été noté."
    assert "actors" not in answer.text
    assert "sql" not in answer.text.lower()
    assert doors.facilitator.get("/api/actors").status_code == 200


def test_no_answer_may_stay_in_a_cache(doors: Doors) -> None:
    for path in ("/health", "/api/actors", "/api/nulle-part", "/openapi.json"):
        assert doors.facilitator.get(path).headers["cache-control"] == "no-store"
