"""Whatever is written into any field, address or part of an address of any page is answered, and never as a failure."""

import re
from collections.abc import Iterator
from itertools import count
from urllib.parse import quote_from_bytes

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import BaseModel

from models.base import utc_now
from tests.support.options import OPTIONS
from tests.support.proof_share import in_turn
from tests.support.signed_in import PASSWORD, browser, open_account, open_partner, sessions
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity

pytestmark = pytest.mark.slow

OPENING, GARDENERS = demo_opportunity("o001"), demo_actor("a001", "00017926700026")
# Of the texts, each field meets one in so many.
ONE_IN = 6
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# What no column holds, no encoding knows, a template or an SQL statement might run.
HOSTILE = {
    "nul": b"a\0b",
    "forty digits": b"1" * 40,
    "negative": b"-" + b"9" * 40,
    "nan": b"nan",
    "foreign digit": "٣".encode(),
    "long": "é".encode() * 9_000,
    "sql": b"' OR 1=1 --",
    "template": b"<b>{{1337*7}}${1337*7}%s{0}</b>",
    "path": b"../../../etc/passwd",
    "surrogate": b"\xed\xa0\x80",
    "no utf-8": b"\xff\xfe",
    "lines": b"a\r\nSet-Cookie: x=1",
}


def fields(dependant: Dependant) -> tuple[set[str], set[str]]:
    """Return the names that a route reads in its address and in its form, its dependencies' included."""
    in_address: set[str] = set()
    for field in dependant.query_params:
        kind = field.field_info.annotation
        is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
        in_address |= set(kind.model_fields) if is_model else {field.alias}
    in_form = {field.alias for field in dependant.body_params}
    for part in dependant.dependencies:
        of_part = fields(part)
        in_address |= of_part[0]
        in_form |= of_part[1]
    return in_address, in_form


def pages(doors: Doors) -> Iterator[tuple[str, str, set[str]]]:
    """Yield the method, the path and the fields of every page."""
    for route in iter_route_contexts(doors.app.routes):
        path, dependant = str(getattr(route, "path", "")), getattr(route, "dependant", None)
        if dependant is None or path.startswith("/api") or path == "/deconnexion":
            continue
        in_address, in_form = fields(dependant)
        for method in {"GET", "POST"} & (getattr(route, "methods", None) or set()):
            yield method, path, in_address if method == "GET" else in_form


def visits(doors: Doors) -> list[TestClient]:
    open_account(doors, "administrator", "champs@exemple.invalid")
    open_partner(doors.engine, "champs.partenaire@exemple.invalid", GARDENERS)
    return [
        browser(
            doors,
            sessions.sign_in(doors.engine, email, PASSWORD, client_address="192.0.2.1", now=utc_now(), options=OPTIONS),
        )
        for email in ("champs@exemple.invalid", "champs.partenaire@exemple.invalid")
    ]


@pytest.fixture(scope="module")
def two(doors: Doors) -> list[TestClient]:
    return visits(doors)


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=list(HOSTILE))
def test_no_field_of_any_page_makes_it_fail(doors: Doors, two: list[TestClient], number: int) -> None:
    """Each field and each part of an address meets two of the twelve texts; in `make proofs`, all of them."""
    written = quote_from_bytes(list(HOSTILE.values())[number], safe="")
    failed, tried, seen = [], 0, count(number)
    for method, path, names in pages(doors):
        visit = two[path.startswith("/espace")]
        filled = path.replace("{opportunity_id}", OPENING).replace("{actor_id}", GARDENERS)
        filled = filled.replace("{file_format}", "csv")
        filled = re.sub(r"{\w+}", ABSENT, filled)
        for field in sorted(names) or ["x"]:
            if not in_turn(next(seen), ONE_IN):
                continue
            if method == "GET":
                answer = visit.get(f"{filled}?{field}={written}")
            else:
                others = [f"{other}=1" for other in sorted(names) if other != field]
                answer = visit.post(filled, content="&".join([*others, f"{field}={written}"]), headers=FORM)
            tried += 1
            if answer.status_code >= 500 or "x" in answer.cookies or ">9359" in answer.text:
                failed.append((method, path, field, answer.status_code))
        if "{" in path and len(written) < 1_000 and in_turn(next(seen), ONE_IN):
            answer = visit.request(method, re.sub(r"{\w+}", written, path))
            if answer.status_code >= 500:
                failed.append((method, path, "address", answer.status_code))
    assert not failed
    assert tried > 100 / ONE_IN
