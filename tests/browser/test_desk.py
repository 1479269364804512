"""The facilitator's day in a real browser, in light and dark, wide and narrow, with axe looking on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.journeys import accounts
from models.base import utc_now
from models.database import open_database
from tests.serving import serving, wait_for
from tests.world import copy_database, url_of

CHROMIUM = shutil.which("chromium")
# Without these, Debian's chromium looks for the network that a test machine has not.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EMAIL, PASSWORD = "alex@exemple.invalid", "une phrase assez longue"
# Levels A and AA of WCAG 2.2, as axe names its rules.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def site(world_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A served desk, and the path of an administrator's invitation."""
    database = copy_database(world_database, tmp_path_factory.mktemp("browser") / "world.db")
    engine = open_database(url_of(database))
    token = accounts.invite(engine, EMAIL, "Alex", accounts.ADMINISTRATOR, now=utc_now())
    engine.dispose()
    with serving(database) as (process, address):
        wait_for(process, f"{address}/ready", {200, 503})
        yield address, f"/invitation/{token}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield opened
        opened.close()


def test_a_facilitator_s_day(site: tuple[str, str], browser: Browser) -> None:
    """From the invitation to the actor to call: nothing is said in the console, nothing asked of another site."""
    address, invitation = site
    for scheme in ("light", "dark"):
        page = browser.new_context(
            color_scheme=scheme,  # type: ignore[arg-type]  # one of its literals
            viewport={"width": 1000, "height": 900},
            base_url=address,
        ).new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        if scheme == "light":
            page.goto(invitation)
            check(page)
            page.get_by_label("Choisissez un mot de passe").fill(PASSWORD)
            page.get_by_role("button").click()
        page.goto("/")
        check(page)
        page.get_by_label("Adresse électronique").fill(EMAIL)
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Bureau")
        check(page)
        page.get_by_label("Intitulé").fill("espaces verts communaux")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Entretien des espaces verts communaux").click()
        expect(page.get_by_role("heading", name="Les acteurs à appeler")).to_be_visible()
        check(page)
        page.locator("ol.cards a").first.click()
        expect(page.get_by_role("heading", name="Ce qui lui est ouvert")).to_be_visible()
        check(page)
        page.get_by_role("link", name="Chercher").click()
        page.get_by_label("Collez un avis").fill("Tonte de la pelouse de l’école, à Crest")
        page.get_by_role("button", name="Chercher").click()
        expect(page.get_by_text("Lieu compris : Crest (26)")).to_be_visible()
        check(page)
        page.get_by_role("link", name="Comptes").click()
        check(page)
        page.get_by_role("button", name="Se déconnecter").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
        assert said == []
        assert [url for url in asked if not url.startswith(address)] == []


def test_the_first_key_skips_to_the_content(site: tuple[str, str], browser: Browser) -> None:
    """Without a mouse: the first stop is the way past the navigation, and the focus is seen."""
    address, _ = site
    page = browser.new_context(base_url=address).new_page()
    page.goto("/connexion")
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bureau")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.url.endswith("#contenu")


def check(page: Page) -> None:
    """No violation of WCAG, and nothing to scroll sideways on a narrow screen."""
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url
    page.set_viewport_size({"width": 1000, "height": 900})
