"""Following a link never acts; a link that is not ours, not for this, or too old leads to a clear page."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from api.mailing.links import Purpose, Signer, rotate_keys
from api.subscriptions.subscriptions import subscribe
from models.base import utc_now
from tests.support.outline import Outline
from tests.support.partner_visit import ADDRESS, GARDENERS, PARTNER, Visit

pytestmark = pytest.mark.slow

FORM = {"interet": "3", "repondu": "oui", "choix": "tout", "List-Unsubscribe": "One-Click"}
# Those of partners; others are an account's, or a need's (`test_password_links.py`, `test_stated_needs.py`).
PURPOSES = [purpose for purpose in Purpose if purpose not in (Purpose.PASSWORD, Purpose.NEED)]
each_purpose = pytest.mark.parametrize("purpose", PURPOSES)
CLAIMS = {"p": PARTNER, "u": "u", "s": "s"}


@each_purpose
def test_fifty_get_and_head_of_each_link_write_nothing(visit: Visit, purpose: Purpose) -> None:
    """Scanners of mail follow every link, with any query and any header."""
    path = visit.path(purpose)
    before, status = visit.rows(), visit.partner().model_dump()
    for number in range(50):
        query = ("", "?choix=oui", "?choix=non", "?choix=tout&List-Unsubscribe=One-Click", "?envoye=oui&interet=3")
        target = path + query[number % len(query)]
        assert visit.get(target).status_code == 200
        head = visit.doors.anonymous.head(target)
        assert head.status_code == 200
        assert not head.content
    assert visit.rows() == before
    assert visit.partner().model_dump() == status
    assert visit.ratings() == []


def knock(visit: Visit, purpose: Purpose, path: str) -> Iterator[httpx2.Response]:
    """Follow a link, then post to it where something may be posted."""
    yield visit.get(path)
    if purpose is not Purpose.VIEW:
        yield visit.post(path, FORM)


@each_purpose
def test_a_forged_foreign_or_borrowed_link_leads_nowhere(visit: Visit, purpose: Purpose) -> None:
    good = visit.path(purpose)
    token = good.rpartition("/")[2]
    body, _, signature = token.rpartition(".")
    forged = [
        "x",
        token[:-1],
        token + "x",
        f"{body}.{signature[::-1]}",
        token.upper(),
        "%00",
        "é" * 30,
        "a" * 5000,
        Signer(["another key"], 45).sign(purpose, **CLAIMS),
        *(visit.path(other).rpartition("/")[2] for other in Purpose if other is not purpose),
    ]
    before = visit.rows()
    for one in forged:
        for answer in knock(visit, purpose, f"/{purpose}/{one}"):
            assert answer.status_code == 404, one
            outline = Outline(answer.text)
            assert [tag for tag, _ in outline.tags].count("h1") == 1
            assert "Ce lien ne mène à rien" in outline.words
    assert visit.rows() == before
    assert visit.partner().status == "active"


@each_purpose
def test_an_old_link_says_that_it_has_expired_and_does_nothing(visit: Visit, purpose: Purpose) -> None:
    claims = {"p": PARTNER, "s": visit.suggestion} if purpose is not Purpose.CONFIRM else {"u": visit.subscription}
    old = datetime.now(UTC) - visit.signer.max_age(purpose) - timedelta(minutes=1)
    path = f"/{purpose}/{visit.signer.sign(purpose, now=old, **claims)}"
    before = visit.rows()
    for answer in knock(visit, purpose, path):
        assert answer.status_code == 410
        assert "Ce lien a expiré" in Outline(answer.text).words
    assert visit.rows() == before
    assert visit.partner().status == "active"


def test_links_of_before_and_after_a_change_of_keys_hold_without_a_restart(visit: Visit) -> None:
    keys = Path(visit.doors.app.state.settings.link_keys)
    before = visit.path(Purpose.VIEW)
    rotate_keys(keys)
    assert visit.get(before).status_code == 200
    assert visit.get(visit.path(Purpose.VIEW)).status_code == 200
    for _ in range(3):
        rotate_keys(keys)
    assert visit.get(before).status_code == 404


@each_purpose
def test_every_page_has_its_headers_and_its_outline(visit: Visit, purpose: Purpose) -> None:
    """No script, nothing from another site, one h1, every field labelled, a language; good pages as bad ones."""
    for path in (visit.path(purpose), f"/{purpose}/x", f"/{purpose}/x/y"):
        page = visit.doors.anonymous.get(path, headers={"Accept": "text/html"}, follow_redirects=False)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        policy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        assert page.headers["content-security-policy"] == policy
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["x-robots-tag"] == "noindex"
        assert page.headers["cache-control"] == "no-store"
        assert "set-cookie" not in page.headers
        outline = Outline(page.text)
        assert outline.all("html", lang="fr")
        assert len(outline.all("h1")) == len(outline.all("main")) == len(outline.all("title")) == 1
        assert not {"script", "img", "iframe", "style"} & {tag for tag, _ in outline.tags}
        assert not [
            attrs for _, attrs in outline.tags if "style" in attrs or any(key.startswith("on") for key in attrs)
        ]
        assert [one["href"] for one in outline.all("link")] == ["/static/style.css"]
        ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
        assert len(ids) == len(set(ids))
        assert len(outline.all("legend")) == len(outline.all("fieldset"))
        for area in outline.all("textarea"):
            assert outline.all("label", **{"for": area["id"] or ""})


def test_the_stylesheet_is_ours(visit: Visit) -> None:
    style = visit.get("/static/style.css")
    assert style.status_code == 200
    assert style.headers["content-type"].startswith("text/css")
    assert "http" not in style.text
    assert "@import" not in style.text
    assert visit.get("/static/../templates/base.html").status_code == 404


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_its_colours_contrast_in_both_schemes(visit: Visit, scheme: int) -> None:
    """WCAG AA: 4.5 for words, 3 for the edges of fields and what shows the focus."""
    block = visit.get("/static/style.css").text.split(":root {")[scheme + 1].partition("}")[0]
    colours = dict(re.findall(r"--([a-z-]+): #([0-9a-f]+);", block))
    pairs = {("ink", "paper"), ("ink", "soft"), ("quiet", "paper"), ("quiet", "soft"), ("accent", "paper")}
    pairs |= {("accent", "soft"), ("on-accent", "accent"), ("wrong", "paper")}
    for front, back in pairs:
        assert contrast(colours[front], colours[back]) >= 4.5, (front, back)
    assert contrast(colours["line"], colours["paper"]) >= 3


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
        parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_errors_are_pages_on_pages_and_problems_in_the_api(visit: Visit) -> None:
    for method in ("PUT", "DELETE"):
        answer = visit.doors.anonymous.request(method, visit.path(Purpose.ANSWER))
        assert answer.status_code == 405
        assert answer.headers["content-type"].startswith("text/html")
    for path in ("/api/actors", "/api/nulle-part", "/ailleurs"):
        answer = visit.get(path)
        assert answer.status_code in (401, 404)
        assert answer.headers["content-type"] == "application/problem+json"


def test_no_address_is_in_any_page_url_or_log(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    """A canary walks through everything at the most talkative level."""
    told = ""
    with caplog.at_level(logging.DEBUG):
        for purpose in PURPOSES:
            path = visit.path(purpose)
            for answer in (visit.get(path), visit.post(path, FORM), visit.post(path), visit.get(path)):
                told += answer.text + str(answer.headers) + path
        for body in ({"email": f"{ADDRESS} nope", "search": "tonte"}, {"email": ADDRESS, "search": "t"}):
            refused = visit.doors.facilitator.post("/api/subscriptions", json=body)
            assert refused.status_code == 422
            told += refused.text
        subscribe(
            visit.doors.engine,
            visit.signer,
            ADDRESS,
            actor_id=GARDENERS,
            now=utc_now(),
            options=visit.doors.app.state.settings,
        )
    told += caplog.text.replace("sqlalchemy", "")
    assert ADDRESS not in told
    assert ADDRESS.partition("@")[0] not in told
