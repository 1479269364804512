"""No page breaks the policy that its answer sets, for anybody: a real browser reports each breach."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.witness import Served, Witness
from tests.support.world import ABSENT, demo_actor, demo_opportunity
from tests.web.test_doors import DOORS, PARTNERS

pytestmark = pytest.mark.slow

GARDENERS, CASE = demo_actor("a001", "00017926700026"), demo_opportunity("r001")
# Files, answers to programs, and what only a mounted folder answers.
NO_PAGES = re.compile(
    r"^/(api|static|static-offline-docs|openapi|metrics|encodage)|\.(csv|json|xlsx)$|/(export|donnees)$"
)
PAGES = sorted(
    path for method, path in (door.split(" ", 1) for door in DOORS) if method == "GET" and not NO_PAGES.search(path)
)


def filled(path: str) -> str:
    path = path.replace("{opportunity_id}", CASE).replace("{actor_id}", GARDENERS).replace("{day}", "2026-11-24")
    return re.sub(r"{\w+}", ABSENT, path)


def breaches(page: Page) -> list[str]:
    """Return the list to which every breach of a page's policy is added."""
    reported: list[str] = []
    page.on("console", lambda line: reported.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("pageerror", lambda error: reported.append(str(error)))
    return reported


def test_a_breach_would_be_seen(context: BrowserContext, served: Served) -> None:
    page = context.new_page()
    reported = breaches(page)
    page.goto(served.url + "/connexion")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    page.evaluate("document.head.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    page.wait_for_timeout(200)
    assert len(reported) == 2


def test_no_page_breaks_its_policy_for_the_house_or_for_nobody(context: BrowserContext, served: Served) -> None:
    visitor, house = context.new_page(), Witness(context.new_page(), served)
    reported = [breaches(visitor), breaches(house.page)]
    opened = 0
    for path in PAGES:
        visitor.goto(served.url + filled(path))
    house.sign_in()
    for path in PAGES:
        if "deconnexion" in path or DOORS[f"GET {path}"] == PARTNERS:
            continue
        answer = house.page.goto(served.url + filled(path))
        assert answer
        opened += answer.ok
    assert opened >= 20
    assert reported == [[], []]


def test_the_documentation_works_within_its_policy(witness: Witness) -> None:
    witness.go("/docs")
    page = witness.page
    expect(page.locator("#swagger-ui .info .title")).to_contain_text("Pôle Sud")
    page.locator(".opblock-summary-control").first.click()
    page.click("text=Try it out")
    page.click("button.execute")
    expect(page.locator(".responses-table.live-responses-table")).to_contain_text("200")
