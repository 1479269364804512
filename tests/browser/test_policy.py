"""A browser reports what breaks the policy of a page. That no page does: `test_every_page`, page by page."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.witness import Served, Witness

pytestmark = pytest.mark.slow


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


def test_the_documentation_works_within_its_policy(witness: Witness) -> None:
    witness.go("/docs")
    page = witness.page
    expect(page.locator("#swagger-ui .info .title")).to_contain_text("Pôle Sud")
    page.locator(".opblock-summary-control").first.click()
    page.click("text=Try it out")
    page.click("button.execute")
    expect(page.locator(".responses-table.live-responses-table")).to_contain_text("200")
