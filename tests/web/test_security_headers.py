"""Every answer carries the headers that bind a browser, whatever made it."""

import re
from itertools import count

import pytest
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.web.security_headers import SecurityHeaders
from tests.support.options import OPTIONS
from tests.support.outline import Outline
from tests.support.proof_share import in_turn
from tests.support.signed_in import browser, open_partner, signed_in
from tests.support.world import ABSENT, Doors, demo_actor, demo_opportunity
from tests.web.test_doors import ROUTES

pytestmark = pytest.mark.slow

GARDENERS, OPENING, CASE = demo_actor("a001", "00017926700026"), demo_opportunity("m001"), demo_opportunity("r001")
HTML = {"Accept": "text/html"}
OVER_TLS = OPTIONS.model_copy(
    update={"public_url": "https://rapprochements.exemple.invalid", "database_url": "sqlite://"}
)
STRICT = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def troubles(answer: object) -> list[str]:
    """Return what is wrong with the headers of an answer."""
    headers = answer.headers  # type: ignore[attr-defined]
    wrong = [f"{name}: {headers.get(name)}" for name, value in STRICT.items() if headers.get(name) != value]
    if "camera=()" not in headers.get("permissions-policy", ""):
        wrong.append("no Permissions-Policy")
    policy = headers.get("content-security-policy", "")
    for directive in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        if directive not in policy:
            wrong.append(f"{directive} is missing in « {policy} »")
    if "unsafe" in policy or "*" in policy or "http" in policy:
        wrong.append(policy)
    return wrong


@pytest.fixture(scope="module")
def visitors(doors: Doors) -> dict[str, TestClient]:
    partner = open_partner(doors.engine, "partenaire@exemple.invalid", GARDENERS)
    assert partner
    return {
        "nobody": browser(doors),
        "administrator": signed_in(doors, "administrator"),
        "partner": signed_in(doors, "partner", "partenaire@exemple.invalid"),
        "key": doors.facilitator,
    }


def test_every_route_answers_everybody_with_them(visitors: dict[str, TestClient]) -> None:
    """Each method of each route, read as a page and as JSON, with ids that exist or not: two of these eight."""
    wrong, statuses, seen = [], set(), count()
    for method, path in ROUTES:
        # Whoever signs out would be nobody afterwards.
        if path == "/deconnexion":
            continue
        for known in (True, False):
            filled = path.replace("{opportunity_id}", OPENING if known else ABSENT)
            filled = filled.replace("{actor_id}", GARDENERS if known else ABSENT)
            filled = filled.replace("{day}", "2026-11-24").replace("{token}", "aucun").replace("{mark}", "aucune")
            filled = re.sub(r"{\w+_id}", ABSENT, filled)
            for who, visitor in visitors.items():
                if not in_turn(next(seen), 5):
                    continue
                # What would change is refused anyway: nothing is sent that is understood.
                options = {} if method in ("GET", "HEAD") else {"content": b"\x00"}
                answer = visitor.request(
                    method, filled, headers=HTML if known else {}, follow_redirects=False, **options
                )
                statuses.add(answer.status_code)
                wrong += [f"{who} {method} {filled} {answer.status_code}: {trouble}" for trouble in troubles(answer)]
    assert wrong == []
    assert {200, 303, 401, 403, 404, 422} <= statuses


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nulle-part", 404),
        ("GET", "/acteurs/", 404),
        ("GET", "/api/nulle-part", 404),
        ("TRACE", "/acteurs", 405),
        ("GET", "/static/style.css", 200),
        ("GET", "/static/leaflet/leaflet.js", 200),
        ("GET", "/static/rien.css", 404),
        ("GET", "/static/../app.py", 404),
        ("POST", "/static/style.css", 405),
        ("GET", "/static-offline-docs/swagger-ui.css", 200),
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_files_errors_and_documentation_carry_them(
    visitors: dict[str, TestClient], method: str, path: str, status: int, accept: str
) -> None:
    answer = visitors["nobody"].request(method, path, headers={"Accept": accept})
    assert answer.status_code == status
    assert troubles(answer) == []


def test_a_form_from_elsewhere_is_refused_with_them(visitors: dict[str, TestClient]) -> None:
    answer = visitors["nobody"].post("/connexion", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert troubles(answer) == []


@pytest.mark.parametrize("path", ["/metrics", "/", "/api/actors"])
def test_an_error_that_nobody_expected_carries_them(path: str) -> None:
    """An application that was never started has no database: whatever reads it fails."""
    client = TestClient(create_app(OVER_TLS), base_url=OVER_TLS.public_url, raise_server_exceptions=False)
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 500
    assert troubles(answer) == []
    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


def test_what_is_too_much_or_too_early_carries_them(visitors: dict[str, TestClient]) -> None:
    early = TestClient(create_app(OVER_TLS), base_url=OVER_TLS.public_url).get("/ready")
    answers = [
        early,
        *(visitors["nobody"].post(path, content=b"a" * 300_000) for path in ("/connexion", "/api/matches")),
    ]
    assert [answer.status_code for answer in answers] == [503, 413, 413]
    assert [trouble for answer in answers for trouble in troubles(answer)] == []


def test_an_error_of_what_answers_errors_carries_them() -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("SECRET")

    answer = TestClient(SecurityHeaders(broken, OPTIONS), raise_server_exceptions=False).get("/")
    assert (answer.status_code, answer.text) == (500, "Erreur interne")
    assert troubles(answer) == []


def test_hsts_is_said_where_the_public_address_is_https_and_only_there(doors: Doors) -> None:
    served_over_tls = TestClient(create_app(OVER_TLS), base_url=OVER_TLS.public_url, raise_server_exceptions=False)
    for path in ("/health", "/ready", "/static/style.css", "/nulle-part", "/docs"):
        assert served_over_tls.get(path).headers["strict-transport-security"].startswith("max-age=")
        assert "strict-transport-security" not in browser(doors).get(path).headers


def test_no_template_has_a_style_a_handler_or_a_script_of_its_own() -> None:
    """A policy without « unsafe-inline » would make them dead; data in a script element is none."""
    from api.web.rendering import HERE

    for template in sorted((HERE / "templates").glob("*.html")):
        text = template.read_text("utf-8")
        assert not re.search(r"<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:", text), template.name
        for script in re.findall(r"<script[^>]*>", text):
            assert 'src="/' in script or 'type="application/json"' in script, template.name


def test_a_page_asks_only_this_service(doors: Doors) -> None:
    for path in ("/docs", "/connexion"):
        outline = Outline(browser(doors).get(path).text)
        for tag, attribute in (("script", "src"), ("link", "href"), ("img", "src")):
            assert all((one[attribute] or "/").startswith("/") for one in outline.all(tag))
